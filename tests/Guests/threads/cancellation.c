// Deferred cancellation in a blocking read, a masked region, and clean-up handlers in their order.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int ends[2], order[8], steps;
static pthread_barrier_t ready;

static void note(void *value)
{
    order[steps++] = (int)(long)value;
}

static void *block(void *unused)
{
    (void)unused;
    int old;
    char byte;
    pthread_cleanup_push(note, (void *)1);
    pthread_cleanup_push(note, (void *)2);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_barrier_wait(&ready);
    pthread_testcancel();
    note((void *)3);
    pthread_setcancelstate(old, NULL);
    if (read(ends[0], &byte, 1) == 1)
        note((void *)9);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    void *result;
    if (pipe(ends) != 0)
        return 1;
    pthread_barrier_init(&ready, NULL, 2);
    pthread_create(&thread, NULL, block, NULL);
    pthread_barrier_wait(&ready);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%s", result == PTHREAD_CANCELED ? "cancelled" : "ended");
    for (int i = 0; i < steps; i++)
        printf(" %d", order[i]);
    puts("");
    return 0;
}
