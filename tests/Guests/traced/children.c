/* Processes as a tracer sees them: each ends, stops or is replaced before its parent goes on, so that every trace of it is the same. */
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void await(pid_t pid, int options)
{
    int status;
    waitpid(pid, &status, options);
}

/* Long enough for the parent to have come where it waits. */
static void dawdle(void) { usleep(150000); }

static void on_child(int number) { (void)number; }

static void ended_by(int number)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (number == SIGABRT) {
            for (int i = 0; i < 4; i++)
                dawdle();
            abort();
        }
        pause();
    }
    dawdle();
    dawdle();
    if (number != SIGABRT)
        kill(pid, number);
    await(pid, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        dawdle();
        return argv[1][0] - '0';
    }
    signal(SIGPIPE, SIG_DFL); /* Whoever started it may have it ignored, and posix_spawn looks. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});

    /* A child, and a child's child. */
    pid_t pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid == 0) {
            dawdle();
            _exit(4);
        }
        await(pid, 0);
        _exit(3);
    }
    await(pid, 0);

    /* Replaced programs: by fork, by vfork, by posix_spawn; and one that is not there. */
    char *arguments[] = {argv[0], "5", 0};
    pid = fork();
    if (pid == 0) {
        execve("/no/such/program", arguments, environ);
        execve(argv[0], arguments, environ);
        _exit(1);
    }
    await(pid, 0);
    pid = vfork();
    if (pid == 0) {
        execve(argv[0], arguments, environ);
        _exit(1);
    }
    await(pid, 0);
    if (posix_spawn(&pid, argv[0], 0, 0, arguments, environ) == 0)
        await(pid, 0);

    /* From here on the parent does not hear of its children by signals, which would come now before its wait, now within. */
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);

    /* Ended by signals. */
    ended_by(SIGTERM);
    ended_by(SIGKILL);
    ended_by(SIGABRT);

    /* Stopped and continued. */
    pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(6);
    }
    await(pid, WUNTRACED);
    kill(pid, SIGCONT);
    await(pid, 0);
    sigprocmask(SIG_SETMASK, &old, 0);

    /* A handler that ends a wait for signals. */
    struct sigaction action = {.sa_handler = on_child};
    sigaction(SIGCHLD, &action, 0);
    sigprocmask(SIG_BLOCK, &set, 0);
    pid = fork();
    if (pid == 0) {
        dawdle();
        _exit(7);
    }
    sigsuspend(&old);
    await(pid, 0);
    sigprocmask(SIG_SETMASK, &old, 0);

    /* Questions and answers through pipes. */
    int down[2], up[2];
    char byte;
    pipe(down);
    pipe(up);
    pid = fork();
    if (pid == 0) {
        close(down[1]);
        while (read(down[0], &byte, 1) == 1)
            write(up[1], &byte, 1);
        dawdle();
        _exit(0);
    }
    close(down[0]);
    for (int i = 0; i < 3; i++) {
        write(down[1], "abc" + i, 1);
        read(up[0], &byte, 1);
    }
    close(down[1]);
    signal(SIGCHLD, SIG_DFL);
    await(pid, 0);
    await(-1, 0);
    return 0;
}
