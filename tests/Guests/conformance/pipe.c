/* pipe(2), pipe2(2), pipe(7): capacity, end of file, EPIPE, non-blocking. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

int main(void)
{
    int p[2];
    CALL("pipe", pipe(p));
    VALUE("read end", p[0]);
    VALUE("write end", p[1]);
    CALL("F_GETFL of the read end", fcntl(p[0], F_GETFL));
    CALL("F_GETFL of the write end", fcntl(p[1], F_GETFL));
    CALL("F_GETPIPE_SZ", fcntl(p[0], F_GETPIPE_SZ));
    CALL("F_GETPIPE_SZ of a file", fcntl(open("f", O_CREAT | O_RDWR, 0600), F_GETPIPE_SZ));
    struct stat st;
    CALL("fstat", fstat(p[0], &st));
    VALUE("mode", st.st_mode);
    VALUE("size", st.st_size);
    char buffer[8192] = "";
    CALL("write", write(p[1], "hello world", 11));
    int n = -1;
    CALL("FIONREAD", ioctl(p[0], FIONREAD, &n));
    VALUE("bytes", n);
    CALL("short read", read(p[0], buffer, 5));
    CALL("the rest", read(p[0], buffer, 100));
    CALL("O_NONBLOCK", fcntl(p[0], F_SETFL, O_NONBLOCK));
    CALL("empty", read(p[0], buffer, 100));
    CALL("empty, 0 bytes", read(p[0], buffer, 0));
    CALL("O_NONBLOCK for writing", fcntl(p[1], F_SETFL, O_NONBLOCK));
    long total = 0;
    long count;
    while ((count = write(p[1], buffer, 4096)) > 0)
        total += count;
    VALUE("capacity", total);
    CALL("full", write(p[1], "x", 1));
    struct pollfd fds[2] = { { p[0], POLLIN, 0 }, { p[1], POLLOUT, 0 } };
    CALL("poll when full", poll(fds, 2, 0));
    VALUE("readable", fds[0].revents);
    VALUE("not writable", fds[1].revents);
    CALL("drain one page", read(p[0], buffer, 4096));
    CALL("room for a page", write(p[1], buffer, 4096));
    CALL("drain less", read(p[0], buffer, 100));
    CALL("no room for an atomic write", write(p[1], buffer, 4096));
    CALL("close the write end", close(p[1]));
    total = 0;
    while ((count = read(p[0], buffer, sizeof buffer)) > 0)
        total += count;
    VALUE("drained", total);
    CALL("end of file", count);
    CALL("poll at the end", poll(fds, 1, 0));
    VALUE("hangs up", fds[0].revents);
    CALL("pipe2 with O_CLOEXEC|O_NONBLOCK", pipe2(p, O_CLOEXEC | O_NONBLOCK));
    CALL("F_GETFD", fcntl(p[0], F_GETFD));
    CALL("F_GETFL", fcntl(p[1], F_GETFL));
    signal(SIGPIPE, SIG_IGN);
    close(p[0]);
    CALL("EPIPE", write(p[1], "x", 1));
    CALL("EPIPE of 0 bytes", write(p[1], "x", 0));
    fds[1].fd = p[1];
    fds[1].events = POLLOUT;
    CALL("poll of a broken pipe", poll(fds + 1, 1, 0));
    VALUE("error", fds[1].revents);
    CALL("pipe2 with an unknown flag", syscall(SYS_pipe2, p, 1));
    CALL("pipe to NULL", syscall(SYS_pipe, 0));
    CALL("no descriptor is lost", dup(0));
    return 0;
}
