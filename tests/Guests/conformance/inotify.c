/* inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2): which events come in which order. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <utime.h>

static int in;

static void show(const char *name)
{
    char buffer[8192];
    long n;
    unsigned cookie = 0;
    printf("%s:", name);
    while ((n = read(in, buffer, sizeof buffer)) > 0)
    {
        for (char *p = buffer; p < buffer + n; p += sizeof(struct inotify_event) + ((struct inotify_event *)p)->len)
        {
            struct inotify_event *e = (struct inotify_event *)p;
            printf(" %d/%#x", e->wd, e->mask);
            if (e->len)
                printf("/%s(%u)", e->name, e->len);
            if (e->cookie)
            {
                printf("%s", e->cookie == cookie ? "/same" : "/cookie");
                cookie = e->cookie;
            }
        }
    }

    printf(" %d\n", errno);
}

int main(void)
{
    struct stat st;
    char buffer[64];
    CALL("unknown flag", inotify_init1(1));
    in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    VALUE("flags", fcntl(in, F_GETFL));
    mkdir("d", 0755);
    mkdir("other", 0755);
    close(creat("d/old", 0644));
    symlink("old", "d/link");
    CALL("not an inotify file", inotify_add_watch(0, "d", IN_CREATE));
    CALL("bad descriptor", inotify_add_watch(99, "d", IN_CREATE));
    CALL("no events", inotify_add_watch(in, "d", 0));
    CALL("missing path", inotify_add_watch(in, "nothing", IN_CREATE));
    CALL("bad path", inotify_add_watch(in, (char *)8, IN_CREATE));
    CALL("only a directory", inotify_add_watch(in, "d/old", IN_OPEN | IN_ONLYDIR));
    CALL("add and create", inotify_add_watch(in, "d", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
    CALL("remove what is not there", inotify_rm_watch(in, 1));
    CALL("nothing to read", read(in, buffer, 64));

    CALL("directory", inotify_add_watch(in, "d", IN_ALL_EVENTS));
    CALL("again: the same number", inotify_add_watch(in, "d/../d", IN_ALL_EVENTS));
    CALL("create only", inotify_add_watch(in, "d", IN_OPEN | IN_MASK_CREATE));
    int f = open("d/new", O_RDWR | O_CREAT, 0644);
    show("create");
    write(f, "hello", 5);
    show("write");
    pwrite(f, "x", 1, 2);
    pwrite(f, "x", 1, 3);
    show("two writes in one");
    pread(f, buffer, 2, 0);
    show("read");
    pread(f, buffer, 2, 5);
    show("read at the end");
    ftruncate(f, 2);
    show("truncate");
    fchmod(f, 0600);
    show("mode");
    futimens(f, NULL);
    show("times");
    struct timespec times[2] = { { 0, UTIME_OMIT }, { 1, 0 } };
    futimens(f, times);
    show("modification time");
    times[0] = (struct timespec){ 1, 0 }, times[1].tv_nsec = UTIME_OMIT;
    futimens(f, times);
    show("access time");
    close(f);
    show("close");
    close(open("d/new", O_RDONLY));
    show("open and close");
    close(open("d/new", O_PATH));
    show("a place");
    close(open("d/new", O_WRONLY | O_TRUNC));
    show("open with truncation");
    stat("d/new", &st);
    access("d/new", R_OK);
    readlink("d/link", buffer, 64);
    show("questions");
    link("d/new", "d/second");
    show("link");
    unlink("d/second");
    show("unlink of a second name");
    rename("d/new", "d/newer");
    show("rename");
    rename("d/newer", "other/away");
    show("rename away");
    rename("other/away", "d/back");
    show("rename back");
    mkdir("d/sub", 0755);
    show("mkdir");
    int s = open("d/sub", O_DIRECTORY);
    syscall(SYS_getdents64, s, buffer, 64);
    close(s);
    show("directory read");
    close(creat("d/sub/inner", 0644));
    show("nothing from below");
    chmod("d/sub", 0700);
    show("mode of a directory");
    unlink("d/sub/inner");
    rmdir("d/sub");
    show("rmdir");
    symlink("x", "d/dangling");
    mkfifo("d/fifo", 0600);
    show("other nodes");
    s = open("d", O_DIRECTORY);
    syscall(SYS_getdents64, s, buffer, 64);
    close(s);
    show("the directory itself");
    chmod("d", 0700);
    show("its mode");
    syscall(SYS_renameat2, AT_FDCWD, "d/back", AT_FDCWD, "d/old", 2);
    show("exchange");

    int w = inotify_add_watch(in, "d/old", IN_ALL_EVENTS);
    VALUE("file", w);
    f = open("d/old", O_RDWR);
    show("both the directory and the file");
    write(f, "1", 1);
    rename("d/old", "d/moved");
    show("written and moved");
    CALL("by a link", inotify_add_watch(in, "d/link", IN_ALL_EVENTS));
    CALL("the link itself", inotify_add_watch(in, "d/link", IN_ALL_EVENTS | IN_DONT_FOLLOW));
    unlink("d/moved");
    show("unlinked while open");
    read(f, buffer, 1);
    show("read after that");
    close(f);
    show("closed");
    CALL("its watch is gone", inotify_rm_watch(in, w));

    close(creat("d/a", 0644));
    close(creat("d/b", 0644));
    show("made");
    w = inotify_add_watch(in, "d/b", IN_ALL_EVENTS);
    rename("d/a", "d/b");
    show("replaced");

    w = inotify_add_watch(in, "other", IN_CREATE | IN_ONESHOT);
    close(creat("other/x", 0644));
    close(creat("other/y", 0644));
    show("once");
    w = inotify_add_watch(in, "other", IN_CREATE);
    inotify_add_watch(in, "other", IN_DELETE | IN_MASK_ADD);
    close(creat("other/z", 0644));
    unlink("other/z");
    show("two kinds");
    inotify_add_watch(in, "other", IN_DELETE);
    close(creat("other/z", 0644));
    show("one kind");
    CALL("remove", inotify_rm_watch(in, w));
    show("told");
    CALL("remove again", inotify_rm_watch(in, w));

    w = inotify_add_watch(in, "other", IN_ALL_EVENTS);
    inotify_rm_watch(in, 1);
    show("the first watch ends");
    unlink("other/x");
    unlink("other/y");
    unlink("other/z");
    rmdir("other");
    show("the directory is removed");

    mkdir("e", 0755);
    w = inotify_add_watch(in, "e", IN_OPEN | IN_EXCL_UNLINK);
    f = creat("e/f", 0644);
    show("opened");
    unlink("e/f");
    snprintf(buffer, 64, "/proc/self/fd/%d", f);
    close(open(buffer, O_RDONLY));
    show("not when unlinked");
    inotify_add_watch(in, "e", IN_CREATE | IN_DELETE);
    close(creat("e/abcdefghijklmno", 0644));
    close(creat("e/abcdefghijklmnop", 0644));
    int count;
    CALL("FIONREAD", ioctl(in, FIONREAD, &count));
    VALUE("bytes", count);
    CALL("room for none", read(in, buffer, 16));
    CALL("room for one", read(in, buffer, 40));
    CALL("room for the other", read(in, buffer, 64));
    struct pollfd p = { in, POLLIN | POLLOUT, 0 };
    CALL("poll", poll(&p, 1, 0));
    int ep = epoll_create1(0);
    struct epoll_event ev = { EPOLLIN | EPOLLET, { 0 } };
    epoll_ctl(ep, EPOLL_CTL_ADD, in, &ev);
    unlink("e/abcdefghijklmno");
    CALL("epoll", epoll_wait(ep, &ev, 1, 0));
    unlink("e/abcdefghijklmnop");
    CALL("another edge", epoll_wait(ep, &ev, 1, 0));
    CALL("poll", poll(&p, 1, 0));
    VALUE("readable", p.revents);
    CALL("write", write(in, buffer, 1));
    CALL("lseek", lseek(in, 0, SEEK_SET));
    show("rest");
    snprintf(buffer, 64, "/proc/self/fd/%d", in);
    char link[64] = "";
    readlink(buffer, link, 63);
    TEXT("link", link);

    /* More than the queue takes. */
    for (int i = 0; i < 16400; i++)
    {
        snprintf(buffer, 64, "e/%d", i % 7);
        if (i % 14 < 7)
            close(creat(buffer, 0644));
        else
            unlink(buffer);
    }

    char *big = malloc(1 << 20);
    long n, events = 0, last = 0;
    while ((n = read(in, big, 1 << 20)) > 0)
    {
        for (char *q = big; q < big + n; q += sizeof(struct inotify_event) + ((struct inotify_event *)q)->len)
        {
            events++;
            last = ((struct inotify_event *)q)->mask;
        }
    }

    VALUE("events", events);
    VALUE("overflow", last);
    return 0;
}
