/* signal(7): a hundred thousand signals, from the program itself, from a timer and from another process, with the state of the program intact. */
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>

static volatile unsigned long handled[65];
static volatile int depth, deepest;

static void handler(int signal)
{
    /* Uses the floating-point registers, so that a lost one shows in the main program. */
    volatile double x = 1.25 * signal;
    if (++depth > deepest)
        deepest = depth;
    handled[signal]++;
    x = x * x;
    depth--;
}

static void nest(int signal)
{
    if (++depth > deepest)
        deepest = depth;
    handled[signal]++;
    if (signal < 60)
        raise(signal + 1);
    depth--;
}

static void *receive(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

int main(void)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    sigaction(50, &action, NULL);

    for (int i = 0; i < 60000; i++)
        raise(SIGUSR1);
    VALUE("to oneself", handled[SIGUSR1]);

    /* A computation under a timer's signals. */
    struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
    double sum = 0;
    long double product = 1;
    uint64_t hash = 1469598103934665603ULL;
    while (handled[SIGALRM] < 50) {
        sum = 0;
        product = 1;
        hash = 1469598103934665603ULL;
        for (int i = 1; i < 5000; i++) {
            sum += 1.0 / i;
            product *= 1.0L + 1.0L / i;
            hash = (hash ^ i) * 1099511628211ULL;
        }
    }
    timer = (struct itimerval){ 0 };
    setitimer(ITIMER_REAL, &timer, NULL);
    printf("sum %.15g, product %.15Lg, hash %llx\n", sum, product, (unsigned long long)hash);

    /* A queue of real-time signals, one for each that was sent. */
    unsigned long set = 1UL << (50 - 1);
    for (int round = 0; round < 10; round++) {
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
        for (int i = 0; i < 2000; i++)
            sigqueue(getpid(), 50, (union sigval){ .sival_int = i });
        syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8);
    }
    VALUE("queued", handled[50]);

    /* From a child: each is waited for with sigtimedwait, none is lost. */
    set = 1UL << (51 - 1);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
    pid_t parent = getpid(), child = case_fork();
    if (child == 0) {
        for (int i = 0; i < 20000; i++) {
            while (sigqueue(parent, 51, (union sigval){ .sival_int = i }) != 0)
                ;
        }
        _exit(0);
    }
    int inOrder = 1;
    for (int i = 0; i < 20000; i++) {
        siginfo_t info;
        if (syscall(SYS_rt_sigtimedwait, &set, &info, NULL, 8) != 51 || info.si_value.sival_int != i || info.si_pid != child)
            inOrder = 0;
    }
    HOLDS("from a child, in order", inOrder);
    waitpid(child, NULL, 0);

    action.sa_handler = nest;
    for (int i = 35; i <= 60; i++)
        sigaction(i, &action, NULL);
    deepest = depth = 0;
    memset((void *)handled, 0, sizeof handled);
    raise(35);
    VALUE("nested", deepest);

    /* To threads: a signal to the process is taken once, whichever thread takes it. */
    action.sa_handler = handler;
    sigaction(52, &action, NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, receive, NULL);
    for (int i = 0; i < 2000; i++)
        kill(getpid(), 52);
    while (handled[52] < 2000)
        ;
    VALUE("to a process of threads", handled[52]);
    return 0;
}
