/* poll(2), ppoll(2), select(2), pselect(2). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
    int p[2], file = open("f", O_RDWR | O_CREAT, 0600);
    pipe(p);
    struct pollfd fds[4] = { { p[0], POLLIN, -1 }, { p[1], POLLIN | POLLOUT, -1 }, { -1, POLLIN, -1 }, { 77, POLLIN, -1 } };
    CALL("poll", poll(fds, 4, -1));
    for (int i = 0; i < 4; i++)
        VALUE("revents", fds[i].revents);
    long long start = now();
    CALL("time over", poll(fds, 1, 20));
    HOLDS("waited", now() - start >= 20000000);
    CALL("at once", poll(fds, 1, 0));
    fds[0] = (struct pollfd){ file, POLLIN | POLLOUT | POLLPRI, 0 };
    CALL("a file", poll(fds, 1, -1));
    VALUE("revents", fds[0].revents);
    CALL("nothing for 5 ms", poll(NULL, 0, 5));
    CALL("NULL", syscall(SYS_poll, 0, 1, 0));
    CALL("too many", syscall(SYS_poll, fds, 100000000, 0));
    write(p[1], "x", 1);
    fds[0] = (struct pollfd){ p[0], POLLIN | POLLRDNORM, 0 };
    CALL("readable", poll(fds, 1, -1));
    VALUE("revents", fds[0].revents);
    struct timespec t = { 0, 1000000000 };
    CALL("ppoll invalid time", syscall(SYS_ppoll, fds, 1, &t, 0, 8));
    t = (struct timespec){ 5, 0 };
    CALL("ppoll", syscall(SYS_ppoll, fds, 1, &t, 0, 8));
    HOLDS("time left", t.tv_sec == 4 || t.tv_nsec == 0);
    unsigned long mask = 0;
    CALL("ppoll mask of size 4", syscall(SYS_ppoll, fds, 1, &t, &mask, 4));
    CALL("ppoll mask", syscall(SYS_ppoll, fds, 1, &t, &mask, 8));

    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(p[0], &in);
    FD_SET(file, &in);
    FD_SET(p[1], &out);
    CALL("select", syscall(SYS_select, 10, &in, &out, 0, 0));
    VALUE("pipe", FD_ISSET(p[0], &in) != 0);
    VALUE("file", FD_ISSET(file, &in) != 0);
    VALUE("write end", FD_ISSET(p[1], &out) != 0);
    char c;
    read(p[0], &c, 1);
    FD_ZERO(&in);
    FD_SET(p[0], &in);
    struct timeval tv = { 0, 10000 };
    start = now();
    CALL("select, time over", syscall(SYS_select, 10, &in, 0, 0, &tv));
    HOLDS("waited", now() - start >= 10000000);
    VALUE("cleared", FD_ISSET(p[0], &in) != 0);
    VALUE("no time left", tv.tv_sec + tv.tv_usec);
    FD_SET(50, &in);
    tv.tv_sec = 0;
    CALL("select of a closed one", syscall(SYS_select, 64, &in, 0, 0, &tv));
    CALL("select of -1", syscall(SYS_select, -1, &in, 0, 0, &tv));
    tv = (struct timeval){ 0, -1 };
    CALL("select, negative time", syscall(SYS_select, 0, 0, 0, 0, &tv));
    tv = (struct timeval){ 0, 3000 };
    CALL("select as sleep", syscall(SYS_select, 0, 0, 0, 0, &tv));
    CALL("select of a bad pointer", syscall(SYS_select, 5, 1, 0, 0, &tv));
    FD_ZERO(&in);
    FD_SET(p[0], &in);
    t = (struct timespec){ 0, 3000000 };
    CALL("pselect6", syscall(SYS_pselect6, 10, &in, 0, 0, &t, 0));
    unsigned long arg[2] = { (unsigned long)&mask, 4 };
    CALL("pselect6 mask of size 4", syscall(SYS_pselect6, 10, &in, 0, 0, &t, arg));
    return 0;
}
