// A lock of atomic tickets; who waits yields the processor.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

static unsigned next_ticket, now_serving;
static long counter;

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < 400; i++) {
        unsigned mine = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_RELAXED);
        while (__atomic_load_n(&now_serving, __ATOMIC_ACQUIRE) != mine)
            sched_yield();
        counter++;
        __atomic_store_n(&now_serving, mine + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("%ld %u %u\n", counter, next_ticket, now_serving);
    return 0;
}
