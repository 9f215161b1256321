// Four threads add to one counter under a mutex.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *add(void *step)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&lock);
        counter += (long)step;
        pthread_mutex_unlock(&lock);
    }
    return step;
}

int main(void)
{
    pthread_t threads[4];
    long sum = 0;
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, add, (void *)(i + 1));
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%ld %ld\n", counter, sum);
    return 0;
}
