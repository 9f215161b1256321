/* splice(2), tee(2), vmsplice(2), and pipes of packets. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

static long unread(int fd)
{
    int n = -1;
    ioctl(fd, FIONREAD, &n);
    return n;
}

int main(void)
{
    int p[2], q[2], file = open("f", O_RDWR | O_CREAT, 0600), other = open("g", O_RDWR | O_CREAT | O_APPEND, 0600);
    char b[70000];
    loff_t at = 0;
    signal(SIGPIPE, SIG_IGN);
    pipe2(p, O_NONBLOCK);
    pipe(q);
    for (int i = 0; i < 20000; i++)
        b[i] = i % 251;
    write(file, b, 20000);
    CALL("nothing", splice(p[0], NULL, q[1], NULL, 0, 0));
    CALL("unknown flag", syscall(SYS_splice, p[0], 0, q[1], 0, 1, 0x100));
    CALL("bad descriptor", splice(99, NULL, q[1], NULL, 1, 0));
    CALL("the write end", splice(p[1], NULL, q[1], NULL, 1, 0));
    CALL("two files", splice(file, NULL, other, NULL, 1, 0));
    CALL("the same pipe", splice(p[0], NULL, p[1], NULL, 1, 0));
    CALL("offset of a pipe", splice(p[0], &at, file, NULL, 1, 0));
    at = -1;
    CALL("negative offset", splice(file, &at, p[1], NULL, 1, 0));
    CALL("bad offset", splice(file, (loff_t *)8, p[1], NULL, 1, 0));
    CALL("empty, not waiting", splice(p[0], NULL, file, NULL, 10, SPLICE_F_NONBLOCK));
    at = 1000;
    CALL("file to pipe at an offset", splice(file, &at, p[1], NULL, 5000, 0));
    VALUE("offset after", at);
    VALUE("position", lseek(file, 0, SEEK_CUR));
    VALUE("in the pipe", unread(p[0]));
    CALL("to a file that appends", splice(p[0], NULL, other, NULL, 5, 0));
    CALL("tee", tee(p[0], q[1], 3000, 0));
    VALUE("still there", unread(p[0]));
    VALUE("and there", unread(q[0]));
    CALL("read", read(q[0], b, 5000));
    HOLDS("the same bytes", b[0] == (char)(1000 % 251) && b[2999] == (char)(3999 % 251));
    CALL("pipe to pipe", splice(p[0], NULL, q[1], NULL, 2000, 0));
    VALUE("left", unread(p[0]));
    at = 30000;
    CALL("pipe to file at an offset", splice(q[0], NULL, file, &at, 9999, 0));
    VALUE("offset after", at);
    VALUE("size", lseek(file, 0, SEEK_END));
    lseek(file, 31990, SEEK_SET);
    CALL("at the end", splice(file, NULL, p[1], NULL, 100, 0));
    CALL("beyond the end", splice(file, NULL, p[1], NULL, 100, 0));
    while (read(p[0], b, sizeof b) > 0)
        ;
    CALL("tee of an empty pipe", tee(p[0], q[1], 10, SPLICE_F_NONBLOCK));
    CALL("tee of a file", tee(file, q[1], 10, 0));
    CALL("tee of the same pipe", tee(p[0], p[1], 10, 0));
    lseek(file, 0, SEEK_SET);
    CALL("as much as fits", splice(file, NULL, p[1], NULL, 1000000, SPLICE_F_NONBLOCK));
    fcntl(p[1], F_SETPIPE_SZ, 4096);
    struct iovec v[2] = { { "hello ", 6 }, { "world", 5 } };
    CALL("vmsplice", vmsplice(q[1], v, 2, 0));
    VALUE("there", unread(q[0]));
    struct iovec w[2] = { { b, 3 }, { b + 10, 20 } };
    CALL("vmsplice from a pipe", vmsplice(q[0], w, 2, 0));
    HOLDS("bytes", memcmp(b, "hel", 3) == 0 && memcmp(b + 10, "lo world", 8) == 0);
    CALL("vmsplice of a file", vmsplice(file, v, 2, 0));
    CALL("vmsplice of nothing", vmsplice(q[1], v, 0, 0));
    CALL("vmsplice, unknown flag", vmsplice(q[1], v, 1, 0x100));

    int pid = fork();
    if (pid == 0)
    {
        usleep(10000);
        write(q[1], "late", 4);
        _exit(0);
    }

    lseek(file, 0, SEEK_SET);
    CALL("waits for bytes", splice(q[0], NULL, file, NULL, 100, 0));
    waitpid(pid, NULL, 0);
    close(q[1]);
    CALL("at the end of a pipe", splice(q[0], NULL, file, NULL, 100, 0));
    CALL("tee at the end", tee(q[0], p[1], 100, 0));
    int r[2];
    pipe(r);
    close(r[0]);
    CALL("nobody reads", splice(file, NULL, r[1], NULL, 10, 0));
    CALL("nobody reads", vmsplice(r[1], v, 1, 0));

    /* Packets. */
    pipe2(q, O_DIRECT | O_NONBLOCK);
    VALUE("read end", fcntl(q[0], F_GETFL));
    VALUE("write end", fcntl(q[1], F_GETFL));
    write(q[1], "one", 3);
    write(q[1], "twelve", 6);
    write(q[1], b, 5000);
    VALUE("bytes", unread(q[0]));
    CALL("one", read(q[0], b, 100));
    CALL("part of the next", read(q[0], b, 2));
    CALL("a page", read(q[0], b, 10000));
    CALL("the rest", read(q[0], b, 10000));
    CALL("none", read(q[0], b, 10000));
    int count = 0;
    while (write(q[1], "x", 1) == 1)
        count++;
    VALUE("sixteen packets", count);

    /* How small writes fill a pipe. */
    pipe2(q, O_NONBLOCK);
    for (count = 0; write(q[1], b, 3000) == 3000; count++)
        ;
    VALUE("writes of 3000", count);
    VALUE("bytes", unread(q[0]));
    CALL("1000 more", write(q[1], b, 1000));
    CALL("5000 more", write(q[1], b, 5000));
    struct pollfd f = { q[1], POLLOUT, 0 };
    CALL("full", poll(&f, 1, 0));
    read(q[0], b, 100);
    CALL("still full", poll(&f, 1, 0));
    read(q[0], b, 3000);
    CALL("room", poll(&f, 1, 0));
    CALL("size", fcntl(q[0], F_GETPIPE_SZ));
    CALL("smaller than what is there", fcntl(q[0], F_SETPIPE_SZ, 8192));
    CALL("larger", fcntl(q[0], F_SETPIPE_SZ, 100000));
    CALL("size", fcntl(q[1], F_GETPIPE_SZ));
    CALL("0", fcntl(q[0], F_SETPIPE_SZ, 0));
    CALL("of a file", fcntl(file, F_GETPIPE_SZ));
    return 0;
}
