// A flag is tested outside the lock under which its change is signalled: the signal may fall between test and wait.
// A wait that times out notices it. Prints "race" then. exit code 0 without a race, 1 with one.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int ready;
static int missed;

static void *wait_for_it(void *unused)
{
    (void)unused;
    if (!ready) {
        struct timespec later;
        clock_gettime(CLOCK_REALTIME, &later);
        later.tv_sec += 2;
        pthread_mutex_lock(&lock);
        if (pthread_cond_timedwait(&changed, &lock, &later) == ETIMEDOUT)
            missed = 1;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_it, NULL);
    sched_yield();
    ready = 1;
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    puts(missed ? "race" : "fine");
    return missed;
}
