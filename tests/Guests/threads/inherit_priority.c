// Mutexes with priority inheritance: FUTEX_LOCK_PI under contention.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock;
static long counter;

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        if (i % 16 == 0)
            sched_yield();
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_t threads[4];
    pthread_mutexattr_init(&attributes);
    if (pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) != 0)
        return 1;
    pthread_mutex_init(&lock, &attributes);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("%ld\n", counter);
    return 0;
}
