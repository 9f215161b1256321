// Waits that end by time: condition variable, mutex, semaphore, read lock.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static sem_t empty;

static struct timespec soon(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 20000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

static const char *name(int error)
{
    return error == ETIMEDOUT ? "ETIMEDOUT" : error == 0 ? "0" : "?";
}

static void *try(void *unused)
{
    (void)unused;
    struct timespec time = soon();
    pthread_mutex_lock(&lock);
    printf("cond %s\n", name(pthread_cond_timedwait(&never, &lock, &time)));
    pthread_mutex_unlock(&lock);
    time = soon();
    printf("mutex %s\n", name(pthread_mutex_timedlock(&held, &time)));
    time = soon();
    printf("sem %s\n", name(sem_timedwait(&empty, &time) == 0 ? 0 : errno));
    time = soon();
    printf("rwlock %s\n", name(pthread_rwlock_timedrdlock(&shared, &time)));
    return NULL;
}

int main(void)
{
    pthread_t thread;
    sem_init(&empty, 0, 0);
    pthread_mutex_lock(&held);
    pthread_rwlock_wrlock(&shared);
    pthread_create(&thread, NULL, try, NULL);
    pthread_join(thread, NULL);
    return 0;
}
