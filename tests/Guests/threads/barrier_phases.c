// Five threads go through ten phases together; one of them is the serial thread of each.
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 5, PHASES = 10 };

static pthread_barrier_t barrier;
static int reached[PHASES], serial, early;

static void *walk(void *unused)
{
    (void)unused;
    for (int phase = 0; phase < PHASES; phase++) {
        __atomic_add_fetch(&reached[phase], 1, __ATOMIC_SEQ_CST);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&reached[phase], __ATOMIC_SEQ_CST) != THREADS)
            __atomic_add_fetch(&early, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, walk, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("serial %d early %d\n", serial, early);
    return pthread_barrier_destroy(&barrier);
}
