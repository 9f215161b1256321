/* A child that ends at once, and the wait for it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1000;
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        int status;
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0)
            _exit(i & 63);
        if (waitpid(child, &status, 0) != child)
            return 2;
        sum += WEXITSTATUS(status);
    }
    printf("%ld\n", sum);
}
