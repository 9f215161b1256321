/*
 * Cases of a conformance guest: each prints one line "name: result". The same program runs on Linux and on KPIO,
 * and every line must agree; so a result must not hold what may differ between two runs (addresses, pids, times).
 */
#ifndef KPIO_CASE_H
#define KPIO_CASE_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* fork(2) for tests that send signals to the child: without one they end, since kill(2) of -1 would reach every process. */
static inline pid_t case_fork(void)
{
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(99);
    }
    return pid;
}

/* The result of an expression that answers -1 and errno, as the kernel gives it: "name: 3" or "name: -2". */
#define CALL(name, expression)                                   \
    do {                                                         \
        errno = 0;                                               \
        long case_result_ = (long)(expression);                  \
        if (case_result_ == -1 && errno != 0)                    \
            printf("%s: -%d\n", name, errno);                    \
        else                                                     \
            printf("%s: %ld\n", name, case_result_);             \
    } while (0)

/* As CALL, for results that differ between runs: prints "ok" for anything but an error. */
#define SUCCEEDS(name, expression)                               \
    do {                                                         \
        errno = 0;                                               \
        long case_result_ = (long)(expression);                  \
        if (case_result_ == -1 && errno != 0)                    \
            printf("%s: -%d\n", name, errno);                    \
        else                                                     \
            printf("%s: ok\n", name);                            \
    } while (0)

/* A number that is not an error. */
#define VALUE(name, expression) printf("%s: %lld\n", name, (long long)(expression))

/* A condition that Linux promises. */
#define HOLDS(name, expression) printf("%s: %s\n", name, (expression) ? "yes" : "no")

/* Text. */
#define TEXT(name, expression) printf("%s: %s\n", name, (expression))

#endif
