// RLIMIT_CPU (getrlimit(2)): SIGXCPU at the soft limit, SIGKILL at the hard one. Takes a second of processor time.
#define _GNU_SOURCE
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, code;

static void caught(int number, siginfo_t *info, void *context)
{
    count++;
    code = info->si_code;
}

static double used(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void burn(void)
{
    for (volatile int i = 0; i < 100000; i++)
        ;
}

static long soft_limit(void)
{
    struct rlimit now;
    getrlimit(RLIMIT_CPU, &now);
    return now.rlim_cur == RLIM_INFINITY ? -1 : (long)now.rlim_cur;
}

static void report(const char *name, pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        printf("%s: killed by signal %d\n", name, WTERMSIG(status));
    else
        printf("%s: exit code %d\n", name, WEXITSTATUS(status));
}

int main(void)
{
    struct rlimit limit = { 1, RLIM_INFINITY };
    setvbuf(stdout, NULL, _IONBF, 0);

    // The limit is inherited, the time is not.
    while (used() < 0.02)
        burn();
    CALL("a limit for the children", setrlimit(RLIMIT_CPU, &limit));
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO };
        sigaction(SIGXCPU, &action, NULL);
        HOLDS("no signal yet", count == 0);
        while (count == 0)
            burn();
        double t = used();
        HOLDS("at the limit", t > 0.7 && t < 10);
        HOLDS("from the kernel", code == SI_KERNEL);
        VALUE("the soft limit goes up", soft_limit());
        _exit(3);
    }
    report("a child that caught it", pid);

    for (int hard = 0; hard < 2; hard++) {
        pid = fork();
        if (pid == 0) {
            limit.rlim_cur = 0;
            limit.rlim_max = hard ? 0 : RLIM_INFINITY;
            setrlimit(RLIMIT_CPU, &limit);
            for (;;)
                burn();
        }
        report(hard ? "the hard limit" : "the default action", pid);
    }

    // A limit that is below what has been used acts at once.
    pid = fork();
    if (pid == 0) {
        limit.rlim_cur = 0;
        limit.rlim_max = RLIM_INFINITY;
        struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO };
        sigaction(SIGXCPU, &action, NULL);
        CALL("no time at all", setrlimit(RLIMIT_CPU, &limit));
        while (count == 0 && used() < 10)
            burn();
        HOLDS("is over soon", count > 0 && used() < 9);
        VALUE("then a second", soft_limit());
        limit.rlim_cur = RLIM_INFINITY;
        CALL("without a limit", setrlimit(RLIMIT_CPU, &limit));
        VALUE("there is none", soft_limit());
        _exit(7);
    }
    report("a child that lifted its limit", pid);

    limit.rlim_cur = RLIM_INFINITY;
    CALL("the parent's", setrlimit(RLIMIT_CPU, &limit));
    return 0;
}
