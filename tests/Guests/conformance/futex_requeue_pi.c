/* futex(2) FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: waiters of a condition become waiters of a lock. */
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#define LOCK_PI 6
#define UNLOCK_PI 7
#define WAIT_REQUEUE_PI 11
#define CMP_REQUEUE_PI 12
#define WAKE 1
#define PRIVATE 128
#define REALTIME 256

static uint32_t condition, lock, other_lock;
static volatile int waiting;
static long results[4];
static uint32_t owners[4];

static long wait_requeue(uint32_t value, struct timespec *t, uint32_t *target, int flags)
{
    long r = syscall(SYS_futex, &condition, WAIT_REQUEUE_PI | PRIVATE | flags, value, t, target, 0);
    return r < 0 ? -errno : r;
}

static long requeue(long wake, long move, uint32_t value)
{
    long r = syscall(SYS_futex, &condition, CMP_REQUEUE_PI | PRIVATE, wake, move, &lock, value);
    return r < 0 ? -errno : r;
}

static void *waiter(void *argument)
{
    long i = (long)argument;
    __sync_fetch_and_add(&waiting, 1);
    results[i] = wait_requeue(0, NULL, &lock, 0);
    owners[i] = lock & 0x3fffffff;
    if (results[i] == 0)
        results[i] = owners[i] == (uint32_t)gettid() ? syscall(SYS_futex, &lock, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0) : 99;
    return NULL;
}

static void start(pthread_t *threads, int count)
{
    waiting = 0;
    for (long i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, waiter, (void *)i);
    while (waiting < count)
        usleep(1000);
    usleep(50000);
}

static void finish(const char *name, pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("%s:", name);
    for (int i = 0; i < count; i++)
        printf(" %ld", results[i]);
    printf("\n");
    VALUE("the lock is free", lock);
}

static void on_signal(int s)
{
}

static void *interrupted(void *argument)
{
    waiting = 1;
    results[0] = wait_requeue(0, NULL, &lock, 0);
    return NULL;
}

/* A signal before the waiter was handed on changes nothing; after that it ends the wait. */
static void signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    pthread_t thread;
    waiting = 0;
    pthread_create(&thread, NULL, interrupted, NULL);
    while (!waiting)
        usleep(1000);
    usleep(50000);
    pthread_kill(thread, SIGUSR1);
    usleep(50000);
    syscall(SYS_futex, &lock, LOCK_PI | PRIVATE, 0, NULL, NULL, 0);
    VALUE("handed on after a signal", requeue(1, 0, 0));
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    VALUE("a signal after that", results[0]);
    syscall(SYS_futex, &lock, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0);
}

int main(void)
{
    pthread_t threads[4];
    struct timespec t;
    setvbuf(stdout, NULL, _IONBF, 0);
    VALUE("nobody waits", requeue(1, 0, 0));
    VALUE("wake more than one", requeue(2, 0, 0));
    VALUE("wake none", requeue(0, 1, 0));
    VALUE("another value", requeue(1, 0, 5));
    VALUE("wait for another value", wait_requeue(5, NULL, &lock, 0));
    VALUE("wait for the same word", wait_requeue(0, NULL, &condition, 0));
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 20000000;
    if (t.tv_nsec >= 1000000000)
        t.tv_sec++, t.tv_nsec -= 1000000000;
    VALUE("for some time", wait_requeue(0, &t, &lock, 0));
    clock_gettime(CLOCK_REALTIME, &t);
    VALUE("by the real clock", wait_requeue(0, &t, &lock, REALTIME));

    /* A free lock: the first gets it. */
    start(threads, 1);
    VALUE("one, the lock is free", requeue(1, 0, 0));
    finish("one", threads, 1);
    start(threads, 3);
    VALUE("three, the lock is free", requeue(1, 10, 0));
    finish("three", threads, 3);

    /* The lock is the caller's, as pthread_cond_broadcast has it. */
    start(threads, 3);
    syscall(SYS_futex, &lock, LOCK_PI | PRIVATE, 0, NULL, NULL, 0);
    VALUE("three, the lock is held", requeue(1, 10, 0));
    HOLDS("somebody waits for it", lock == ((uint32_t)gettid() | 0x80000000));
    VALUE("nobody waits for the condition", syscall(SYS_futex, &condition, WAKE | PRIVATE, 1, NULL, NULL, 0));
    VALUE("given up", syscall(SYS_futex, &lock, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0));
    finish("one after the other", threads, 3);

    start(threads, 2);
    syscall(SYS_futex, &lock, LOCK_PI | PRIVATE, 0, NULL, NULL, 0);
    VALUE("only one of two", requeue(1, 0, 0));
    VALUE("and the other", requeue(1, 0, 0));
    syscall(SYS_futex, &lock, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0);
    finish("both", threads, 2);

    /* The lock that the waiters named is another. */
    start(threads, 1);
    long r = syscall(SYS_futex, &condition, CMP_REQUEUE_PI | PRIVATE, 1, 0, &other_lock, 0);
    VALUE("to another lock", r < 0 ? -errno : r);
    VALUE("to the right one", requeue(1, 0, 0));
    finish("it", threads, 1);

    /* A plain wake-up does not get a lock. */
    start(threads, 1);
    r = syscall(SYS_futex, &condition, WAKE | PRIVATE, 1, NULL, NULL, 0);
    VALUE("FUTEX_WAKE", r < 0 ? -errno : r);
    VALUE("then requeued", requeue(1, 0, 0));
    finish("woken", threads, 1);
    signals();
    return 0;
}
