/* What the cases of ptrace(2) have in common. */
#pragma once
#include "case.h"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* The call itself: the C library's ptrace() takes the result of the peeks for its own. */
static inline long request(long what, int pid, void *address, void *data) { return syscall(SYS_ptrace, what, pid, address, data); }

/* The status of the next stop or end, or -1. */
static inline int stop(int pid)
{
    int status = 0;
    return waitpid(pid, &status, __WALL) == pid ? status : -1;
}

/* A child that is traced, stops, and then does something. */
static inline int traced(void (*body)(void))
{
    int pid = fork();
    if (pid == 0)
    {
        if (request(PTRACE_TRACEME, 0, 0, 0) != 0)
            _exit(99);
        kill(getpid(), SIGSTOP);
        body();
        _exit(7);
    }

    return pid;
}
