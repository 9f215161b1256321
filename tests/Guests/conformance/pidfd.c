/* pidfd_open(2), and waiting for a process with poll(2) and epoll(7). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
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
    return 0;
}
