/* pidfd_open(2), and waiting for a process with poll(2) and epoll(7). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

int main(void)
{
    char c;
    CALL("pid 0", syscall(SYS_pidfd_open, 0, 0));
    CALL("pid -1", syscall(SYS_pidfd_open, -1, 0));
    CALL("nobody", syscall(SYS_pidfd_open, 0x3FFFFF, 0));
    CALL("unknown flag", syscall(SYS_pidfd_open, getpid(), 1));
    int self = syscall(SYS_pidfd_open, getpid(), O_NONBLOCK);
    VALUE("flags", fcntl(self, F_GETFL));
    VALUE("close on exec", fcntl(self, F_GETFD));
    struct pollfd p = { self, POLLIN | POLLOUT, 0 };
    CALL("poll of itself", poll(&p, 1, 0));
    CALL("read", read(self, &c, 1));
    CALL("write", write(self, &c, 1));
    int go[2];
    pipe(go);
    int pid = fork();
    if (pid == 0)
    {
        read(go[0], &c, 1);
        _exit(5);
    }

    int fd = syscall(SYS_pidfd_open, pid, 0);
    int ep = epoll_create1(0);
    struct epoll_event e = { EPOLLIN, { .u32 = 3 } };
    CALL("epoll", epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
    CALL("runs", epoll_wait(ep, &e, 1, 0));
    p.fd = fd;
    CALL("poll", poll(&p, 1, 5));
    write(go[1], "x", 1);
    CALL("poll waits", poll(&p, 1, -1));
    VALUE("readable", p.revents & POLLIN);
    CALL("epoll", epoll_wait(ep, &e, 1, -1));
    VALUE("data", e.data.u32);
    int status;
    HOLDS("waited for", waitpid(pid, &status, 0) == pid);
    VALUE("status", WEXITSTATUS(status));
    CALL("gone, readable", poll(&p, 1, 0));
    CALL("gone", syscall(SYS_pidfd_open, pid, 0));

    /* pidfd_send_signal(2) takes an open /proc/PID too; nothing else does. */
    int directory = open("/proc/self", O_RDONLY | O_DIRECTORY);
    int thread = open("/proc/thread-self", O_RDONLY | O_DIRECTORY);
    int root = open("/", O_RDONLY | O_DIRECTORY);
    CALL("signal to /proc/self", syscall(SYS_pidfd_send_signal, directory, 0, NULL, 0));
    CALL("signal to /proc/thread-self", syscall(SYS_pidfd_send_signal, thread, 0, NULL, 0));
    CALL("signal to /", syscall(SYS_pidfd_send_signal, root, 0, NULL, 0));
    CALL("signal to no file", syscall(SYS_pidfd_send_signal, -1, 0, NULL, 0));
    CALL("getfd of /proc/self", syscall(SYS_pidfd_getfd, directory, 0, 0));
    siginfo_t info;
    CALL("waitid for /proc/self", waitid(P_PIDFD, directory, &info, WEXITED | WNOHANG));
    pid = fork();
    if (pid == 0)
    {
        pause();
        _exit(0);
    }

    char name[32];
    snprintf(name, sizeof name, "/proc/%d", pid);
    directory = open(name, O_RDONLY | O_DIRECTORY);
    CALL("kill by directory", syscall(SYS_pidfd_send_signal, directory, 9, NULL, 0));
    HOLDS("killed", waitpid(pid, &status, 0) == pid && WTERMSIG(status) == 9);
    CALL("gone", syscall(SYS_pidfd_send_signal, directory, 0, NULL, 0));
    return 0;
}
