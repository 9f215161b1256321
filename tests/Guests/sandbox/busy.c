// Threads, a child, time, random numbers and pipes: what a run repeats only when all of the machine is deterministic.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pipes[2];

static void *work(void *argument)
{
    unsigned char bytes[4];
    for (int i = 0; i < 20; i++) {
        struct timespec now, pause = {0, 1000000 * (1 + (long)argument)};
        if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes || clock_gettime(CLOCK_REALTIME, &now) != 0)
            exit(1);
        if (write(pipes[1], bytes, sizeof bytes) != sizeof bytes)
            exit(2);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    if (pipe(pipes) != 0)
        return 3;
    for (long i = 0; i < 3; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            return 4;
    pid_t child = fork();
    if (child == 0)
        _exit(5);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    close(pipes[1]);
    unsigned sum = 0;
    unsigned char bytes[64];
    for (ssize_t count; (count = read(pipes[0], bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < count; i++)
            sum = sum * 31 + bytes[i];
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
        return 6;
    printf("%u %ld\n", sum, (long)time(NULL));
    return 0;
}
