/* Two processes that answer each other through pipes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 50000;
    int there[2], back[2];
    char ball = 0;
    if (pipe(there) != 0 || pipe(back) != 0)
        return 1;
    pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        while (read(there[0], &ball, 1) == 1) {
            ball++;
            if (write(back[1], &ball, 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    for (long i = 0; i < rounds; i++) {
        if (write(there[1], &ball, 1) != 1 || read(back[0], &ball, 1) != 1)
            return 3;
    }
    close(there[1]);
    int status;
    waitpid(child, &status, 0);
    printf("%d %d\n", ball, status);
}
