/* fcntl(2), F_SETLEASE: who does not give a lease back loses it when its time is over. Natively this takes as long as lease-break-time says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    struct timespec begin, end;
    int f = open("f", O_RDWR | O_CREAT, 0600), status = 0;
    signal(SIGIO, SIG_IGN);
    printf("%d\n", fcntl(f, F_SETLEASE, F_WRLCK));
    fflush(stdout);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t child = fork();
    if (child == 0)
        _exit(open("f", O_RDONLY) >= 0 ? 7 : 8);
    waitpid(child, &status, 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%d %d %ld\n", WEXITSTATUS(status), fcntl(f, F_GETLEASE), (long)(end.tv_sec - begin.tv_sec));
    return 0;
}
