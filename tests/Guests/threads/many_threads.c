// Threads that come and go, sixteen at a time, two hundred in all.
#include <pthread.h>
#include <stdio.h>

static int alive;
static long work_done;

static void *live(void *argument)
{
    __atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&work_done, (long)argument, __ATOMIC_SEQ_CST);
    __atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST);
    return argument;
}

int main(void)
{
    pthread_t threads[16];
    for (long i = 0; i < 208; i++) {
        if (i >= 16)
            pthread_join(threads[i % 16], NULL);
        if (pthread_create(&threads[i % 16], NULL, live, (void *)i) != 0)
            return 1;
    }
    for (int i = 0; i < 16; i++)
        pthread_join(threads[i], NULL);
    printf("%d %ld\n", alive, work_done);
    return 0;
}
