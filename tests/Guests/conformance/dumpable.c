/* prctl(2), PR_SET_DUMPABLE: who may look into a process (ptrace(2), "Ptrace access mode checking"), and what makes it close itself. */
#define _GNU_SOURCE
#include "case.h"
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { USER = 1000, KCMP_VM = 1 };

static char word[8] = "content";

/* A child that has done something and waits for its end. */
static pid_t child(void (*act)(void))
{
    int ready[2];
    char c;
    pipe(ready);
    pid_t pid = case_fork();
    if (pid == 0) {
        act();
        write(ready[1], "", 1);
        for (;;)
            pause();
    }
    read(ready[0], &c, 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void end(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void look(const char *what, pid_t pid)
{
    char name[100], buffer[8];
    struct iovec here = { buffer, 8 }, there = { word, 8 };
    int pidfd = syscall(SYS_pidfd_open, pid, 0);
    snprintf(name, sizeof name, "%s: pidfd_getfd", what);
    SUCCEEDS(name, syscall(SYS_pidfd_getfd, pidfd, 1, 0));
    snprintf(name, sizeof name, "%s: process_vm_readv", what);
    CALL(name, process_vm_readv(pid, &here, 1, &there, 1, 0));
    snprintf(name, sizeof name, "%s: kcmp", what);
    SUCCEEDS(name, syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0));
    snprintf(name, sizeof name, "%s: ptrace", what);
    CALL(name, ptrace(PTRACE_SEIZE, pid, 0, 0));
    ptrace(PTRACE_DETACH, pid, 0, 0);
    close(pidfd);
}

static void nothing(void) { }
static void close_itself(void) { prctl(PR_SET_DUMPABLE, 0); }
static void take_ids(void) { setresgid(USER, USER, USER); setresuid(USER, USER, USER); }
static void take_ids_and_open(void) { take_ids(); prctl(PR_SET_DUMPABLE, 1); }

static void after(const char *name, int result)
{
    if (result != 0)
        printf("%s failed\n", name);
    VALUE(name, prctl(PR_GET_DUMPABLE));
    prctl(PR_SET_DUMPABLE, 1);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        VALUE("after execve", prctl(PR_GET_DUMPABLE));
        VALUE("keepcaps after execve", prctl(PR_GET_KEEPCAPS));
        return 0;
    }

    int status;
    VALUE("at first", prctl(PR_GET_DUMPABLE));
    CALL("2", prctl(PR_SET_DUMPABLE, 2));
    CALL("0", prctl(PR_SET_DUMPABLE, 0));
    VALUE("set", prctl(PR_GET_DUMPABLE));
    prctl(PR_SET_KEEPCAPS, 1);
    fflush(stdout);
    if (case_fork() == 0) {
        VALUE("inherited", prctl(PR_GET_DUMPABLE));
        fflush(stdout);
        execl("/proc/self/exe", arguments[0], "again", (char *)0);
        _exit(1);
    }
    wait(&status);
    CALL("1", prctl(PR_SET_DUMPABLE, 1));
    prctl(PR_SET_KEEPCAPS, 0);

    /* Root may look at all. */
    pid_t open = child(nothing), closed = child(close_itself), other = child(take_ids), opened = child(take_ids_and_open);
    look("root, open", open);
    look("root, closed", closed);
    fflush(stdout);
    if (case_fork() == 0) {
        /* Other ids close a process. */
        after("the same group", setresgid(-1, -1, -1));
        after("real group", setresgid(USER, -1, -1));
        after("effective group", setresgid(-1, USER, -1));
        setfsgid(0);
        after("file system's group", 0);
        after("saved group", setresgid(-1, -1, USER));
        setfsgid(USER);
        after("the file system's group again", 0);
        after("real user", setresuid(USER, -1, -1));
        prctl(PR_SET_PDEATHSIG, SIGUSR1);
        after("effective user", setresuid(-1, USER, -1));
        int signal = -1;
        prctl(PR_GET_PDEATHSIG, &signal);
        VALUE("the signal of the parent's death", signal);
        prctl(PR_SET_PDEATHSIG, SIGUSR1);
        after("saved user", setresuid(-1, -1, USER));
        prctl(PR_GET_PDEATHSIG, &signal);
        VALUE("it stays", signal);

        look("user, root's", open);
        look("user, taken ids", other);
        look("user, taken ids, opened", opened);
        pid_t own = child(nothing), own_closed = child(close_itself);
        look("user, own", own);
        look("user, own, closed", own_closed);
        CALL("a signal to it all the same", kill(own_closed, 0));
        end(own);
        end(own_closed);

        /* Itself it may always look at. */
        char buffer[8];
        struct iovec here = { buffer, 8 }, there = { word, 8 };
        prctl(PR_SET_DUMPABLE, 0);
        CALL("itself, closed", process_vm_readv(getpid(), &here, 1, &there, 1, 0));
        CALL("itself, closed: kcmp", syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0));
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    HOLDS("all done", WIFEXITED(status) && WEXITSTATUS(status) == 0);
    end(open);
    end(closed);
    end(other);
    end(opened);
    return 0;
}
