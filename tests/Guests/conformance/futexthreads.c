/* futex(2) between threads and processes: wake-ups, bitsets, requeueing, shared memory, robust lists, locks with owners. */
#include "case.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define FUTEX(a, op, v, t, a2, v3) syscall(SYS_futex, a, op, v, t, a2, v3)
enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, LOCK_PI, UNLOCK_PI, TRYLOCK_PI, WAIT_BITSET, WAKE_BITSET, PRIVATE = 128 };

static volatile unsigned word, other;
static volatile int waiting, woken;

/* Until as many threads have said that they are about to wait, and have had the time to do it. */
static void settle(int count)
{
    while (waiting < count)
        sched_yield();
    usleep(20000);
}

struct waiter {
    pthread_t thread;
    volatile unsigned *word;
    int op;
    unsigned bits;
    long result;
};

static void *wait_thread(void *argument)
{
    struct waiter *w = argument;
    __sync_fetch_and_add(&waiting, 1);
    long r = FUTEX(w->word, w->op, 0, 0, 0, w->bits);
    w->result = r < 0 ? -errno : r;
    __sync_fetch_and_add(&woken, 1);
    return 0;
}

static void start(struct waiter *waiters, int count, volatile unsigned *at, int op, unsigned bits)
{
    waiting = woken = 0;
    for (int i = 0; i < count; i++) {
        waiters[i].word = at;
        waiters[i].op = op;
        waiters[i].bits = bits ? bits : 1u << i;
        pthread_create(&waiters[i].thread, 0, wait_thread, &waiters[i]);
    }
    settle(count);
}

static void join(struct waiter *waiters, int count)
{
    int errors = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(waiters[i].thread, 0);
        errors += waiters[i].result != 0;
    }
    VALUE("waiters with an error", errors);
}

static void wakes(void)
{
    struct waiter w[6];
    start(w, 6, &word, WAIT | PRIVATE, ~0u);
    CALL("wake one", FUTEX(&word, WAKE | PRIVATE, 1, 0, 0, 0));
    CALL("wake two", FUTEX(&word, WAKE | PRIVATE, 2, 0, 0, 0));
    CALL("wake the others", FUTEX(&word, WAKE | PRIVATE, 100, 0, 0, 0));
    CALL("nobody left", FUTEX(&word, WAKE | PRIVATE, 100, 0, 0, 0));
    join(w, 6);
    start(w, 4, &word, WAIT_BITSET | PRIVATE, 0);
    CALL("wake bits 2 and 8", FUTEX(&word, WAKE_BITSET | PRIVATE, 100, 0, 0, 0xA));
    CALL("the same again", FUTEX(&word, WAKE_BITSET | PRIVATE, 100, 0, 0, 0xA));
    CALL("wake the others", FUTEX(&word, WAKE | PRIVATE, 100, 0, 0, 0));
    join(w, 4);
    start(w, 3, &word, WAIT, ~0u);
    CALL("a private word of private memory is the same", FUTEX(&word, WAKE | PRIVATE, 1, 0, 0, 0));
    CALL("wake shared", FUTEX(&word, WAKE, 100, 0, 0, 0));
    join(w, 3);
}

static void requeues(void)
{
    struct waiter w[5];
    start(w, 5, &word, WAIT | PRIVATE, ~0u);
    CALL("another value", FUTEX(&word, CMP_REQUEUE | PRIVATE, 1, 100, &other, 1));
    CALL("wake one, move two", FUTEX(&word, CMP_REQUEUE | PRIVATE, 1, 2, &other, 0));
    CALL("left at the first", FUTEX(&word, WAKE | PRIVATE, 100, 0, 0, 0));
    CALL("moved to the second", FUTEX(&other, WAKE | PRIVATE, 100, 0, 0, 0));
    join(w, 5);
    start(w, 3, &word, WAIT | PRIVATE, ~0u);
    CALL("requeue without comparison", FUTEX(&word, REQUEUE | PRIVATE, 0, 100, &other, 0));
    CALL("nobody at the first", FUTEX(&word, WAKE | PRIVATE, 100, 0, 0, 0));
    CALL("all at the second", FUTEX(&other, WAKE | PRIVATE, 100, 0, 0, 0));
    join(w, 3);
    struct waiter v[2];
    other = 5;
    start(w, 2, &word, WAIT | PRIVATE, ~0u);
    waiting = 0;
    volatile unsigned *second = &other;
    other = 0;
    start(v, 2, second, WAIT | PRIVATE, ~0u);
    CALL("wake both, the second was 0", FUTEX(&word, WAKE_OP | PRIVATE, 100, 100, &other, 0u << 28 | 0u << 24 | 7 << 12 | 0));
    VALUE("the second is set", other);
    join(w, 2);
    join(v, 2);
    other = 0;
}

static void timeouts(void)
{
    struct timespec before, after, t = { 0, 30000000 };
    clock_gettime(CLOCK_MONOTONIC, &before);
    CALL("relative", FUTEX(&word, WAIT | PRIVATE, 0, &t, 0, 0));
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    HOLDS("took about its time", ms >= 29 && ms < 2000);
    t = after;
    t.tv_nsec += 20000000;
    if (t.tv_nsec >= 1000000000)
        t.tv_nsec -= 1000000000, t.tv_sec++;
    CALL("absolute", FUTEX(&word, WAIT_BITSET | PRIVATE, 0, &t, 0, ~0u));
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec--;
    CALL("absolute, real time, past", FUTEX(&word, WAIT_BITSET | PRIVATE | 256, 0, &t, 0, ~0u));
}

static void processes(void)
{
    volatile unsigned *shared = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile unsigned *own = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *own = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        shared[1] = 1;
        long r = FUTEX(shared, WAIT, 0, 0, 0, 0);
        _exit(r == 0 ? 10 : 11);
    }
    while (!shared[1])
        sched_yield();
    usleep(20000);
    CALL("private memory of another process", FUTEX(own, WAKE, 100, 0, 0, 0));
    CALL("the next word", FUTEX(shared + 1, WAKE, 100, 0, 0, 0));
    CALL("the same place of another page", FUTEX(shared + 1024, WAKE, 100, 0, 0, 0));
    CALL("as a private word", FUTEX(shared, WAKE | PRIVATE, 100, 0, 0, 0));
    CALL("as a shared word", FUTEX(shared, WAKE, 100, 0, 0, 0));
    int status;
    waitpid(pid, &status, 0);
    VALUE("child", WEXITSTATUS(status));
    /* The same private address in parent and child is two words. */
    pid = fork();
    if (pid == 0) {
        struct timespec t = { 0, 200000000 };
        shared[1] = 2;
        long r = FUTEX(own, WAIT, 0, &t, 0, 0);
        _exit(r == -1 && errno == ETIMEDOUT ? 10 : 11);
    }
    while (shared[1] != 2)
        sched_yield();
    usleep(20000);
    CALL("the parent's copy", FUTEX(own, WAKE, 100, 0, 0, 0));
    waitpid(pid, &status, 0);
    VALUE("child was not woken", WEXITSTATUS(status));
}

static pthread_mutex_t robust;

static void *die_with_lock(void *mutex)
{
    pthread_mutex_lock(mutex);
    return 0;
}

static void robust_locks(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&robust, &attributes);
    pthread_t thread;
    pthread_create(&thread, 0, die_with_lock, &robust);
    pthread_join(thread, 0);
    VALUE("lock of a dead thread", pthread_mutex_lock(&robust));
    VALUE("make consistent", pthread_mutex_consistent(&robust));
    VALUE("unlock", pthread_mutex_unlock(&robust));
    pthread_mutex_t *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(shared, &attributes);
    for (int i = 0; i < 2; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            pthread_mutex_lock(shared);
            if (i == 0)
                _exit(0);
            usleep(50000);
            kill(getpid(), SIGKILL);
        }
        if (i == 0)
            waitpid(pid, 0, 0);
        else
            usleep(20000);
        VALUE("lock of a dead process", pthread_mutex_lock(shared));
        pthread_mutex_consistent(shared);
        pthread_mutex_unlock(shared);
        if (i == 1)
            waitpid(pid, 0, 0);
    }
}

static volatile unsigned lock;
static volatile int counter;

static void *lock_thread(void *unused)
{
    (void)unused;
    unsigned tid = syscall(SYS_gettid);
    for (int i = 0; i < 200; i++) {
        if (!__sync_bool_compare_and_swap(&lock, 0, tid) && FUTEX(&lock, LOCK_PI | PRIVATE, 0, 0, 0, 0) != 0)
            return (void *)1;
        int seen = counter;
        if (i % 8 == 0)
            sched_yield();
        counter = seen + 1;
        if (!__sync_bool_compare_and_swap(&lock, tid, 0) && FUTEX(&lock, UNLOCK_PI | PRIVATE, 0, 0, 0, 0) != 0)
            return (void *)2;
    }
    return 0;
}

static void owned_locks(void)
{
    unsigned tid = syscall(SYS_gettid);
    CALL("take", FUTEX(&lock, LOCK_PI | PRIVATE, 0, 0, 0, 0));
    HOLDS("the word is the tid", lock == tid);
    CALL("take again", FUTEX(&lock, LOCK_PI | PRIVATE, 0, 0, 0, 0));
    CALL("try again", FUTEX(&lock, TRYLOCK_PI | PRIVATE, 0, 0, 0, 0));
    CALL("give back", FUTEX(&lock, UNLOCK_PI | PRIVATE, 0, 0, 0, 0));
    VALUE("the word is 0", lock);
    CALL("give back what is not mine", FUTEX(&lock, UNLOCK_PI | PRIVATE, 0, 0, 0, 0));
    lock = 0x3ffffff0;
    CALL("an owner who is none", FUTEX(&lock, LOCK_PI | PRIVATE, 0, 0, 0, 0));
    lock = 0;
    pthread_t threads[4];
    long bad = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], 0, lock_thread, 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        bad += (long)result;
    }
    VALUE("errors", bad);
    VALUE("counted", counter);
    VALUE("the lock is free", lock & 0x3fffffff);
}

int main(void)
{
    setvbuf(stdout, 0, _IONBF, 0);
    wakes();
    requeues();
    timeouts();
    processes();
    robust_locks();
    owned_locks();
    return 0;
}
