/* alarm(2), setitimer(2), getitimer(2). */
#include "case.h"
#include <limits.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static volatile int handled, code;
static void handler(int signal, siginfo_t *info, void *uc) { (void)uc; (void)signal; code = info->si_code; handled++; }

static struct itimerval of(long value, long interval)
{
    return (struct itimerval){ .it_value = { value / 1000000, value % 1000000 }, .it_interval = { interval / 1000000, interval % 1000000 } };
}

static long micro(const struct timeval *time) { return time->tv_sec * 1000000 + time->tv_usec; }

static void wait_for(int signals)
{
    while (handled < signals)
        ;
}

int main(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    action.sa_sigaction = handler;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGVTALRM, &action, NULL);
    sigaction(SIGPROF, &action, NULL);

    VALUE("no alarm before", alarm(100));
    VALUE("a hundred seconds left", alarm(20));
    struct itimerval now, old;
    CALL("getitimer", getitimer(ITIMER_REAL, &now));
    HOLDS("alarm and ITIMER_REAL are one", micro(&now.it_value) > 19000000 && micro(&now.it_value) <= 20000000);
    VALUE("its interval", micro(&now.it_interval));
    now = of(700000, 250000);
    CALL("setitimer", setitimer(ITIMER_REAL, &now, &old));
    HOLDS("the old value", micro(&old.it_value) > 19000000);
    VALUE("seconds, rounded", alarm(0));
    CALL("getitimer", getitimer(ITIMER_REAL, &now));
    VALUE("stopped", micro(&now.it_value));
    VALUE("no interval either", micro(&now.it_interval));
    now = of(300000, 0);
    setitimer(ITIMER_REAL, &now, NULL);
    VALUE("less than half a second counts as one", alarm(0));
    now = of(1300000, 0);
    setitimer(ITIMER_REAL, &now, NULL);
    VALUE("more is rounded", alarm(0));

    static const struct { int which; const char *name; } kinds[] = { { ITIMER_REAL, "ITIMER_REAL" }, { ITIMER_VIRTUAL, "ITIMER_VIRTUAL" }, { ITIMER_PROF, "ITIMER_PROF" } };
    for (int i = 0; i < 3; i++) {
        printf("%s\n", kinds[i].name);
        handled = 0;
        now = of(20000, 0);
        setitimer(kinds[i].which, &now, NULL);
        wait_for(1);
        VALUE("code", code);
        getitimer(kinds[i].which, &now);
        VALUE("once", micro(&now.it_value));
        handled = 0;
        now = of(1, 20000);
        setitimer(kinds[i].which, &now, NULL);
        wait_for(5);
        CALL("getitimer", getitimer(kinds[i].which, &now));
        HOLDS("it goes on", micro(&now.it_value) > 0 && micro(&now.it_value) <= 25000);
        VALUE("its interval", micro(&now.it_interval));
        now = of(0, 5000);
        CALL("stop", setitimer(kinds[i].which, &now, &old));
        CALL("getitimer", getitimer(kinds[i].which, &now));
        VALUE("an interval alone is nothing", micro(&now.it_value) + micro(&now.it_interval));
    }

    struct timespec pause = { 0, 300000000 };
    handled = 0;
    now = of(200000, 0);
    setitimer(ITIMER_VIRTUAL, &now, NULL);
    CALL("a sleep takes no CPU time", nanosleep(&pause, NULL));
    VALUE("no signal", handled);
    setitimer(ITIMER_VIRTUAL, NULL, NULL);

    pause.tv_nsec = 60000000;

    /* Expirations while the signal is blocked make one signal. */
    unsigned long set = 1UL << (SIGALRM - 1);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
    handled = 0;
    now = of(5000, 5000);
    setitimer(ITIMER_REAL, &now, NULL);
    nanosleep(&pause, NULL);
    now = of(0, 0);
    setitimer(ITIMER_REAL, &now, &old);
    VALUE("the interval is kept", micro(&old.it_interval));
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8);
    VALUE("one signal", handled);

    CALL("which 3", setitimer(3, &now, NULL));
    CALL("getitimer which -1", getitimer(-1, &now));
    now.it_value.tv_usec = 1000000;
    CALL("a million microseconds", setitimer(ITIMER_REAL, &now, NULL));
    now = of(0, 0);
    now.it_interval.tv_sec = -1;
    CALL("a negative interval", setitimer(ITIMER_REAL, &now, NULL));
    CALL("bad new", setitimer(ITIMER_REAL, (void *)8, NULL));
    now = of(50000000, 0);
    CALL("bad old", setitimer(ITIMER_REAL, &now, (void *)8));
    HOLDS("it is set all the same", alarm(0) == 50);
    CALL("bad value", getitimer(ITIMER_REAL, (void *)8));
    CALL("which before pointer", setitimer(3, (void *)8, NULL));
    return 0;
}
