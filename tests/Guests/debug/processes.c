/* fork, vfork, exec, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int child_work(int n)
{
    return n + 1;
}

__attribute__((noinline)) static int parent_work(int n)
{
    return n + 2;
}

int main(int argc, char **argv)
{
    int status;
    if (argc > 1) {
        printf("again %s\n", argv[1]);
        return 9;
    }

    pid_t pid = fork();
    if (pid == 0)
        _exit(child_work(3));
    waitpid(pid, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
    fflush(stdout);
    pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", "processes", "x", (char *)0);
        _exit(1);
    }

    waitpid(pid, &status, 0);
    printf("vfork child %d parent %d\n", WEXITSTATUS(status), parent_work(0));
    fflush(stdout);
    execl(argv[0], "processes", "y", (char *)0);
    return 1;
}
