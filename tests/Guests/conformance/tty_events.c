/* Readiness of terminals (poll(2), select(2), epoll(7), pty(7)): both sides, lines and bytes, full queues, ends, edges. */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>

static int master, slave;
static char name[64];

static void settle(void) { usleep(30000); }

static void make(void)
{
    int number;
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ioctl(master, TIOCGPTN, &number);
    ioctl(master, TIOCSPTLCK, &(int){0});
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    slave = open(name, O_RDWR | O_NOCTTY);
}

static void type(const char *text)
{
    write(master, text, strlen(text));
    settle();
}

/* Takes what the other side shows, so that only the next thing counts. */
static void drain(int fd)
{
    char buffer[4096];
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}

static void set(unsigned without, int minimum, int time)
{
    struct termios modes;
    tcgetattr(slave, &modes);
    modes.c_lflag |= ICANON | ECHO;
    modes.c_lflag &= ~without;
    modes.c_cc[VMIN] = minimum;
    modes.c_cc[VTIME] = time;
    tcsetattr(slave, TCSANOW, &modes);
}

static void show(const char *what)
{
    struct pollfd ready[2] = {{.fd = master, .events = POLLIN | POLLOUT | POLLPRI}, {.fd = slave, .events = POLLIN | POLLOUT | POLLPRI}};
    int count = poll(ready, 2, 0);
    printf("%s: %d, master %x, slave %x\n", what, count, ready[0].revents, ready[1].revents);
}

static void polled(void)
{
    make();
    show("new");
    type("half");
    show("half a line");
    drain(master);
    show("its echo read");
    type(" line\n");
    show("a line");
    drain(slave);
    type("\004");
    show("an end of file");
    drain(slave);
    drain(master);
    set(ICANON | ECHO, 1, 0);
    type("a");
    show("a byte");
    drain(slave);
    set(ICANON | ECHO, 3, 0);
    type("ab");
    show("two bytes of three");
    type("c");
    show("three bytes of three");
    drain(slave);
    set(ICANON | ECHO, 3, 1);
    type("a");
    show("a byte of three with a time");
    drain(slave);
    set(0, 1, 0);
    type("partly");
    show("before a change");
    set(ICANON | ECHO, 1, 0);
    show("after a change to bytes");
    drain(slave);
    drain(master);
    ioctl(slave, TCXONC, TCOOFF);
    show("output stopped");
    ioctl(slave, TCXONC, TCOON);
    show("output goes on");
    ioctl(master, TIOCPKT, &(int){1});
    tcflush(slave, TCIOFLUSH);
    show("a status of packet mode");
    ioctl(master, TIOCPKT, &(int){0});
    show("no packet mode");

    /* A terminal that nobody reads takes no more. */
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    char many[1024];
    memset(many, 'x', sizeof many);
    while (write(slave, many, sizeof many) > 0)
        ;
    settle();
    drain(master); /* Whether it was writable is a matter of how much was on its way just then. */
    settle();
    show("full and read");
    close(slave);
    close(master);
}

static void selected(void)
{
    make();
    fd_set input, output;
    FD_ZERO(&input);
    FD_ZERO(&output);
    FD_SET(slave, &input);
    FD_SET(slave, &output);
    VALUE("select", select(slave + 1, &input, &output, 0, &(struct timeval){0, 0}));
    VALUE("readable", FD_ISSET(slave, &input) != 0);
    VALUE("writable", FD_ISSET(slave, &output) != 0);
    if (fork() == 0) {
        usleep(50000);
        write(master, "x\n", 2);
        _exit(0);
    }
    FD_ZERO(&input);
    FD_SET(slave, &input);
    VALUE("select that waits", select(slave + 1, &input, 0, 0, &(struct timeval){10, 0}));
    FD_ZERO(&input);
    FD_SET(slave, &input);
    drain(slave);
    VALUE("select that waits in vain", select(slave + 1, &input, 0, 0, &(struct timeval){0, 20000}));
    close(slave);
    close(master);
}

static void report(int set, const char *what, int milliseconds)
{
    struct epoll_event events[4];
    int count = epoll_wait(set, events, 4, milliseconds);
    printf("%s: %d", what, count);
    for (int i = 0; i < count; i++)
        printf(" %s %x", events[i].data.fd == master ? "master" : "slave", events[i].events);
    putchar('\n');
}

static void watch(int set, int operation, int fd, unsigned events)
{
    CALL("epoll_ctl", epoll_ctl(set, operation, fd, &(struct epoll_event){.events = events, .data.fd = fd}));
}

static void watched(void)
{
    make();
    int set_ = epoll_create1(0);
    watch(set_, EPOLL_CTL_ADD, slave, EPOLLIN);
    report(set_, "nothing", 0);
    type("half");
    report(set_, "half a line", 0);
    type("\n");
    report(set_, "a line", 0);
    report(set_, "still there", 0);
    drain(slave);
    report(set_, "read", 0);
    watch(set_, EPOLL_CTL_MOD, slave, EPOLLIN | EPOLLET);
    type("one\n");
    report(set_, "an edge", 0);
    report(set_, "no edge", 0);
    type("two\n");
    report(set_, "the next line", 0);
    watch(set_, EPOLL_CTL_MOD, slave, EPOLLIN | EPOLLONESHOT);
    report(set_, "once", 0);
    report(set_, "not twice", 0);
    watch(set_, EPOLL_CTL_MOD, slave, EPOLLIN | EPOLLONESHOT);
    report(set_, "armed again", 0);
    drain(slave);
    drain(master);
    watch(set_, EPOLL_CTL_DEL, slave, 0);
    watch(set_, EPOLL_CTL_ADD, master, EPOLLIN);
    report(set_, "the master", 0);
    write(slave, "shown", 5);
    settle();
    report(set_, "something is shown", 0);
    drain(master);
    if (fork() == 0) {
        usleep(50000);
        write(slave, "later", 5);
        _exit(0);
    }
    report(set_, "something is shown later", 10000);
    settle();
    drain(master);
    close(slave);
    report(set_, "the slave was closed", 1000);
    slave = open(name, O_RDWR | O_NOCTTY);
    report(set_, "and opened again", 0);
    watch(set_, EPOLL_CTL_ADD, slave, EPOLLIN);
    close(master);
    report(set_, "the master was closed", 1000);
    close(slave);
    close(set_);
}

int main(void)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    polled();
    selected();
    watched();
    return 0;
}
