/* timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

static int ready(int fd, int timeout)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    poll(&p, 1, timeout);
    return p.revents;
}

static long ms(struct timespec t) { return t.tv_sec * 1000 + t.tv_nsec / 1000000; }

int main(void)
{
    struct itimerspec s = { { 0, 0 }, { 0, 20000000 } }, old;
    uint64_t n = 0;
    CALL("unknown clock", timerfd_create(77, 0));
    CALL("cpu-time clock", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    CALL("coarse clock", timerfd_create(CLOCK_MONOTONIC_COARSE, 0));
    CALL("unknown flag", timerfd_create(CLOCK_MONOTONIC, 2));
    SUCCEEDS("alarm clock", timerfd_create(CLOCK_REALTIME_ALARM, 0));
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), file = open("f", O_CREAT | O_RDWR, 0600);
    VALUE("flags", fcntl(t, F_GETFL));
    CALL("not a timer", timerfd_settime(file, 0, &s, NULL));
    CALL("not a timer", timerfd_gettime(file, &s));
    CALL("bad descriptor", timerfd_settime(99, 0, &s, NULL));
    CALL("NULL", timerfd_settime(t, 0, NULL, NULL));
    CALL("unknown flag", timerfd_settime(t, 8, &s, NULL));
    s.it_value.tv_nsec = 1000000000;
    CALL("invalid time", timerfd_settime(t, 0, &s, NULL));
    s.it_value.tv_nsec = -1;
    CALL("negative time", timerfd_settime(t, 0, &s, NULL));
    CALL("not running", read(t, &n, 8));
    VALUE("poll", ready(t, 0));
    CALL("get", timerfd_gettime(t, &old));
    VALUE("value", ms(old.it_value));
    s = (struct itimerspec){ { 0, 0 }, { 0, 20000000 } };
    CALL("set", timerfd_settime(t, 0, &s, &old));
    VALUE("old value", ms(old.it_value));
    timerfd_gettime(t, &old);
    HOLDS("remaining", old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 20000000);
    CALL("too early", read(t, &n, 8));
    VALUE("poll waits", ready(t, -1));
    CALL("read of 7", read(t, &n, 7));
    CALL("read", read(t, &n, 8));
    VALUE("once", n);
    CALL("read again", read(t, &n, 8));
    timerfd_gettime(t, &old);
    VALUE("stopped", ms(old.it_value));

    s = (struct itimerspec){ { 0, 2000000 }, { 0, 1000000 } };
    timerfd_settime(t, 0, &s, NULL);
    nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    timerfd_gettime(t, &old);
    HOLDS("period", old.it_interval.tv_nsec == 2000000 && old.it_value.tv_nsec <= 2000000 && old.it_value.tv_nsec > 0);
    CALL("read", read(t, &n, 8));
    HOLDS("several", n >= 8);
    fcntl(t, F_SETFL, 0);
    CALL("blocking read", read(t, &n, 8));
    HOLDS("at least once", n >= 1);
    s = (struct itimerspec){ { 0, 0 }, { 0, 0 } };
    CALL("stop", timerfd_settime(t, 0, &s, &old));
    VALUE("old period in us", old.it_interval.tv_nsec / 1000);
    VALUE("poll", ready(t, 5));

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    s.it_value = now;
    CALL("a time that has passed", timerfd_settime(t, TFD_TIMER_ABSTIME, &s, NULL));
    CALL("read", read(t, &n, 8));
    VALUE("at once", n);
    int r = timerfd_create(CLOCK_REALTIME, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec += 10000000;
    if (now.tv_nsec >= 1000000000)
        now.tv_nsec -= 1000000000, now.tv_sec++;
    s.it_value = now;
    CALL("absolute", timerfd_settime(r, TFD_TIMER_ABSTIME, &s, NULL));
    CALL("read waits", read(r, &n, 8));
    VALUE("once", n);

    int ep = epoll_create1(0);
    struct epoll_event e = { EPOLLIN | EPOLLET, { .u32 = 5 } };
    epoll_ctl(ep, EPOLL_CTL_ADD, t, &e);
    CALL("nothing", epoll_wait(ep, &e, 1, 0));
    s = (struct itimerspec){ { 0, 0 }, { 0, 5000000 } };
    timerfd_settime(t, 0, &s, NULL);
    CALL("epoll waits", epoll_wait(ep, &e, 1, -1));
    VALUE("data", e.data.u32);
    CALL("an edge only", epoll_wait(ep, &e, 1, 0));
    timerfd_settime(t, 0, &s, NULL);
    VALUE("set again: not ready", ready(t, 0));
    CALL("epoll waits again", epoll_wait(ep, &e, 1, -1));
    CALL("write", write(t, &n, 8));
    CALL("lseek", lseek(t, 0, SEEK_SET));
    CALL("read at a bad address", read(t, (void *)8, 8));
    char path[40], link[40] = "";
    sprintf(path, "/proc/self/fd/%d", t);
    readlink(path, link, 39);
    TEXT("link", link);
    return 0;
}
