// Two threads take two locks in opposite orders. A deadlock is noticed by a lock that times out. Prints "race" then.
// exit code 0 without a race, 1 with one.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t locks[2] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
static int stuck;

static void *take_both(void *argument)
{
    long first = (long)argument;
    for (int i = 0; i < 5; i++) {
        struct timespec later;
        pthread_mutex_lock(&locks[first]);
        clock_gettime(CLOCK_REALTIME, &later);
        later.tv_sec += 2;
        if (pthread_mutex_timedlock(&locks[!first], &later) == ETIMEDOUT)
            __atomic_store_n(&stuck, 1, __ATOMIC_SEQ_CST);
        else
            pthread_mutex_unlock(&locks[!first]);
        pthread_mutex_unlock(&locks[first]);
        if (__atomic_load_n(&stuck, __ATOMIC_SEQ_CST))
            break;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, take_both, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(stuck ? "race" : "fine");
    return stuck;
}
