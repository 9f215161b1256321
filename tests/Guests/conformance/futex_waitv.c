/* futex_waitv(2), and FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI of futex(2). */
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define FUTEX_WAKE 1
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_TRYLOCK_PI 8
#define FUTEX_LOCK_PI2 13
#define PRIVATE 128
#define REALTIME 256
#define FUTEX_32 2

struct waiter
{
    uint64_t value, address;
    uint32_t flags, reserved;
};

static uint32_t words[200];

static struct waiter *fill(int count)
{
    static struct waiter w[200];
    for (int i = 0; i < count; i++)
        w[i] = (struct waiter){ words[i], (uintptr_t)&words[i], FUTEX_32 | PRIVATE, 0 };
    return w;
}

static long waitv(struct waiter *w, unsigned count, unsigned flags, struct timespec *t, int clock)
{
    return syscall(SYS_futex_waitv, w, count, flags, t, clock);
}

static long futex(uint32_t *word, int op, uint32_t value, struct timespec *t)
{
    return syscall(SYS_futex, word, op, value, t, NULL, 0);
}

static void *waker(void *argument)
{
    long i = (long)argument;
    while (futex(&words[i], FUTEX_WAKE | PRIVATE, 1, NULL) == 0)
        usleep(1000);
    return NULL;
}

static struct timespec in(int clock, long milliseconds)
{
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += milliseconds * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void on_signal(int s)
{
}

static void *holder(void *argument)
{
    uint32_t *word = argument;
    futex(word, FUTEX_LOCK_PI | PRIVATE, 0, NULL);
    words[199] = 1;
    while (words[199] == 1)
        usleep(1000);
    futex(word, FUTEX_UNLOCK_PI | PRIVATE, 0, NULL);
    return NULL;
}

int main(void)
{
    struct waiter *w = fill(3);
    struct timespec t = { 0, 0 };
    CALL("none", waitv(w, 0, 0, NULL, 0));
    CALL("no vector", waitv(NULL, 1, 0, NULL, 0));
    CALL("too many", waitv(fill(129), 129, 0, NULL, 0));
    CALL("flags", waitv(w, 1, 1, NULL, 0));
    CALL("bad vector", waitv((void *)8, 1, 0, NULL, 0));
    w[0].flags = PRIVATE;
    CALL("no size", waitv(w, 1, 0, NULL, 0));
    w[0].flags = FUTEX_32 | 0x1000;
    CALL("unknown flag", waitv(w, 1, 0, NULL, 0));
    w = fill(3);
    w[0].reserved = 1;
    CALL("reserved", waitv(w, 1, 0, NULL, 0));
    w = fill(3);
    w[1].address++;
    CALL("not aligned", waitv(w, 2, 0, NULL, 0));
    w[1].address = 0xffff800000000000;
    CALL("no address", waitv(w, 2, 0, NULL, 0));
    w[1].address = 4096;
    CALL("not mapped", waitv(w, 2, 0, NULL, 0));
    w = fill(3);
    w[2].value = 7;
    CALL("another value", waitv(w, 3, 0, NULL, 0));
    w[2].value = 1ULL << 32;
    CALL("a value of 64 bits", waitv(w, 3, 0, NULL, 0));
    w = fill(3);
    CALL("an unknown clock", waitv(w, 3, 0, &t, 5));
    t.tv_nsec = 1000000000;
    CALL("no time", waitv(w, 3, 0, &t, CLOCK_MONOTONIC));
    CALL("bad time", waitv(w, 3, 0, (void *)8, CLOCK_MONOTONIC));
    t = in(CLOCK_MONOTONIC, 10);
    CALL("for some time", waitv(w, 3, 0, &t, CLOCK_MONOTONIC));
    t = in(CLOCK_REALTIME, 10);
    CALL("by the other clock", waitv(w, 3, 0, &t, CLOCK_REALTIME));
    t = (struct timespec){ 1, 0 };
    CALL("over already", waitv(w, 3, 0, &t, CLOCK_MONOTONIC));
    for (long i = 0; i < 3; i++)
    {
        pthread_t thread;
        pthread_create(&thread, NULL, waker, (void *)i);
        CALL("woken", waitv(fill(3), 3, 0, NULL, 0));
        pthread_join(thread, NULL);
    }

    pthread_t last;
    pthread_create(&last, NULL, waker, (void *)127L);
    CALL("as many as may be", waitv(fill(128), 128, 0, NULL, 0));
    pthread_join(last, NULL);
    CALL("nobody waits any more", futex(&words[5], FUTEX_WAKE | PRIVATE, 1, NULL));

    /* Between processes. */
    uint32_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = case_fork();
    if (child == 0)
    {
        struct waiter two[2] = { { 0, (uintptr_t)&words[0], FUTEX_32 | PRIVATE, 0 }, { 0, (uintptr_t)shared, FUTEX_32, 0 } };
        _exit(waitv(two, 2, 0, NULL, 0) + 20);
    }

    while (futex(shared, FUTEX_WAKE, 1, NULL) == 0)
        usleep(1000);
    int status;
    waitpid(child, &status, 0);
    VALUE("another process's", WEXITSTATUS(status));

    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    CALL("a signal", waitv(fill(2), 2, 0, NULL, 0));
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    t = in(CLOCK_MONOTONIC, 60);
    ualarm(20000, 0);
    CALL("a signal, started again", waitv(fill(2), 2, 0, &t, CLOCK_MONOTONIC));

    /* Locks. */
    uint32_t *lock = &words[190];
    CALL("try a free lock", futex(lock, FUTEX_TRYLOCK_PI | PRIVATE, 0, NULL));
    HOLDS("has it", *lock == (uint32_t)gettid());
    CALL("try what one has", futex(lock, FUTEX_TRYLOCK_PI | PRIVATE, 0, NULL));
    CALL("unlock", futex(lock, FUTEX_UNLOCK_PI | PRIVATE, 0, NULL));
    CALL("LOCK_PI2 of a free lock", futex(lock, FUTEX_LOCK_PI2 | PRIVATE, 0, NULL));
    CALL("of one's own", futex(lock, FUTEX_LOCK_PI2 | PRIVATE, 0, NULL));
    CALL("unlock", futex(lock, FUTEX_UNLOCK_PI | PRIVATE, 0, NULL));
    pthread_t other;
    pthread_create(&other, NULL, holder, lock);
    while (words[199] == 0)
        usleep(1000);
    CALL("try another's", futex(lock, FUTEX_TRYLOCK_PI | PRIVATE, 0, NULL));
    t = in(CLOCK_MONOTONIC, 10);
    CALL("by the monotonic clock", futex(lock, FUTEX_LOCK_PI2 | PRIVATE, 0, &t));
    t = in(CLOCK_REALTIME, 10);
    CALL("by the real clock", futex(lock, FUTEX_LOCK_PI2 | PRIVATE | REALTIME, 0, &t));
    t = (struct timespec){ 0, -1 };
    CALL("by no clock", futex(lock, FUTEX_LOCK_PI2 | PRIVATE, 0, &t));
    words[199] = 2;
    CALL("when it is given up", futex(lock, FUTEX_LOCK_PI2 | PRIVATE, 0, NULL));
    pthread_join(other, NULL);
    CALL("unlock", futex(lock, FUTEX_UNLOCK_PI | PRIVATE, 0, NULL));
    return 0;
}
