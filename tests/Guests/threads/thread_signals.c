// pthread_kill reaches the thread meant; a thread that waits with sigwait takes what all the others block.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static __thread int caught;
static int total;

static void handle(int signal)
{
    (void)signal;
    caught++;
    __atomic_add_fetch(&total, 1, __ATOMIC_RELAXED);
}

static void *target(void *barrier)
{
    pthread_barrier_wait(barrier);
    while (!__atomic_load_n(&caught, __ATOMIC_RELAXED))
        sched_yield();
    return (void *)(long)caught;
}

static void *waiter(void *set)
{
    int signal;
    return sigwait(set, &signal) == 0 ? (void *)(long)signal : NULL;
}

int main(void)
{
    struct sigaction action;
    sigset_t set;
    pthread_barrier_t barrier;
    pthread_t threads[3], waiting;
    void *result;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_barrier_init(&barrier, NULL, 4);
    pthread_create(&waiting, NULL, waiter, &set);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, target, &barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 3; i++)
        pthread_kill(threads[i], SIGUSR1);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        printf("%ld ", (long)result);
    }
    pthread_kill(waiting, SIGUSR2);
    pthread_join(waiting, &result);
    printf("total %d main %d waited %s\n", total, caught, (long)result == SIGUSR2 ? "SIGUSR2" : "?");
    return 0;
}
