/* rt_sigqueueinfo(2), rt_tgsigqueueinfo(2), sigqueue(3): real-time signals in order, what comes with them, the limit of the queue. */
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

static int count, values[64], numbers[64], codes[64];
static siginfo_t last;

static void take(int signal, siginfo_t *info, void *uc)
{
    (void)uc;
    if (count < 64) {
        numbers[count] = signal;
        codes[count] = info->si_code;
        values[count] = info->si_value.sival_int;
    }
    count++;
    last = *info;
}

static void show(const char *name)
{
    printf("%s:", name);
    for (int i = 0; i < count && i < 64; i++)
        printf(" %d/%d/%d", numbers[i], codes[i], values[i]);
    printf(" (%d)\n", count);
    count = 0;
}

static unsigned long all = ~0UL, none;
static void block(void) { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8); }
static void unblock(void) { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8); }

int main(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    action.sa_sigaction = take;
    sigfillset(&action.sa_mask);
    for (int i = 35; i < 65; i++)
        sigaction(i, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGIO, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    pid_t pid = getpid();

    block();
    for (int i = 0; i < 5; i++) {
        sigqueue(pid, 40, (union sigval){ .sival_int = i });
        sigqueue(pid, 36, (union sigval){ .sival_int = 100 + i });
    }
    sigqueue(pid, SIGUSR1, (union sigval){ .sival_int = 7 });
    sigqueue(pid, SIGUSR1, (union sigval){ .sival_int = 8 });
    unblock();
    show("by number, then by age; standard signals once");

    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = 3;
    info.si_errno = 12;
    info.si_code = -7;
    for (int i = 3; i < 6; i++)
        ((long *)&info)[i - 1] = 0x1111111111111111L * i;
    CALL("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    printf("as given: %d %d %d", last.si_signo, last.si_errno, last.si_code);
    for (int i = 2; i < 7; i++)
        printf(" %lx", ((long *)&last)[i]);
    printf("\n");
    count = 0;
    info.si_code = SI_QUEUE;
    CALL("rt_tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, pid, syscall(SYS_gettid), 42, &info));
    show("to the thread");
    info.si_code = SI_USER;
    CALL("SI_USER to oneself", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    info.si_code = SI_TKILL;
    CALL("SI_TKILL to oneself", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    info.si_code = SI_KERNEL;
    CALL("SI_KERNEL to oneself", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    info.si_code = 1;
    CALL("a positive code to oneself", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    show("codes");
    CALL("SI_KERNEL to another", syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
    info.si_code = SI_TKILL;
    CALL("SI_TKILL to another", syscall(SYS_rt_sigqueueinfo, 1, 0, &info));
    info.si_code = SI_QUEUE;
    CALL("signal 0", syscall(SYS_rt_sigqueueinfo, pid, 0, &info));
    CALL("signal 65", syscall(SYS_rt_sigqueueinfo, pid, 65, &info));
    CALL("nobody", syscall(SYS_rt_sigqueueinfo, 999999, 41, &info));
    CALL("bad pointer", syscall(SYS_rt_sigqueueinfo, pid, 41, 8));
    CALL("tid 0", syscall(SYS_rt_tgsigqueueinfo, pid, 0, 41, &info));
    CALL("tgid -1", syscall(SYS_rt_tgsigqueueinfo, -1, pid, 41, &info));
    CALL("another group", syscall(SYS_rt_tgsigqueueinfo, 999999, pid, 41, &info));
    count = 0;
    info.si_code = -1000;
    CALL("an unknown code", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    ((char *)&info)[100] = 1;
    CALL("an unknown code with bytes that would be lost", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    info.si_code = SI_QUEUE;
    CALL("a known code with them", syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
    HOLDS("they are lost", ((char *)&last)[100] == 0);
    count = 0;

    /* Forms of the union by number and code. */
    memset(&info, 0, sizeof info);
    for (int i = 2; i < 6; i++)
        ((long *)&info)[i] = 0x0101010101010101L * i;
    static const struct { int signal, code; } forms[] = {
        { SIGSEGV, 1 }, { SIGSEGV, 0x80 }, { SIGSEGV, 50 }, { SIGCHLD, 1 }, { SIGIO, 2 }, { SIGUSR1, 3 }, { SIGUSR1, SI_TIMER }, { SIGUSR1, SI_MESGQ }, { SIGUSR1, -5 },
    };
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        info.si_code = forms[i].code;
        syscall(SYS_rt_sigqueueinfo, pid, forms[i].signal, &info);
        printf("%d/%d:", forms[i].signal, forms[i].code);
        for (int k = 2; k < 7; k++)
            printf(" %lx", ((long *)&last)[k]);
        printf("\n");
    }
    count = 0;

    struct rlimit limit;
    getrlimit(RLIMIT_SIGPENDING, &limit);
    limit.rlim_cur = 3;
    setrlimit(RLIMIT_SIGPENDING, &limit);
    block();
    int queued = 0, refused = 0;
    for (int i = 0; i < 10; i++) {
        if (sigqueue(pid, 50, (union sigval){ .sival_int = i }) == 0)
            queued++;
        else
            refused = errno;
    }
    HOLDS("no more than the limit", queued <= 3);
    VALUE("refused", refused);
    CALL("kill of a real-time signal", kill(pid, 51));
    CALL("kill of a standard signal", kill(pid, SIGUSR1));
    unblock();
    HOLDS("all that was queued, and two", count == queued + 2);
    printf("without room for what comes with it: %d %d, pid %d\n", numbers[count - 1], codes[count - 1], last.si_pid);
    HOLDS("a standard signal has room", numbers[0] == SIGUSR1 && codes[0] == SI_USER);
    return 0;
}
