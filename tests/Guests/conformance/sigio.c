/* fcntl(2) F_SETOWN, F_SETOWN_EX, F_SETSIG and O_ASYNC, ioctl(2) FIOASYNC, FIOSETOWN, SIOCSPGRP: who is sent what when a file becomes ready. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>

#ifndef FIOSETOWN
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define FIOGETOWN 0x8903
#define SIOCGPGRP 0x8904
#endif

struct owner
{
    int type, pid;
};

/* What is pending, taken; waits for as many as are expected: a terminal works on what it is given later. */
static void await(const char *name, const int *fds, int count, int expected)
{
    sigset_t all;
    siginfo_t info;
    struct timespec now = { 0, 0 }, later = { 5, 0 };
    sigfillset(&all);
    printf("%s:", name);
    /* The order in which several come is nobody's promise; of those that are pending the lowest is taken first. */
    for (int tries = 0, pending = 0; expected > 1 && pending < expected && tries < 200; tries++)
    {
        usleep(1000);
        sigpending(&all);
        pending = 0;
        for (int i = 1; i < 65; i++)
            pending += sigismember(&all, i) == 1;
    }

    sigfillset(&all);
    while (sigtimedwait(&all, &info, expected-- > 0 ? &later : &now) > 0)
    {
        printf(" %d/%d", info.si_signo, info.si_code);
        if (info.si_code != SI_KERNEL && info.si_signo != SIGPIPE && (info.si_signo != SIGCHLD || info.si_code < 0))
        {
            for (int i = 0; i < count; i++)
                if (info.si_fd == fds[i])
                    printf("/fd%d", i);
            printf("/%#lx", info.si_band);
        }
    }

    printf("\n");
}

static void show(const char *name, const int *fds, int count)
{
    await(name, fds, count, 0);
}

static void settings(void)
{
    int p[2], n = -1;
    struct owner o = { -1, -1 };
    pipe(p);
    CALL("no owner", fcntl(p[0], F_GETOWN));
    CALL("no owner, extended", fcntl(p[0], 16, &o));
    printf("no owner's type: %d %d\n", o.type, o.pid);
    CALL("no signal", fcntl(p[0], F_GETSIG));
    CALL("own", syscall(SYS_fcntl, p[0], F_SETOWN, getpid()));
    HOLDS("is owner", syscall(SYS_fcntl, p[0], F_GETOWN) == getpid());
    fcntl(p[0], 16, &o);
    HOLDS("as a process", o.type == 1 && o.pid == getpid());
    CALL("a group", fcntl(p[0], F_SETOWN, -getpgrp()));
    fcntl(p[0], 16, &o);
    HOLDS("as a group", o.type == 2 && o.pid == getpgrp());
    HOLDS("a negative answer", syscall(SYS_fcntl, p[0], F_GETOWN) == (getpgrp() < 4096 && errno == getpgrp() ? -1 : -getpgrp()));
    CALL("nobody", fcntl(p[0], F_SETOWN, 0));
    CALL("nobody's", fcntl(p[0], F_GETOWN));
    CALL("no such process", fcntl(p[0], F_SETOWN, 0x3ffffff));
    CALL("no such group", fcntl(p[0], F_SETOWN, -0x3ffffff));
    CALL("the least number", fcntl(p[0], F_SETOWN, -2147483647 - 1));
    o = (struct owner){ 0, gettid() };
    CALL("a thread", fcntl(p[0], 15, &o));
    o = (struct owner){ 9, 9 };
    fcntl(p[0], 16, &o);
    HOLDS("as a thread", o.type == 0 && o.pid == gettid());
    o.type = 3;
    CALL("an unknown type", fcntl(p[0], 15, &o));
    o.type = -1;
    CALL("a negative type", fcntl(p[0], 15, &o));
    o = (struct owner){ 1, 0x3ffffff };
    CALL("no such process, extended", fcntl(p[0], 15, &o));
    o = (struct owner){ 2, 0 };
    CALL("nobody, extended", fcntl(p[0], 15, &o));
    CALL("bad pointer", fcntl(p[0], 15, (void *)8));
    CALL("bad pointer to read", fcntl(p[0], 16, (void *)8));
    CALL("signal", fcntl(p[0], F_SETSIG, SIGUSR1));
    CALL("its number", fcntl(p[0], F_GETSIG));
    CALL("signal 65", fcntl(p[0], F_SETSIG, 65));
    CALL("signal -1", fcntl(p[0], F_SETSIG, -1));
    CALL("kept", fcntl(p[0], F_GETSIG));
    int d = dup(p[0]);
    CALL("a duplicate's", fcntl(d, F_GETSIG));
    CALL("the other end's", fcntl(p[1], F_GETSIG));
    int f = open(".", O_RDONLY), path = open(".", O_PATH);
    CALL("of a directory", fcntl(f, F_SETSIG, 34));
    CALL("its", fcntl(f, F_GETSIG));
    CALL("of a place", fcntl(path, F_SETSIG, 34));
    CALL("owner of a place", fcntl(path, F_SETOWN, getpid()));
    CALL("owner of a place, asked", fcntl(path, F_GETOWN));
    CALL("not open", fcntl(99, F_SETOWN, 0));
    CALL("FIOSETOWN of a pipe", ioctl(p[0], FIOSETOWN, &n));

    int s[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    n = getpid();
    CALL("FIOSETOWN of a socket", ioctl(s[0], FIOSETOWN, &n));
    HOLDS("F_GETOWN tells", fcntl(s[0], F_GETOWN) == getpid());
    n = -getpgrp();
    CALL("SIOCSPGRP of a socket", ioctl(s[0], SIOCSPGRP, &n));
    n = 0;
    CALL("FIOGETOWN", ioctl(s[0], FIOGETOWN, &n));
    HOLDS("tells", n == -getpgrp());
    n = 0;
    CALL("SIOCGPGRP", ioctl(s[0], SIOCGPGRP, &n));
    HOLDS("tells too", n == -getpgrp());
    n = 0x3ffffff;
    CALL("FIOSETOWN of nobody", ioctl(s[0], FIOSETOWN, &n));
    CALL("FIOSETOWN of nowhere", ioctl(s[0], FIOSETOWN, (void *)8));
    CALL("FIOGETOWN to nowhere", ioctl(s[0], FIOGETOWN, (void *)8));
    CALL("FIOGETOWN of a pipe", ioctl(p[0], FIOGETOWN, &n));

    /* An owner that has gone. */
    pid_t child = case_fork();
    if (child == 0)
        _exit(0);
    CALL("a child", fcntl(s[0], F_SETOWN, child));
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    HOLDS("a zombie owns", fcntl(s[0], F_GETOWN) == child);
    waitpid(child, NULL, 0);
    CALL("nobody owns", fcntl(s[0], F_GETOWN));
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigwaitinfo(&chld, &info);
    close(p[0]), close(p[1]), close(s[0]), close(s[1]), close(d), close(f), close(path);
}

static int set_async(int fd, int on)
{
    return fcntl(fd, F_SETFL, on ? fcntl(fd, F_GETFL) | O_ASYNC : fcntl(fd, F_GETFL) & ~O_ASYNC);
}

static void kinds(void)
{
    int on = 1, off = 0, in, p[2], s[2];
    sigset_t mask;
    sigemptyset(&mask);
    pipe(p);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    mkfifo("fifo", 0600);
    in = inotify_init();
    struct { const char *name; int fd; } files[] = {
        { "file", open("file", O_RDWR | O_CREAT, 0600) }, { "directory", open(".", O_RDONLY) }, { "/dev/null", open("/dev/null", O_RDWR) },
        { "/dev/urandom", open("/dev/urandom", O_RDONLY) }, { "/proc", open("/proc/self/stat", O_RDONLY) },
        { "pipe", p[0] }, { "pipe to write", p[1] }, { "fifo", open("fifo", O_RDWR) }, { "socket", s[0] }, { "inotify", in },
        { "eventfd", eventfd(0, 0) }, { "timerfd", timerfd_create(CLOCK_MONOTONIC, 0) }, { "signalfd", signalfd(-1, &mask, 0) },
        { "epoll", epoll_create1(0) }, { "master", open("/dev/ptmx", O_RDWR | O_NOCTTY) }, { "pidfd", syscall(SYS_pidfd_open, getpid(), 0) },
    };
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
    {
        char name[64];
        int fd = files[i].fd;
        snprintf(name, 64, "%s: FIOASYNC", files[i].name);
        for (char *c = name; (c = strchr(c, ':')); c++)
            *c = ',';
        HOLDS(name, fd >= 0);
        CALL(name, ioctl(fd, FIOASYNC, &on));
        VALUE(name, fcntl(fd, F_GETFL) & O_ASYNC);
        CALL(name, ioctl(fd, FIOASYNC, &off));
        VALUE(name, fcntl(fd, F_GETFL) & O_ASYNC);
        CALL("F_SETFL", set_async(fd, 1));
        VALUE("flag", fcntl(fd, F_GETFL) & O_ASYNC);
        CALL("FIOASYNC when set", ioctl(fd, FIOASYNC, &on));
        CALL("FIOASYNC off", ioctl(fd, FIOASYNC, &off));
        VALUE("flag", fcntl(fd, F_GETFL) & O_ASYNC);
        CALL("F_SETFL off", set_async(fd, 0));
        close(fd);
    }

    CALL("FIOASYNC of nowhere", ioctl(s[1], FIOASYNC, (void *)8));
    CALL("FIOASYNC of nothing", ioctl(99, FIOASYNC, &on));
    close(p[1]), close(s[1]);
}

static void own(int fd, int signal)
{
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETSIG, signal);
}

static void pipes(void)
{
    int p[2];
    static char buffer[70000];
    pipe2(p, O_NONBLOCK);
    set_async(p[0], 1);
    write(p[1], "x", 1);
    show("without an owner", p, 2);
    own(p[0], 0);
    write(p[1], "x", 1);
    show("a write", p, 2);
    write(p[1], "", 0);
    show("nothing written", p, 2);
    read(p[0], buffer, 1);
    show("a read", p, 2);
    own(p[0], SIGUSR1);
    write(p[1], "x", 1);
    show("another signal", p, 2);
    own(p[0], SIGCHLD);
    write(p[1], "x", 1);
    show("one with codes of its own", p, 2);
    own(p[0], SIGIO);
    write(p[1], "x", 1);
    show("SIGIO asked for", p, 2);
    own(p[0], 40);
    write(p[1], "x", 1);
    write(p[1], "y", 1);
    show("a real-time signal", p, 2);
    int d = dup(p[0]);
    int fds[3] = { p[0], p[1], d };
    set_async(p[0], 0);
    write(p[1], "x", 1);
    show("off", fds, 3);
    set_async(d, 1);
    write(p[1], "x", 1);
    show("by the duplicate", fds, 3);
    close(d);
    write(p[1], "x", 1);
    show("the duplicate closed", fds, 2);

    own(p[1], 41);
    set_async(p[1], 1);
    while (write(p[1], buffer, 4096) > 0)
        ;
    write(p[1], "x", 1);
    show("filled", p, 2);
    read(p[0], buffer, 100);
    show("a little read", p, 2);
    while (read(p[0], buffer, 4096) > 0)
        ;
    show("emptied", p, 2);
    read(p[0], buffer, 1);
    show("nothing there to be read", p, 2);
    close(p[1]);
    show("writer closed", p, 2);
    close(p[0]);
    show("reader closed", p, 2);

    pipe(p);
    own(p[1], 41);
    set_async(p[1], 1);
    close(p[0]);
    show("the reader first", p, 2);
    signal(SIGPIPE, SIG_IGN);
    write(p[1], "x", 1);
    show("a broken pipe", p, 2);
    close(p[1]);

    /* What open(2) is asked for does nothing, and F_SETFL changes nothing then. */
    int f = open("fifo", O_RDWR | O_NONBLOCK | O_ASYNC);
    VALUE("O_ASYNC of open", fcntl(f, F_GETFL) & O_ASYNC);
    own(f, 40);
    set_async(f, 1);
    write(f, "x", 1);
    show("nothing from it", &f, 1);
    set_async(f, 0), set_async(f, 1);
    write(f, "x", 1);
    show("both ends of a fifo", &f, 1);
    int g = open("fifo", O_RDONLY | O_NONBLOCK);
    int two[2] = { f, g };
    own(g, 40);
    set_async(g, 1);
    write(f, "x", 1);
    show("two readers", two, 2);
    read(g, buffer, 1);
    show("one reads", two, 2);
    close(f), close(g);
    show("closed", two, 2);
}

static void sockets(int type, const char *name)
{
    int s[2];
    char buffer[4096];
    printf("sockets: %s\n", name);
    socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, s);
    own(s[0], 40), own(s[1], 41);
    set_async(s[0], 1), set_async(s[1], 1);
    send(s[1], "hello", 5, 0);
    show("sent", s, 2);
    recv(s[0], buffer, 5, 0);
    show("received", s, 2);
    memset(buffer, 1, sizeof buffer);
    int n = 0;
    while (send(s[1], buffer, 4096, 0) > 0)
        n++;
    sigset_t all;
    sigfillset(&all);
    struct timespec now = { 0, 0 };
    while (sigtimedwait(&all, NULL, &now) > 0)
        n--;
    VALUE("as many as sends", n);
    while (recv(s[0], buffer, 4096, 0) > 0)
        ;
    show("room again", s, 2);
    send(s[1], buffer, 4096, 0);
    show("sent once more", s, 2);
    recv(s[0], buffer, 4096, 0);
    show("and received", s, 2);
    shutdown(s[1], SHUT_WR);
    show("SHUT_WR", s, 2);
    shutdown(s[1], SHUT_RD);
    show("SHUT_RD", s, 2);
    shutdown(s[1], SHUT_RDWR);
    show("SHUT_RDWR", s, 2);
    close(s[1]);
    show("closed", s, 2);
    close(s[0]);
}

static void terminals(void)
{
    int m, s;
    struct termios t;
    char buffer[256];
    openpty(&m, &s, NULL, NULL, NULL);
    int fds[2] = { m, s };
    fcntl(m, F_SETFL, O_NONBLOCK), fcntl(s, F_SETFL, O_NONBLOCK);
    own(m, 40);
    fcntl(s, F_SETSIG, 41);
    set_async(s, 1);
    HOLDS("a terminal's owner by itself", fcntl(s, F_GETOWN) == getpid());
    set_async(m, 1);
    write(m, "ab", 2);
    await("half a line", fds, 2, 1);
    read(m, buffer, 256);
    write(m, "c\n", 2);
    await("a line", fds, 2, 2);
    read(m, buffer, 256);
    read(s, buffer, 256);
    show("read", fds, 2);
    write(s, "x", 1);
    await("shown", fds, 2, 1);
    read(m, buffer, 256);
    show("taken", fds, 2);
    tcgetattr(s, &t);
    cfmakeraw(&t);
    tcsetattr(s, TCSANOW, &t);
    show("raw", fds, 2);
    write(m, "q", 1);
    await("a key", fds, 2, 1);
    write(m, "r", 1);
    await("another", fds, 2, 1);
    set_async(s, 0);
    write(m, "s", 1);
    show("off", fds, 2);
    set_async(s, 1);
    close(m);
    show("hung up", fds, 2);
    int on = 1;
    CALL("FIOASYNC after that", ioctl(s, FIOASYNC, &on));
    set_async(s, 0);
    CALL("F_SETFL after that", set_async(s, 1));
    close(s);
}

static void watches(void)
{
    int in = inotify_init1(IN_NONBLOCK);
    char buffer[256];
    inotify_add_watch(in, ".", IN_CREATE);
    own(in, 40);
    set_async(in, 1);
    close(open("made", O_CREAT, 0600));
    show("inotify", &in, 1);
    read(in, buffer, 256);
    show("inotify read", &in, 1);
    close(in);
}

/* Who gets it: a group, a thread; and who may not be sent to. */
static void owners(void)
{
    int p[2], ready[2];
    char c;
    pipe(p), pipe(ready);
    own(p[0], 40);
    set_async(p[0], 1);
    pid_t child = case_fork();
    if (child == 0)
    {
        setpgid(0, 0);
        write(ready[1], "x", 1);
        sigset_t set;
        siginfo_t info;
        sigemptyset(&set), sigaddset(&set, 40);
        sigwaitinfo(&set, &info);
        _exit(info.si_code == POLL_IN && info.si_fd == p[0] ? 7 : 8);
    }

    read(ready[0], &c, 1);
    fcntl(p[0], F_SETOWN, -child);
    write(p[1], "x", 1);
    int status;
    waitpid(child, &status, 0);
    VALUE("the child's group", status);
    show("not us", p, 2);

    /* A queue that is full: SIGIO instead. */
    own(p[0], 40);
    union sigval v = { 0 };
    int n = 0;
    while (sigqueue(getpid(), 40, v) == 0)
        n++;
    HOLDS("queued", n > 0);
    write(p[1], "x", 1);
    sigset_t pending;
    sigpending(&pending);
    HOLDS("SIGIO instead", sigismember(&pending, SIGIO));
    sigset_t set;
    siginfo_t info;
    struct timespec now = { 0, 0 };
    sigemptyset(&set), sigaddset(&set, 40);
    while (sigtimedwait(&set, &info, &now) > 0)
        ;
    show("rest", p, 2);

    /* Who set the owner must be allowed to send. */
    child = case_fork();
    if (child == 0)
    {
        setuid(1000);
        fcntl(p[0], F_SETOWN, getppid());
        own(p[1], 40);
        _exit(errno);
    }

    waitpid(child, &status, 0);
    own(p[0], 40);
    child = case_fork();
    if (child == 0)
    {
        setuid(1000);
        VALUE("owner set by another user", fcntl(p[0], F_SETOWN, getppid()));
        _exit(0);
    }

    fflush(stdout);
    waitpid(child, &status, 0);
    write(p[1], "x", 1);
    show("may not", p, 2);
}

int main(void)
{
    sigset_t all;
    setvbuf(stdout, NULL, _IONBF, 0);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    settings();
    kinds();
    pipes();
    sockets(SOCK_STREAM, "stream");
    sockets(SOCK_SEQPACKET, "seqpacket");
    sockets(SOCK_DGRAM, "dgram");
    terminals();
    watches();
    owners();
    return 0;
}
