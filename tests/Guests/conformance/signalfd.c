/* signalfd(2), and the temporary masks of ppoll(2), pselect(2) and epoll_pwait(2). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

static volatile int caught;

static void handler(int number) { caught = number; }

static int ready(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    poll(&p, 1, 0);
    return p.revents;
}

int main(void)
{
    sigset_t set, none;
    sigemptyset(&set);
    sigemptyset(&none);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct signalfd_siginfo i[4];
    CALL("mask of size 4", syscall(SYS_signalfd4, -1, &set, 4, 0));
    CALL("bad mask", syscall(SYS_signalfd4, -1, 8, 8, 0));
    CALL("unknown flag", syscall(SYS_signalfd4, -1, &set, 8, 1));
    CALL("bad descriptor", syscall(SYS_signalfd4, 99, &set, 8, 0));
    CALL("not a signalfd", syscall(SYS_signalfd4, 0, &set, 8, 0));
    int s = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    VALUE("flags", fcntl(s, F_GETFL));
    CALL("nothing pending", read(s, i, sizeof i));
    VALUE("poll", ready(s));
    CALL("short read", read(s, i, 100));
    raise(SIGUSR1);
    VALUE("poll", ready(s));
    memset(i, 0xEE, sizeof i);
    CALL("read", read(s, i, sizeof i));
    VALUE("number", i[0].ssi_signo);
    VALUE("code", i[0].ssi_code);
    HOLDS("pid", i[0].ssi_pid == (unsigned)getpid());
    HOLDS("uid", i[0].ssi_uid == getuid());
    VALUE("rest is zero", i[0].ssi_ptr + i[0].ssi_int + i[0].ssi_band + i[0].ssi_status);
    CALL("taken", read(s, i, sizeof i));

    union sigval v = { .sival_int = 77 };
    sigqueue(getpid(), SIGRTMIN + 2, v);
    v.sival_int = 78;
    sigqueue(getpid(), SIGRTMIN + 2, v);
    kill(getpid(), SIGUSR2);
    CALL("three", read(s, i, sizeof i));
    for (int k = 0; k < 3; k++)
        printf("%d: code %d int %d\n", i[k].ssi_signo, i[k].ssi_code, i[k].ssi_int);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    CALL("room for one", read(s, i, 128));
    VALUE("the lower first", i[0].ssi_signo);
    CALL("the other", read(s, i, 255));
    VALUE("number", i[0].ssi_signo);

    int pid = fork();
    if (pid == 0)
        _exit(3);
    fcntl(s, F_SETFL, 0);
    CALL("blocking read", read(s, i, 128));
    VALUE("a child", i[0].ssi_signo);
    VALUE("exited", i[0].ssi_code);
    VALUE("status", i[0].ssi_status);
    HOLDS("its pid", i[0].ssi_pid == (unsigned)pid);
    waitpid(pid, NULL, 0);

    /* The parent's signals are not the child's. */
    kill(getpid(), SIGUSR1);
    pid = fork();
    if (pid == 0)
    {
        fcntl(s, F_SETFL, O_NONBLOCK);
        _exit(ready(s) * 2 + (read(s, i, 128) == -1 && errno == EAGAIN));
    }

    int status;
    waitpid(pid, &status, 0);
    VALUE("the child sees", WEXITSTATUS(status));
    VALUE("the parent sees", ready(s));
    fcntl(s, F_SETFL, O_NONBLOCK);
    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    HOLDS("another set", signalfd(s, &other, 0) == s);
    VALUE("not for it", ready(s));
    signalfd(s, &set, 0);
    while (read(s, i, 128) > 0)
        ;

    int ep = epoll_create1(0);
    struct epoll_event e = { EPOLLIN, { .u32 = 9 } };
    CALL("epoll", epoll_ctl(ep, EPOLL_CTL_ADD, s, &e));
    CALL("nothing", epoll_wait(ep, &e, 1, 0));
    kill(getpid(), SIGUSR2);
    CALL("ready", epoll_wait(ep, &e, 1, -1));
    read(s, i, 128);
    CALL("no more", epoll_wait(ep, &e, 1, 0));
    pid = fork();
    if (pid == 0)
    {
        nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }

    CALL("epoll waits", epoll_wait(ep, &e, 1, -1));
    CALL("read", read(s, i, 128));
    VALUE("number", i[0].ssi_signo);
    waitpid(pid, NULL, 0);
    read(s, i, 128);

    /* Masks in force during one call. */
    struct sigaction act = { .sa_handler = handler };
    sigaction(SIGUSR1, &act, NULL);
    struct pollfd p = { 0, 0, 0 };
    struct timespec t = { 5, 0 };
    kill(getpid(), SIGUSR1);
    CALL("ppoll", ppoll(NULL, 0, &t, &none));
    VALUE("caught", caught);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    VALUE("blocked again", sigismember(&now, SIGUSR1));
    caught = 0;
    kill(getpid(), SIGUSR1);
    t = (struct timespec){ 0, 1000000 };
    CALL("ppoll without a mask", ppoll(&p, 0, &t, NULL));
    VALUE("not caught", caught);
    t = (struct timespec){ 5, 0 };
    CALL("pselect", pselect(0, NULL, NULL, NULL, &t, &none));
    VALUE("caught", caught);
    caught = 0;
    kill(getpid(), SIGUSR1);
    CALL("epoll_pwait", epoll_pwait(ep, &e, 1, 5000, &none));
    VALUE("caught", caught);
    caught = 0;
    kill(getpid(), SIGUSR1);
    CALL("epoll_pwait2", syscall(SYS_epoll_pwait2, ep, &e, 1, &t, &none, 8));
    VALUE("caught", caught);

    /* Calls that wait for files are not started again after a handler. */
    act.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &act, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    pid = fork();
    if (pid == 0)
    {
        for (int k = 0; k < 4; k++)
        {
            nanosleep(&(struct timespec){ 0, 30000000 }, NULL);
            kill(getppid(), SIGUSR1);
        }
        _exit(0);
    }

    CALL("poll", poll(&p, 0, 3000));
    CALL("select", select(0, NULL, NULL, NULL, &(struct timeval){ 3, 0 }));
    CALL("epoll_wait", epoll_wait(ep, &e, 1, 3000));
    CALL("ppoll", ppoll(NULL, 0, &t, NULL));
    waitpid(pid, NULL, 0);
    return 0;
}
