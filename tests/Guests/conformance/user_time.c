// ITIMER_VIRTUAL and the clocks of user time (CPUCLOCK_VIRT) leave out what the kernel does (setitimer(2)).
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SIZE (4 << 20)
#define USER_TIME_OF_PROCESS ((clockid_t)(~0u << 3 | 1))

static volatile sig_atomic_t virtual_count, profile_count;

static void caught(int number)
{
    if (number == SIGVTALRM)
        virtual_count++;
    else
        profile_count++;
}

static volatile sig_atomic_t alarm_count;

static void caught_alarm(int number)
{
    alarm_count++;
}

static long now(clockid_t clock)
{
    struct timespec t;
    if (syscall(SYS_clock_gettime, clock, &t) != 0)
        return -1;
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void arm(int which, int milliseconds)
{
    struct itimerval value = { .it_value = { .tv_usec = milliseconds * 1000 } };
    setitimer(which, &value, NULL);
}

int main(void)
{
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int zero = open("/dev/zero", O_RDONLY);
    signal(SIGVTALRM, caught);
    signal(SIGPROF, caught);

    // A loop in ring 3: both count it.
    arm(ITIMER_VIRTUAL, 60);
    arm(ITIMER_PROF, 60);
    for (volatile long i = 0; virtual_count == 0 || profile_count == 0; i++)
        ;
    VALUE("virtual timer", virtual_count);
    VALUE("profile timer", profile_count);

    // Reading much is the kernel's work: the virtual timer is not even half through when the other one has run down.
    virtual_count = profile_count = 0;
    arm(ITIMER_VIRTUAL, 120);
    arm(ITIMER_PROF, 240);
    long user = now(USER_TIME_OF_PROCESS), all = now(CLOCK_PROCESS_CPUTIME_ID);
    while (profile_count == 0 && virtual_count == 0)
        read(zero, memory, SIZE);
    user = now(USER_TIME_OF_PROCESS) - user;
    all = now(CLOCK_PROCESS_CPUTIME_ID) - all;
    VALUE("virtual timer while the kernel works", virtual_count);
    VALUE("profile timer while the kernel works", profile_count);
    HOLDS("user time is less than half", user >= 0 && user * 2 < all);
    struct itimerval rest;
    getitimer(ITIMER_VIRTUAL, &rest);
    HOLDS("the virtual timer goes on", rest.it_value.tv_usec > 0);

    // Long calls do not keep a timer waiting.
    virtual_count = 0;
    signal(SIGALRM, caught_alarm);
    long start = now(CLOCK_MONOTONIC);
    arm(ITIMER_REAL, 50);
    while (!alarm_count)
        read(zero, memory, SIZE);
    HOLDS("the alarm came in time", now(CLOCK_MONOTONIC) - start < 10000000000);

    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_NONE };
    SUCCEEDS("a timer of user time", syscall(SYS_timer_create, USER_TIME_OF_PROCESS, &event, &timer));
    CALL("clock 32", syscall(SYS_clock_gettime, 32, NULL));
    CALL("timer of clock 32", syscall(SYS_timer_create, 32, &event, &timer));
    return 0;
}
