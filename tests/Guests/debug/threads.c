/* Three threads behind a barrier. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static int total;

__attribute__((noinline)) static void add(int n)
{
    total += n;
}

static void *work(void *argument)
{
    long n = (long)argument;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock);
        add((int)n);
        pthread_mutex_unlock(&lock);
    }
    pthread_barrier_wait(&barrier);
    return argument;
}

__attribute__((noinline)) static void all_there(void)
{
    __asm__ volatile("");
}

int main(int argc, char **argv)
{
    pthread_t threads[3];
    pthread_barrier_init(&barrier, 0, 4);
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], 0, work, (void *)(i + 1));
    all_there();
    if (argc > 1)
        *(volatile int *)8 = **argv;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], 0);
    printf("total %d\n", total);
    return 0;
}
