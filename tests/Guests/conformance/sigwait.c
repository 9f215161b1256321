/* rt_sigtimedwait(2), rt_sigsuspend(2), pause(2), rt_sigpending(2): signals that are waited for. */
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int handled;
static unsigned long inside;
static void handler(int signal)
{
    handled = signal;
    syscall(SYS_rt_sigprocmask, 0, NULL, &inside, 8);
}

static void on(int signal, int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(signal, &action, NULL);
}

static void alarm_in(int milliseconds)
{
    struct itimerval timer = { .it_value = { 0, milliseconds * 1000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static unsigned long bit(int signal) { return 1UL << (signal - 1); }

static unsigned long mask(unsigned long wanted)
{
    unsigned long old;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &wanted, &old, 8);
    return old;
}

static long timedwait(unsigned long set, siginfo_t *info, long seconds, long nanoseconds)
{
    struct timespec time = { seconds, nanoseconds };
    return syscall(SYS_rt_sigtimedwait, &set, info, &time, 8);
}

int main(void)
{
    siginfo_t info;
    mask(bit(SIGUSR1) | bit(SIGALRM) | bit(40));
    raise(SIGUSR1);
    sigqueue(getpid(), 40, (union sigval){ .sival_int = 5 });
    sigqueue(getpid(), 40, (union sigval){ .sival_int = 6 });
    CALL("a pending signal", timedwait(bit(SIGUSR1) | bit(40), &info, 0, 0));
    VALUE("its code", info.si_code);
    CALL("the next", timedwait(bit(SIGUSR1) | bit(40), &info, 0, 0));
    VALUE("its value", info.si_value.sival_int);
    CALL("the one behind it", timedwait(~0UL, &info, 0, 0));
    VALUE("its value", info.si_value.sival_int);
    CALL("none is left", timedwait(~0UL, &info, 0, 0));
    CALL("none comes", timedwait(~0UL, &info, 0, 5000000));
    alarm_in(5);
    CALL("one comes", timedwait(bit(SIGALRM), &info, 5, 0));
    VALUE("from the kernel", info.si_code);
    alarm_in(5);
    unsigned long set = bit(SIGALRM);
    CALL("without a time", syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8));

    on(SIGUSR1, SA_RESTART);
    on(SIGALRM, SA_RESTART);
    mask(0);
    alarm_in(5);
    CALL("a handler runs", timedwait(bit(SIGUSR1), &info, 5, 0));
    VALUE("it ran", handled);
    alarm_in(5);
    handled = 0;
    CALL("unblocked but waited for", timedwait(bit(SIGALRM), &info, 5, 0));
    VALUE("no handler ran", handled);
    CALL("nanoseconds out of range", timedwait(1, &info, 0, 1000000000));
    CALL("negative seconds", timedwait(1, &info, -1, 0));
    CALL("set size 4", syscall(SYS_rt_sigtimedwait, &set, &info, NULL, 4));
    CALL("bad set", syscall(SYS_rt_sigtimedwait, 8, &info, NULL, 8));
    CALL("bad time", syscall(SYS_rt_sigtimedwait, &set, &info, 8, 8));
    raise(SIGUSR1);
    mask(bit(SIGUSR1));
    raise(SIGUSR1);
    CALL("bad info", timedwait(bit(SIGUSR1), (siginfo_t *)8, 0, 0));
    CALL("it is gone", timedwait(bit(SIGUSR1), &info, 0, 0));
    CALL("SIGKILL is passed over", timedwait(bit(SIGKILL) | bit(SIGSTOP), &info, 0, 1000));

    mask(bit(SIGUSR1) | bit(SIGALRM) | bit(SIGTERM));
    raise(SIGUSR1);
    handled = 0;
    unsigned long other = bit(SIGUSR2);
    CALL("rt_sigsuspend with one pending", syscall(SYS_rt_sigsuspend, &other, 8));
    VALUE("handled", handled);
    printf("blocked in the handler: %lx\n", inside);
    printf("blocked after it: %lx\n", mask(bit(SIGALRM)));
    alarm_in(5);
    other = 0;
    CALL("rt_sigsuspend", syscall(SYS_rt_sigsuspend, &other, 8));
    VALUE("handled", handled);
    printf("blocked after it: %lx\n", mask(0));
    CALL("set size 4", syscall(SYS_rt_sigsuspend, &other, 4));
    CALL("bad set", syscall(SYS_rt_sigsuspend, 8, 8));

    alarm_in(5);
    CALL("pause", pause());
    VALUE("handled", handled);

    unsigned long pending = 0;
    mask(~0UL);
    raise(SIGUSR1);
    kill(getpid(), SIGTERM);
    kill(getpid(), 44);
    CALL("rt_sigpending", syscall(SYS_rt_sigpending, &pending, 8));
    printf("pending: %lx\n", pending);
    kill(getpid(), SIGCONT);
    kill(getpid(), SIGTSTP);
    CALL("rt_sigpending", syscall(SYS_rt_sigpending, &pending, 8));
    printf("SIGTSTP takes SIGCONT away: %lx\n", pending);
    kill(getpid(), SIGCONT);
    CALL("rt_sigpending", syscall(SYS_rt_sigpending, &pending, 8));
    printf("and the other way round: %lx\n", pending);
    signal(SIGTERM, SIG_IGN);
    signal(44, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
    syscall(SYS_rt_sigpending, &pending, 8);
    printf("ignored ones are gone: %lx\n", pending);
    return 0;
}
