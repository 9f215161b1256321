// A pool of three workers takes tasks from a list until it is told to end.
#include <pthread.h>
#include <stdio.h>

enum { TASKS = 90 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static int next_task, tasks, finished, closing;
static long results[TASKS];

static long collatz(long n)
{
    long steps = 0;
    for (; n != 1; steps++)
        n = n % 2 ? 3 * n + 1 : n / 2;
    return steps;
}

static void *worker(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (next_task == tasks && !closing)
            pthread_cond_wait(&changed, &lock);
        if (next_task == tasks)
            break;
        int task = next_task++;
        pthread_mutex_unlock(&lock);
        results[task] = collatz(task + 1);
        pthread_mutex_lock(&lock);
        finished++;
        pthread_cond_signal(&done);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    pthread_mutex_lock(&lock);
    for (; tasks < TASKS; tasks += 10)
        pthread_cond_broadcast(&changed);
    while (finished < TASKS)
        pthread_cond_wait(&done, &lock);
    closing = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    long sum = 0;
    for (int i = 0; i < TASKS; i++)
        sum += results[i];
    printf("%d %ld\n", finished, sum);
    return 0;
}
