/* POSIX threads: mutexes, condition variables, barriers, read-write locks, once, thread-specific data, cancellation, semaphores. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 500 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t semaphore;
static long total, initialised, destroyed, phases[4];
static __thread long own;
static __thread char big[10000];

static void initialise(void)
{
    initialised++;
}

static void destroy(void *value)
{
    __sync_fetch_and_add(&destroyed, (long)value);
}

static void *count(void *argument)
{
    pthread_once(&once, initialise);
    pthread_setspecific(key, argument);
    memset(big, (int)(long)argument, sizeof big);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        total++;
        own++;
        pthread_mutex_unlock(&mutex);
    }
    for (int phase = 0; phase < 4; phase++) {
        __sync_fetch_and_add(&phases[phase], 1);
        pthread_barrier_wait(&barrier);
        if (phases[phase] != THREADS)
            return (void *)-1;
    }
    for (unsigned i = 0; i < sizeof big; i++) {
        if (big[i] != (char)(long)argument)
            return (void *)-2;
    }
    return (void *)own;
}

static int queue[4], head, tail, filled;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused)
{
    for (int i = 1; i <= 1000; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == 4)
            pthread_cond_wait(&not_full, &mutex);
        queue[tail++ % 4] = i;
        filled++;
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *consume(void *unused)
{
    (void)unused;
    long sum = 0;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == 0)
            pthread_cond_wait(&condition, &mutex);
        sum += queue[head++ % 4];
        filled--;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)sum;
}

static long shared_value, shared_copy;

static void *read_or_write(void *argument)
{
    long torn = 0;
    for (int i = 0; i < 200; i++) {
        if ((long)argument % 2) {
            pthread_rwlock_wrlock(&rwlock);
            shared_value++;
            shared_copy++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            torn += shared_value != shared_copy;
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return (void *)torn;
}

static void clean_up(void *argument)
{
    ++*(int *)argument;
}

static void *wait_for_ever(void *argument)
{
    pthread_cleanup_push(clean_up, argument);
    sem_post(&semaphore);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return 0;
}

static void *spin_for_ever(void *argument)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_cleanup_push(clean_up, argument);
    sem_post(&semaphore);
    for (;;)
        ;
    pthread_cleanup_pop(0);
    return 0;
}

static void *exit_early(void *argument)
{
    pthread_setspecific(key, (void *)100);
    pthread_exit(argument);
}

static void *detached(void *unused)
{
    sem_post(&semaphore);
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    void *result;
    long sum = 0;
    pthread_key_create(&key, destroy);
    pthread_barrier_init(&barrier, 0, THREADS);
    sem_init(&semaphore, 0, 0);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, count, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("total %ld, own %ld, initialised %ld, destroyed %ld\n", total, sum, initialised, destroyed);

    pthread_create(&threads[0], 0, produce, 0);
    pthread_create(&threads[1], 0, consume, 0);
    pthread_join(threads[0], 0);
    pthread_join(threads[1], &result);
    printf("consumed %ld\n", (long)result);

    sum = 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, read_or_write, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("torn %ld, written %ld\n", sum, shared_value);

    int cleaned = 0;
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[0], 0, i ? spin_for_ever : wait_for_ever, &cleaned);
        sem_wait(&semaphore);
        printf("cancel %d\n", pthread_cancel(threads[0]));
        pthread_join(threads[0], &result);
        printf("cancelled %d, cleaned up %d\n", result == PTHREAD_CANCELED, cleaned);
    }

    destroyed = 0;
    pthread_create(&threads[0], 0, exit_early, (void *)7);
    pthread_join(threads[0], &result);
    printf("exit early %ld, destroyed %ld\n", (long)result, destroyed);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 1 << 20);
    for (int i = 0; i < 20; i++) {
        pthread_create(&threads[0], &attributes, detached, 0);
        sem_wait(&semaphore);
    }

    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 10000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    pthread_mutex_lock(&mutex);
    printf("timed wait %d\n", pthread_cond_timedwait(&condition, &mutex, &t) == ETIMEDOUT);
    printf("timed lock %d\n", pthread_mutex_timedlock(&mutex, &t) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);

    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_t recursive;
    pthread_mutex_init(&recursive, &kind);
    printf("recursive %d %d\n", pthread_mutex_lock(&recursive), pthread_mutex_lock(&recursive));
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&recursive, &kind);
    pthread_mutex_lock(&recursive);
    printf("error check %d\n", pthread_mutex_lock(&recursive) == EDEADLK);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_NORMAL);
    if (pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT) == 0) {
        pthread_mutex_init(&mutex, &kind);
        total = 0;
        own = 0;
        pthread_barrier_init(&barrier, 0, THREADS);
        memset(phases, 0, sizeof phases);
        for (long i = 0; i < THREADS; i++)
            pthread_create(&threads[i], 0, count, (void *)(i + 1));
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], 0);
        printf("priority inheritance %ld\n", total);
    }
    fflush(stdout);
    /* The process goes on when its first thread ends. */
    pthread_create(&threads[0], 0, detached, 0);
    return 5;
}
