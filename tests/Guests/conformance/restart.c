/* signal(7), "Interruption of system calls": which calls go on after a handler with SA_RESTART, which never do, and what is left of their time. */
#include "case.h"
#include <fcntl.h>
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

static int handled, feed = -1, drain = -1;
static unsigned word;

static void handler(int signal)
{
    (void)signal;
    handled++;
    char buffer[65536];
    if (handled == 2 && feed >= 0)
        write(feed, "fed", 3);
    if (handled == 2 && drain >= 0)
        read(drain, buffer, sizeof buffer);
    if (handled == 2) {
        word = 1;
        syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

/* Two signals, after 15 and 115 milliseconds: a busy machine may take its time to let the program run between them. */
static void begin(int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    handled = 0;
    word = 0;
    struct itimerval timer = { .it_value = { 0, 15000 }, .it_interval = { 0, 100000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void end(const char *name, long result)
{
    int error = errno;
    struct itimerval none = { 0 };
    setitimer(ITIMER_REAL, &none, NULL);
    printf("%s: %ld, handlers %d\n", name, result == -1 ? -error : result, handled);
}

#define BOTH(name, call)                                                            \
    do {                                                                            \
        begin(0); end(name ", no SA_RESTART", (long)(call));                        \
        begin(SA_RESTART); end(name ", SA_RESTART", (long)(call));                  \
    } while (0)

static long left(const struct timespec *time) { return time->tv_sec * 1000 + time->tv_nsec / 1000000; }

int main(void)
{
    int ends[2], full[2];
    char buffer[65536];
    pipe(ends);
    pipe(full);
    fcntl(full[1], F_SETFL, O_NONBLOCK);
    while (write(full[1], buffer, sizeof buffer) > 0)
        ;
    fcntl(full[1], F_SETFL, 0);
    feed = ends[1];
    struct iovec vector = { buffer, 10 };

    BOTH("read", read(ends[0], buffer, 10));
    BOTH("readv", readv(ends[0], &vector, 1));
    feed = -1;
    drain = full[0];
    BOTH("write", write(full[1], buffer, 4096));
    drain = -1;
    fcntl(full[0], F_SETFL, O_NONBLOCK);
    while (read(full[0], buffer, sizeof buffer) > 0)
        ;
    fcntl(full[0], F_SETFL, 0);
    begin(SA_RESTART);
    char *large = calloc(1, 200000);
    end("a write of 200000 bytes ends with what is written", write(full[1], large, 200000));

    BOTH("futex", syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0));
    struct timespec second = { 10, 0 }, rest = { 77, 77 };
    BOTH("futex with a time", syscall(SYS_futex, &word, FUTEX_WAIT, 0, &second, NULL, 0));

    while (poll(&(struct pollfd){ .fd = ends[0], .events = POLLIN }, 1, 0) == 1)
        read(ends[0], buffer, 1);
    struct pollfd entry = { .fd = ends[0], .events = POLLIN };
    BOTH("poll", poll(&entry, 1, 10000));
    BOTH("poll without a time", poll(&entry, 1, -1));
    BOTH("ppoll", syscall(SYS_ppoll, &entry, 1, &second, NULL, 8));
    HOLDS("its time is counted down", second.tv_sec < 10 && second.tv_sec >= 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval time = { 10, 0 };
    BOTH("select", syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &time));
    HOLDS("the set is as it was", FD_ISSET(ends[0], &set));
    BOTH("pause", pause());

    second = (struct timespec){ 10, 0 };
    BOTH("nanosleep", syscall(SYS_nanosleep, &second, &rest));
    HOLDS("what is left", left(&rest) > 5000 && left(&rest) < 9990);
    rest = (struct timespec){ 77, 77 };
    BOTH("clock_nanosleep", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &second, &rest));
    HOLDS("what is left", left(&rest) > 5000 && left(&rest) < 9990);
    rest = (struct timespec){ 77, 77 };
    clock_gettime(CLOCK_MONOTONIC, &second);
    second.tv_sec += 10;
    BOTH("clock_nanosleep to a time", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &second, &rest));
    VALUE("the rest is not written", rest.tv_sec);

    /* A signal that is ignored or blocked disturbs nothing. */
    signal(SIGALRM, SIG_IGN);
    struct itimerval timer = { .it_value = { 0, 5000 }, .it_interval = { 0, 5000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
    struct timespec start, now;
    second = (struct timespec){ 0, 50000000 };
    clock_gettime(CLOCK_MONOTONIC, &start);
    CALL("a sleep through ignored signals", syscall(SYS_nanosleep, &second, NULL));
    clock_gettime(CLOCK_MONOTONIC, &now);
    HOLDS("it took its time", (now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec >= 50000000);
    timer = (struct itimerval){ 0 };
    setitimer(ITIMER_REAL, &timer, NULL);

    CALL("restart_syscall by itself", syscall(SYS_restart_syscall));
    return 0;
}
