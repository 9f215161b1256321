// Numbers go through six threads, each of which adds one, over pipes.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { STAGES = 6 };

static int pipes[STAGES + 1][2];

static void *stage(void *argument)
{
    long n = (long)argument;
    int value;
    while (read(pipes[n][0], &value, sizeof value) == sizeof value) {
        value++;
        if (write(pipes[n + 1][1], &value, sizeof value) != sizeof value)
            return "short write";
    }
    close(pipes[n + 1][1]);
    return NULL;
}

int main(void)
{
    pthread_t threads[STAGES];
    for (int i = 0; i <= STAGES; i++)
        if (pipe(pipes[i]) != 0)
            return 1;
    for (long i = 0; i < STAGES; i++)
        pthread_create(&threads[i], NULL, stage, (void *)i);
    for (int i = 0; i < 200; i++)
        if (write(pipes[0][1], &i, sizeof i) != sizeof i)
            return 2;
    close(pipes[0][1]);
    long sum = 0;
    int value, count = 0;
    while (read(pipes[STAGES][0], &value, sizeof value) == sizeof value) {
        sum += value;
        count++;
    }
    for (int i = 0; i < STAGES; i++)
        pthread_join(threads[i], NULL);
    printf("%d %ld\n", count, sum);
    return 0;
}
