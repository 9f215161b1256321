/* A child that becomes another program (this one, told to do nothing), and the wait for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return 7;
    long rounds = argc > 1 ? atol(argv[1]) : 300;
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        int status;
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0) {
            execl("/proc/self/exe", argv[0], "child", (char *)0);
            _exit(127);
        }
        if (waitpid(child, &status, 0) != child)
            return 2;
        sum += WEXITSTATUS(status);
    }
    printf("%ld\n", sum);
}
