/* sched_setscheduler(2), getrlimit(2) RLIMIT_RTPRIO and RLIMIT_NICE, setpriority(2), sched_rr_get_interval(2): what a user without privilege may set. */
#include "case.h"
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static long set(int pid, int policy, int priority)
{
    struct sched_param p = { priority };
    return syscall(SYS_sched_setscheduler, pid, policy, &p);
}

static long param(int pid, int priority)
{
    struct sched_param p = { priority };
    return syscall(SYS_sched_setparam, pid, &p);
}

static void as_user(void)
{
    struct rlimit l = { 1, 1 };
    CALL("SCHED_FIFO without a limit", set(0, SCHED_FIFO, 1));
    CALL("SCHED_BATCH", set(0, SCHED_BATCH, 0));
    CALL("SCHED_OTHER", set(0, SCHED_OTHER, 0));
    CALL("a parameter", param(0, 1));
    CALL("raise the limit", setrlimit(RLIMIT_RTPRIO, &l));
    CALL("of another user's process", setpriority(PRIO_PROCESS, getppid(), 10));
    CALL("the other user's policy", set(getppid(), SCHED_BATCH, 0));
    CALL("the other user's parameter", param(getppid(), 0));
    CALL("nicer", setpriority(PRIO_PROCESS, 0, 5));
    CALL("less nice", setpriority(PRIO_PROCESS, 0, 4));
    VALUE("kept", getpriority(PRIO_PROCESS, 0));
    CALL("SCHED_IDLE", set(0, SCHED_IDLE, 0));
    CALL("out of SCHED_IDLE, without a limit of nice", set(0, SCHED_OTHER, 0));
}

/* Who had a priority before he lost the right to it. */
static void with_priority(void)
{
    CALL("as it is", set(0, SCHED_RR, 3));
    CALL("higher", param(0, 4));
    CALL("lower", param(0, 1));
    CALL("back up", param(0, 3));
    CALL("the other policy", set(0, SCHED_FIFO, 1));
    CALL("back to SCHED_OTHER", set(0, SCHED_OTHER, 0));
    CALL("and no more", set(0, SCHED_RR, 1));
}

int main(void)
{
    struct timespec t = { 9, 9 };
    CALL("a policy's number", set(0, 77, 0));
    CALL("no parameters", syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
    CALL("SCHED_RR", set(0, SCHED_RR, 10));
    CALL("its slice", sched_rr_get_interval(0, &t));
    printf("slice: %ld.%09ld\n", (long)t.tv_sec, t.tv_nsec);
    CALL("SCHED_FIFO", set(0, SCHED_FIFO, 10));
    CALL("its slice", sched_rr_get_interval(0, &t));
    printf("slice: %ld.%09ld\n", (long)t.tv_sec, t.tv_nsec);
    CALL("SCHED_OTHER", set(0, SCHED_OTHER, 0));
    CALL("its slice", sched_rr_get_interval(0, &t));
    HOLDS("some milliseconds", t.tv_sec == 0 && t.tv_nsec <= 100000000);
    CALL("SCHED_IDLE", set(0, SCHED_IDLE, 0));
    CALL("its slice", sched_rr_get_interval(0, &t));
    CALL("back", set(0, SCHED_OTHER, 0));
    CALL("nobody's slice", sched_rr_get_interval(0x3ffffff, &t));
    CALL("a negative pid's", sched_rr_get_interval(-1, &t));
    CALL("to nowhere", sched_rr_get_interval(0, (void *)8));
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0)
    {
        struct rlimit l = { 0, 0 };
        setrlimit(RLIMIT_RTPRIO, &l);
        setrlimit(RLIMIT_NICE, &l);
        setgid(1000), setuid(1000);
        as_user();
        fflush(stdout);
        _exit(0);
    }

    waitpid(child, NULL, 0);
    child = case_fork();
    if (child == 0)
    {
        struct rlimit l = { 0, 0 };
        setrlimit(RLIMIT_RTPRIO, &l);
        set(0, SCHED_RR, 3);
        setgid(1000), setuid(1000);
        with_priority();
        fflush(stdout);
        _exit(0);
    }

    waitpid(child, NULL, 0);
    return 0;
}
