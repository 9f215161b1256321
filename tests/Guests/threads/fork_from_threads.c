// Every thread forks a child that answers over a pipe; only the forking thread exists in it.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *spawn(void *argument)
{
    long number = (long)argument, answer = 0;
    int ends[2], status;
    if (pipe(ends) != 0)
        return (void *)-1L;
    pid_t child = fork();
    if (child == 0) {
        answer = number * number;
        if (write(ends[1], &answer, sizeof answer) != sizeof answer)
            _exit(99);
        _exit((int)number);
    }
    close(ends[1]);
    if (read(ends[0], &answer, sizeof answer) != sizeof answer)
        return (void *)-2L;
    close(ends[0]);
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return (void *)-3L;
    return (void *)(answer * 100 + WEXITSTATUS(status));
}

int main(void)
{
    pthread_t threads[4];
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, spawn, (void *)(i + 2));
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("%ld\n", (long)result);
    }
    return 0;
}
