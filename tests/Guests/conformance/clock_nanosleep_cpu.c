// clock_nanosleep(2) on CPU-time clocks: the sleep ends when others have run for so long.
#define _GNU_SOURCE
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESS(pid) ((clockid_t)(~(unsigned)(pid) << 3 | 2))
#define THREAD(tid) ((clockid_t)(~(unsigned)(tid) << 3 | 4 | 2))

static volatile int stop, burning;
static volatile pid_t burner;

static void *burn(void *unused)
{
    burner = syscall(SYS_gettid);
    burning = 1;
    while (!stop)
        ;
    return unused;
}

static void nothing(int number)
{
}

static long nanoseconds(clockid_t clock)
{
    struct timespec t;
    return syscall(SYS_clock_gettime, clock, &t) != 0 ? -1 : t.tv_sec * 1000000000L + t.tv_nsec;
}

static long sleep_on(clockid_t clock, int flags, long time, struct timespec *rest)
{
    struct timespec t = { time / 1000000000, time % 1000000000 };
    return syscall(SYS_clock_nanosleep, clock, flags, &t, rest);
}

int main(void)
{
    struct timespec rest = { 0, 0 };
    const long Ms = 1000000;

    CALL("own thread", sleep_on(CLOCK_THREAD_CPUTIME_ID, 0, Ms, NULL));
    CALL("own thread by its number", sleep_on(THREAD(syscall(SYS_gettid)), 0, Ms, NULL));
    CALL("own thread by no number", sleep_on(THREAD(0), 0, Ms, NULL));
    CALL("a clock that is a file", sleep_on((clockid_t)(~0u << 3 | 3), 0, Ms, NULL));
    CALL("no such clock", sleep_on((clockid_t)(~0u << 3 | 7), 0, Ms, NULL));
    CALL("no such process", sleep_on(PROCESS(0x3ffffff), 0, Ms, NULL));
    CALL("a time that has passed", sleep_on(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, 1, NULL));
    CALL("no time", sleep_on(CLOCK_PROCESS_CPUTIME_ID, 0, 0, NULL));
    CALL("an invalid time", sleep_on(CLOCK_PROCESS_CPUTIME_ID, 0, -1, NULL));

    // Another thread of the process makes its time pass.
    pthread_t thread;
    pthread_create(&thread, NULL, burn, NULL);
    while (!burning)
        usleep(1000);
    long before = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    CALL("the process's clock", sleep_on(CLOCK_PROCESS_CPUTIME_ID, 0, 50 * Ms, NULL));
    HOLDS("the time has passed", nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - before >= 50 * Ms);
    CALL("absolute", sleep_on(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + 20 * Ms, NULL));
    before = nanoseconds(THREAD(burner));
    CALL("the other thread's clock", sleep_on(THREAD(burner), 0, 20 * Ms, NULL));
    HOLDS("it has run", nanoseconds(THREAD(burner)) - before >= 20 * Ms);
    stop = 1;
    pthread_join(thread, NULL);

    // Another process: asleep, so the sleep ends with a signal; then busy.
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    struct sigaction action = { .sa_handler = nothing };
    sigaction(SIGALRM, &action, NULL);
    usleep(20000);
    alarm(1);
    CALL("of a process that sleeps", sleep_on(PROCESS(child), 0, 500 * Ms, &rest));
    long left = rest.tv_sec * 1000000000L + rest.tv_nsec;
    HOLDS("all of the time is left", left > 490 * Ms && left <= 500 * Ms);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    child = fork();
    if (child == 0) {
        for (;;)
            ;
    }
    CALL("of a process that runs", sleep_on(PROCESS(child), 0, 30 * Ms, NULL));
    HOLDS("it has run as long", nanoseconds(PROCESS(child)) >= 30 * Ms);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
