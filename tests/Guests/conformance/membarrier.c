/* membarrier(2): which commands need a registration, and who inherits it. */
#include "case.h"
#include <sys/wait.h>

enum { GLOBAL = 1, GLOBAL_EXPEDITED = 2, REGISTER_GLOBAL = 4, PRIVATE = 8, REGISTER_PRIVATE = 16, CORE = 32, REGISTER_CORE = 64 };

static long barrier(int command, unsigned flags)
{
    return syscall(SYS_membarrier, command, flags, 0);
}

static void all(const char *when)
{
    char name[64];
    for (int command = GLOBAL; command <= REGISTER_CORE; command <<= 1) {
        if (command == REGISTER_GLOBAL || command == REGISTER_PRIVATE || command == REGISTER_CORE)
            continue;
        snprintf(name, sizeof name, "%s, command %d", when, command);
        CALL(name, barrier(command, 0));
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        all("after execve");
        return 0;
    }

    HOLDS("query names all", (barrier(0, 0) & 127) == 127);
    CALL("two commands", barrier(GLOBAL | PRIVATE, 0));
    CALL("negative", barrier(-1, 0));
    CALL("flags", barrier(PRIVATE, 1));
    all("at the start");
    CALL("register private", barrier(REGISTER_PRIVATE, 0));
    all("private is registered");
    CALL("register again", barrier(REGISTER_PRIVATE, 0));
    CALL("register global", barrier(REGISTER_GLOBAL, 0));
    CALL("register core", barrier(REGISTER_CORE, 0));
    all("all is registered");
    fflush(stdout);
    if (case_fork() == 0) {
        all("in the child");
        fflush(stdout);
        execv("/proc/self/exe", (char *[]){argv[0], "again", NULL});
        _exit(1);
    }
    wait(NULL);
    return 0;
}
