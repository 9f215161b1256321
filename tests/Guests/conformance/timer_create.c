/* timer_create(2), timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2). */
#include "case.h"
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static volatile int handled;
static siginfo_t last;
static void handler(int signal, siginfo_t *info, void *uc) { (void)uc; (void)signal; last = *info; handled++; }

static int create(int clock, struct sigevent *event, int *id) { return syscall(SYS_timer_create, clock, event, id); }
static int settime(int id, int flags, const struct itimerspec *new, struct itimerspec *old) { return syscall(SYS_timer_settime, id, flags, new, old); }
static int gettime(int id, struct itimerspec *value) { return syscall(SYS_timer_gettime, id, value); }
static int overrun(int id) { return syscall(SYS_timer_getoverrun, id); }
static int delete(int id) { return syscall(SYS_timer_delete, id); }

static struct itimerspec of(long value, long interval)
{
    return (struct itimerspec){ .it_value = { value / 1000000, value % 1000000 * 1000 }, .it_interval = { interval / 1000000, interval % 1000000 * 1000 } };
}

static long micro(const struct timespec *time) { return time->tv_sec * 1000000 + time->tv_nsec / 1000; }
static void sleep_for(long microseconds) { struct timespec time = { 0, microseconds * 1000 }; while (nanosleep(&time, &time) != 0) ; }
static void mask(int how, int signal) { unsigned long set = 1UL << (signal - 1); syscall(SYS_rt_sigprocmask, how, &set, NULL, 8); }

int main(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    action.sa_sigaction = handler;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(40, &action, NULL);

    int id = -1, other = -1;
    CALL("create", create(CLOCK_MONOTONIC, NULL, &id));
    VALUE("the first id", id);
    struct itimerspec now, old;
    CALL("gettime", gettime(id, &now));
    VALUE("it stands still", micro(&now.it_value) + micro(&now.it_interval));
    now = of(10000, 0);
    CALL("settime", settime(id, 0, &now, &old));
    sleep_for(30000);
    VALUE("handled", handled);
    VALUE("signal", last.si_signo);
    VALUE("code", last.si_code);
    VALUE("timer", last.si_timerid);
    VALUE("overrun", last.si_overrun);
    VALUE("value is the id", last.si_value.sival_int);
    CALL("gettime after it", gettime(id, &now));
    VALUE("done", micro(&now.it_value));

    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 40, .sigev_value.sival_ptr = (void *)0x1234567890abUL };
    CALL("another", create(CLOCK_REALTIME, &event, &other));
    VALUE("its id", other);
    handled = 0;
    mask(SIG_BLOCK, 40);
    now = of(1000, 10000);
    CALL("settime", settime(other, 0, &now, NULL));
    sleep_for(55000);
    CALL("gettime while it is pending", gettime(other, &now));
    HOLDS("the next time", micro(&now.it_value) > 0 && micro(&now.it_value) <= 10000);
    VALUE("interval", micro(&now.it_interval));
    mask(SIG_UNBLOCK, 40);
    HOLDS("handled", handled >= 1);
    HOLDS("overruns", last.si_overrun >= 3 && last.si_overrun <= 30);
    HOLDS("timer_getoverrun says the same", overrun(other) == last.si_overrun || handled > 1);
    printf("value: %p\n", last.si_value.sival_ptr);
    handled = 0;
    while (handled < 5)
        ;
    now = of(0, 7000);
    CALL("stop", settime(other, 0, &now, &old));
    VALUE("old interval", micro(&old.it_interval));
    handled = 0;
    sleep_for(25000);
    VALUE("it is quiet", handled);

    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    now = of(0, 0);
    now.it_value = time;
    now.it_value.tv_nsec += 10000000;
    if (now.it_value.tv_nsec >= 1000000000) {
        now.it_value.tv_nsec -= 1000000000;
        now.it_value.tv_sec++;
    }
    CALL("an absolute time", settime(other, TIMER_ABSTIME, &now, NULL));
    sleep_for(40000);
    VALUE("handled", handled);
    now = of(1, 0);
    CALL("one in the past", settime(other, TIMER_ABSTIME, &now, NULL));
    while (handled < 2)
        ;
    VALUE("handled", handled);

    event.sigev_notify = SIGEV_NONE;
    CALL("SIGEV_NONE", create(CLOCK_BOOTTIME, &event, &id));
    now = of(10000, 20000);
    settime(id, 0, &now, NULL);
    sleep_for(15000);
    gettime(id, &now);
    HOLDS("it goes on silently", micro(&now.it_value) > 0 && micro(&now.it_value) <= 20000);
    now = of(5000, 0);
    settime(id, 0, &now, NULL);
    sleep_for(15000);
    gettime(id, &now);
    VALUE("and ends", micro(&now.it_value));
    CALL("delete", delete(id));
    CALL("delete again", delete(id));
    CALL("gettime of a deleted one", gettime(id, &now));
    CALL("settime of a deleted one", settime(id, 0, &now, NULL));
    CALL("getoverrun of a deleted one", overrun(id));

    event.sigev_notify = SIGEV_SIGNAL | SIGEV_THREAD_ID;
    ((int *)&event)[4] = syscall(SYS_gettid);
    event.sigev_signo = SIGUSR1;
    handled = 0;
    CALL("to a thread", create(CLOCK_THREAD_CPUTIME_ID, &event, &id));
    now = of(10000, 0);
    settime(id, 0, &now, NULL);
    while (handled < 1)
        ;
    VALUE("its CPU time", last.si_code);
    delete(id);
    CALL("the process's CPU time", create(CLOCK_PROCESS_CPUTIME_ID, &event, &id));
    now = of(5000, 5000);
    settime(id, 0, &now, NULL);
    while (handled < 4)
        ;
    gettime(id, &now);
    HOLDS("interval", micro(&now.it_interval) == 5000);
    delete(id);
    ((int *)&event)[4] = 1;
    CALL("to a thread of another", create(CLOCK_MONOTONIC, &event, &id));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 0;
    CALL("signal 0", create(CLOCK_MONOTONIC, &event, &id));
    event.sigev_signo = 65;
    CALL("signal 65", create(CLOCK_MONOTONIC, &event, &id));
    event.sigev_signo = SIGUSR1;
    event.sigev_notify = 17;
    CALL("unknown way", create(CLOCK_MONOTONIC, &event, &id));
    event.sigev_notify = SIGEV_SIGNAL;
    CALL("CLOCK_MONOTONIC_RAW", create(CLOCK_MONOTONIC_RAW, &event, &id));
    CALL("CLOCK_MONOTONIC_COARSE", create(CLOCK_MONOTONIC_COARSE, &event, &id));
    CALL("unknown clock", create(99, &event, &id));
    CALL("CLOCK_TAI", create(CLOCK_TAI, &event, &id));
    CALL("bad event", create(CLOCK_MONOTONIC, (void *)8, &id));
    CALL("bad id", create(CLOCK_MONOTONIC, &event, (void *)8));
    CALL("no value", settime(id, 0, NULL, NULL));
    CALL("bad value", settime(id, 0, (void *)8, NULL));
    now = of(0, 0);
    now.it_value.tv_nsec = 1000000000;
    CALL("nanoseconds out of range", settime(id, 0, &now, NULL));
    now = of(0, 0);
    now.it_interval.tv_sec = -1;
    CALL("negative interval", settime(id, 0, &now, NULL));
    CALL("bad gettime", gettime(id, (void *)8));
    CALL("unknown timer", gettime(-1, &now));
    return 0;
}
