/* epoll_create(2), epoll_ctl(2), epoll_wait(2): errors, and when which event is reported. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>

static int ep;

static long ctl(int op, int fd, uint32_t events)
{
    struct epoll_event e = { events, { .u64 = (uint64_t)fd | 0xABCD00000000 } };
    return syscall(SYS_epoll_ctl, ep, op, fd, &e);
}

static void show(const char *name, int timeout)
{
    struct epoll_event e[8];
    memset(e, 0, sizeof e);
    int n = epoll_wait(ep, e, 8, timeout);
    printf("%s: %d", name, n);
    for (int i = 0; i < n; i++)
        printf(" %#x/%d", e[i].events, (int)(e[i].data.u64 & 0xFFFFFFFF));
    printf("\n");
}

static void put(int fd, uint64_t value) { write(fd, &value, 8); }

static void take(int fd)
{
    uint64_t value;
    read(fd, &value, 8);
}

static void errors(void)
{
    struct epoll_event e = { EPOLLIN, { .fd = 1 } };
    int f = open("file", O_RDWR | O_CREAT, 0600), d = open(".", O_DIRECTORY), null = open("/dev/null", O_RDWR), p[2];
    int where = open(".", O_PATH);
    pipe(p);
    CALL("create, size 0", syscall(SYS_epoll_create, 0));
    CALL("create, size -1", syscall(SYS_epoll_create, -1));
    CALL("create1, unknown flag", syscall(SYS_epoll_create1, 1));
    CALL("create1, close on exec", fcntl(epoll_create1(EPOLL_CLOEXEC), F_GETFD));
    CALL("bad epfd", epoll_ctl(99, EPOLL_CTL_ADD, p[0], &e));
    CALL("bad fd", ctl(EPOLL_CTL_ADD, 99, EPOLLIN));
    CALL("no event", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], NULL));
    CALL("bad event", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], (void *)8));
    CALL("not an epoll", epoll_ctl(p[1], EPOLL_CTL_ADD, p[0], &e));
    CALL("itself", ctl(EPOLL_CTL_ADD, ep, EPOLLIN));
    CALL("a regular file", ctl(EPOLL_CTL_ADD, f, EPOLLIN));
    CALL("a directory", ctl(EPOLL_CTL_ADD, d, EPOLLIN));
    CALL("a place", ctl(EPOLL_CTL_ADD, where, EPOLLIN));
    CALL("/dev/null", ctl(EPOLL_CTL_ADD, null, EPOLLIN));
    CALL("unknown operation", ctl(7, p[0], EPOLLIN));
    CALL("delete what is not there", ctl(EPOLL_CTL_DEL, p[0], 0));
    CALL("modify what is not there", ctl(EPOLL_CTL_MOD, p[0], EPOLLIN));
    CALL("add", ctl(EPOLL_CTL_ADD, p[0], EPOLLIN));
    CALL("add again", ctl(EPOLL_CTL_ADD, p[0], EPOLLIN));
    CALL("delete without event", epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
    CALL("wait for none", epoll_wait(ep, &e, 0, 0));
    CALL("wait for -1", epoll_wait(ep, &e, -1, 0));
    CALL("wait for too many", syscall(SYS_epoll_wait, ep, &e, 0x7FFFFFFF, 0));
    CALL("wait on a pipe", epoll_wait(p[0], &e, 1, 0));
    CALL("wait on nothing", epoll_wait(99, &e, 1, 0));
    CALL("wait beyond user space", syscall(SYS_epoll_wait, ep, 0x800000000000, 1, 0));
    CALL("nothing ready, bad pointer", epoll_wait(ep, (void *)8, 1, 0));
    ctl(EPOLL_CTL_ADD, p[1], EPOLLOUT);
    CALL("something ready, bad pointer", epoll_wait(ep, (void *)8, 1, 0));
    show("still ready", 0);
    ctl(EPOLL_CTL_DEL, p[1], 0);
    CALL("read of an epoll", read(ep, &e, 8));
    CALL("write to an epoll", write(ep, &e, 8));
    CALL("lseek of an epoll", lseek(ep, 0, SEEK_SET));
    CALL("pwait, mask of size 4", syscall(SYS_epoll_pwait, ep, &e, 1, 0, &e, 4));
    CALL("pwait, bad mask", syscall(SYS_epoll_pwait, ep, &e, 1, 0, 8, 8));
    unsigned long mask = 0;
    CALL("pwait", syscall(SYS_epoll_pwait, ep, &e, 1, 0, &mask, 8));
    struct timespec t = { 0, 1000000000 };
    CALL("pwait2, invalid time", syscall(SYS_epoll_pwait2, ep, &e, 1, &t, 0, 8));
    t = (struct timespec){ 0, 2000000 };
    CALL("pwait2", syscall(SYS_epoll_pwait2, ep, &e, 1, &t, 0, 8));
    CALL("pwait2, bad time", syscall(SYS_epoll_pwait2, ep, &e, 1, 8, 0, 8));
    char path[64], link[64] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", ep);
    readlink(path, link, 63);
    TEXT("link", link);
    close(p[0]), close(p[1]), close(f), close(d), close(null), close(where);
}

static void levels(void)
{
    int a = eventfd(0, EFD_NONBLOCK), b = eventfd(1, EFD_NONBLOCK), p[2];
    pipe2(p, O_NONBLOCK);
    ctl(EPOLL_CTL_ADD, a, EPOLLIN);
    ctl(EPOLL_CTL_ADD, b, EPOLLIN);
    show("one ready", -1);
    put(a, 1);
    show("both, the older first", -1);
    show("both, in turn", -1);
    take(b);
    show("one again", -1);
    take(a);
    show("none", 0);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    show("none for 15 ms", 15);
    clock_gettime(CLOCK_MONOTONIC, &to);
    HOLDS("waited", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec >= 15000000);
    ctl(EPOLL_CTL_MOD, a, EPOLLOUT);
    show("writable", 0);
    ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLOUT);
    put(a, 1);
    show("both ways", 0);
    ctl(EPOLL_CTL_MOD, a, 0);
    show("no interest", 0);
    ctl(EPOLL_CTL_DEL, a, 0);
    ctl(EPOLL_CTL_DEL, b, 0);

    ctl(EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLRDNORM | EPOLLRDHUP);
    write(p[1], "xy", 2);
    show("pipe", 0);
    close(p[1]);
    show("pipe without a writer", 0);
    char c[4];
    read(p[0], c, 4);
    show("empty pipe without a writer", 0);
    close(p[0]);
    show("closed", 0);
    close(a), close(b);
}

static void edges(void)
{
    int a = eventfd(0, EFD_NONBLOCK), p[2];
    pipe2(p, O_NONBLOCK);
    put(a, 1);
    ctl(EPOLL_CTL_ADD, a, EPOLLIN | EPOLLET);
    show("edge at the start", 0);
    show("no edge", 0);
    put(a, 1);
    show("edge by another write", 0);
    show("no edge", 0);
    take(a);
    show("nothing there", 0);
    put(a, 1);
    take(a);
    show("there and gone", 0);
    put(a, 1);
    ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLET);
    show("edge and a change", 0);
    ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLET);
    show("edge by a change", 0);
    ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLOUT | EPOLLET);
    show("both", 0);
    put(a, 1);
    show("both by one", 0);
    ctl(EPOLL_CTL_DEL, a, 0);

    ctl(EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET);
    ctl(EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET);
    show("pipe ends", 0);
    write(p[1], "abc", 3);
    show("written", 0);
    char c[70000] = { 0 };
    read(p[0], c, 1);
    show("part read", 0);
    write(p[1], "abc", 3);
    show("written again", 0);
    read(p[0], c, 10);
    while (write(p[1], c, 4096) > 0)
        ;
    show("filled", 0);
    read(p[0], c, 100);
    show("a little read", 0);
    read(p[0], c, 4096);
    show("a page read", 0);
    read(p[0], c, 4096);
    show("another page read", 0);
    close(p[0]), close(p[1]), close(a);
}

static void oneshot(void)
{
    int a = eventfd(1, EFD_NONBLOCK);
    ctl(EPOLL_CTL_ADD, a, EPOLLIN | EPOLLONESHOT);
    show("oneshot", 0);
    show("disarmed", 0);
    put(a, 1);
    show("disarmed yet", 0);
    ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLONESHOT);
    show("armed", 0);
    show("disarmed again", 0);
    CALL("add while disarmed", ctl(EPOLL_CTL_ADD, a, EPOLLIN));
    close(a);
    int p[2];
    pipe(p);
    ctl(EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLONESHOT);
    write(p[1], "x", 1);
    show("oneshot pipe", 0);
    close(p[1]);
    show("hang-up while disarmed", 0);
    ctl(EPOLL_CTL_MOD, p[0], EPOLLONESHOT);
    show("hang-up without interest", 0);
    close(p[0]);
}

static void exclusive(void)
{
    int a = eventfd(0, EFD_NONBLOCK), other = epoll_create1(0);
    CALL("exclusive", ctl(EPOLL_CTL_ADD, a, EPOLLIN | EPOLLEXCLUSIVE));
    CALL("modify an exclusive one", ctl(EPOLL_CTL_MOD, a, EPOLLIN));
    CALL("modify to exclusive", ctl(EPOLL_CTL_MOD, a, EPOLLIN | EPOLLEXCLUSIVE));
    put(a, 1);
    show("exclusive one ready", 0);
    ctl(EPOLL_CTL_DEL, a, 0);
    CALL("exclusive with oneshot", ctl(EPOLL_CTL_ADD, a, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    CALL("exclusive with priority", ctl(EPOLL_CTL_ADD, a, EPOLLPRI | EPOLLEXCLUSIVE));
    CALL("exclusive with edge and wakeup", ctl(EPOLL_CTL_ADD, a, EPOLLIN | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE));
    CALL("exclusive epoll", ctl(EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE));
    close(a), close(other);
}

static void duplicates(void)
{
    int p[2];
    pipe(p);
    int d = dup(p[0]);
    CALL("descriptor", ctl(EPOLL_CTL_ADD, p[0], EPOLLIN));
    CALL("its duplicate", ctl(EPOLL_CTL_ADD, d, EPOLLIN));
    write(p[1], "x", 1);
    struct epoll_event e[4];
    VALUE("both report", epoll_wait(ep, e, 4, 0));
    close(p[0]);
    VALUE("both report after close", epoll_wait(ep, e, 4, 0));
    CALL("delete by the closed number", ctl(EPOLL_CTL_DEL, p[0], 0));
    close(d);
    VALUE("none after the last close", epoll_wait(ep, e, 4, 0));
    int q[2];
    pipe(q);
    CALL("same number, another file", ctl(EPOLL_CTL_ADD, q[0], EPOLLIN));
    show("nothing of the old", 0);
    close(q[0]), close(q[1]), close(p[1]);
}

static void nesting(void)
{
    int a = eventfd(0, EFD_NONBLOCK), inner = epoll_create1(0);
    struct epoll_event e = { EPOLLIN, { .fd = a } };
    epoll_ctl(inner, EPOLL_CTL_ADD, a, &e);
    CALL("nested", ctl(EPOLL_CTL_ADD, inner, EPOLLIN));
    VALUE("not ready", epoll_wait(ep, &e, 1, 0));
    put(a, 1);
    VALUE("ready through the inner one", epoll_wait(ep, &e, 1, 0));
    HOLDS("the inner one's data", e.data.u64 == ((uint64_t)inner | 0xABCD00000000));
    VALUE("and still", epoll_wait(ep, &e, 1, 0));
    struct pollfd p[2] = { { inner, POLLIN | POLLOUT, 0 }, { ep, POLLIN, 0 } };
    CALL("poll of both", poll(p, 2, 0));
    VALUE("inner", p[0].revents);
    take(a);
    VALUE("no more", epoll_wait(ep, &e, 1, 0));
    CALL("poll of both", poll(p, 2, 0));
    e.events = EPOLLIN;
    CALL("a circle", epoll_ctl(inner, EPOLL_CTL_ADD, ep, &e));
    int chain[8];
    for (int i = 0; i < 8; i++)
        chain[i] = epoll_create1(0);
    for (int i = 0; i < 7; i++)
        CALL("a chain", epoll_ctl(chain[i + 1], EPOLL_CTL_ADD, chain[i], &e));
    for (int i = 0; i < 8; i++)
        close(chain[i]);
    close(inner), close(a);
}

static void many(void)
{
    int fds[200];
    for (int i = 0; i < 200; i++)
    {
        fds[i] = eventfd(i % 2, EFD_NONBLOCK);
        ctl(EPOLL_CTL_ADD, fds[i], EPOLLIN);
    }

    struct epoll_event *e = calloc(300, sizeof *e);
    VALUE("half of them", epoll_wait(ep, e, 300, 0));
    unsigned long sum = 0;
    for (int round = 0; round < 10; round++)
    {
        int n = epoll_wait(ep, e, 10, 0);
        for (int i = 0; i < n; i++)
            sum += (uint32_t)e[i].data.u64 - fds[0];
    }

    VALUE("each once in ten rounds", sum);

    /* The end of the array is not writable: as many as there is room for, or a fault. */
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    VALUE("room for three", epoll_wait(ep, (struct epoll_event *)(page + 4096 - 36), 100, 0));
    for (int i = 0; i < 200; i++)
        close(fds[i]);
    VALUE("all closed", epoll_wait(ep, e, 300, 0));
}

int main(void)
{
    ep = epoll_create(1);
    errors();
    levels();
    edges();
    oneshot();
    exclusive();
    duplicates();
    nesting();
    many();
    return 0;
}
