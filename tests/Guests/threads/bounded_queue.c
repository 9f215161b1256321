// Two producers and two consumers share a queue of four places, with two condition variables.
#include <pthread.h>
#include <stdio.h>

enum { PLACES = 4, ITEMS = 500 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int queue[PLACES], head, count;

static void put(int value)
{
    pthread_mutex_lock(&lock);
    while (count == PLACES)
        pthread_cond_wait(&not_full, &lock);
    queue[(head + count++) % PLACES] = value;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    pthread_mutex_lock(&lock);
    while (count == 0)
        pthread_cond_wait(&not_empty, &lock);
    int value = queue[head];
    head = (head + 1) % PLACES;
    count--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return value;
}

static void *produce(void *base)
{
    for (int i = 0; i < ITEMS; i++)
        put((int)(long)base + i);
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    long sum = 0;
    for (int i = 0; i < ITEMS; i++)
        sum += take();
    return (void *)sum;
}

int main(void)
{
    pthread_t producers[2], consumers[2];
    long sum = 0;
    for (long i = 0; i < 2; i++) {
        pthread_create(&producers[i], NULL, produce, (void *)(i * 10000));
        pthread_create(&consumers[i], NULL, consume, NULL);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        pthread_join(producers[i], NULL);
        pthread_join(consumers[i], &result);
        sum += (long)result;
    }
    printf("%ld left %d\n", sum, count);
    return 0;
}
