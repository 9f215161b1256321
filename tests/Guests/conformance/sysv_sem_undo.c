/* clone(2), unshare(2), kcmp(2): CLONE_SYSVSEM, which tasks share one list of SEM_UNDO. */
#include "case.h"
#define KCMP_SYSVSEM 6
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define VAL(n) semctl(id, n, GETVAL)

static int id;
static int ends[2], others[2];

static void add(int semaphore, int change)
{
    SUCCEEDS("semop", semop(id, &(struct sembuf){ semaphore, change, SEM_UNDO }, 1));
}

static void *thread(void *semaphore)
{
    add((long)semaphore, 3);
    return 0;
}

/* A process that shares the list of the one that makes it, and the memory or not. */
static int make(unsigned long flags)
{
    fflush(stdout);
    return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void tell(int fd) { write(fd, "x", 1); }

static void hear(int fd)
{
    char c;
    read(fd, &c, 1);
}

static int same(int one, int other) { return syscall(SYS_kcmp, one, other, KCMP_SYSVSEM, 0, 0); }

int main(int argc, char **argv)
{
    if (argc > 1)
        return 0;
    id = semget(IPC_PRIVATE, 4, IPC_CREAT | 0600);
    SUCCEEDS("semget", id);
    pipe(ends);
    pipe(others);
    int status;

    /* Threads owe together: nothing is given back while the process lives. */
    int child = make(0);
    if (child == 0) {
        pthread_t t;
        pthread_create(&t, 0, thread, (void *)0);
        pthread_join(t, 0);
        VALUE("after a thread's end", VAL(0));
        pthread_create(&t, 0, thread, (void *)0);
        pthread_join(t, 0);
        add(0, -1);
        VALUE("after another's", VAL(0));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    VALUE("after the process's end", VAL(0));

    /* The first thread ends before another that shares its list. */
    child = make(0);
    if (child == 0) {
        add(1, 5);
        int sharing = make(CLONE_SYSVSEM | CLONE_PARENT);
        if (sharing == 0) {
            hear(ends[0]);
            add(1, 2);
            printf("the maker is gone: %d\n", VAL(1));
            fflush(stdout);
            _exit(0);
        }
        VALUE("one list", same(getpid(), sharing));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    VALUE("kept for the other", VAL(1));
    tell(ends[1]);
    wait(&status);
    VALUE("given back by the last", VAL(1));

    /* Without the flag each has its own. */
    child = make(0);
    if (child == 0) {
        add(2, 4);
        int own = make(0);
        if (own == 0) {
            add(2, 1);
            tell(ends[1]);
            hear(others[0]);
            _exit(0);
        }
        hear(ends[0]);
        HOLDS("another list", same(getpid(), own) > 0);
        tell(others[1]);
        waitpid(own, &status, 0);
        VALUE("the child's is given back", VAL(2));

        /* unshare: as if the task had ended, when nobody else has the list. */
        CALL("unshare", unshare(CLONE_SYSVSEM));
        VALUE("given back at once", VAL(2));
        add(2, 6);
        int sharing = make(CLONE_SYSVSEM);
        if (sharing == 0) {
            CALL("unshare what another has too", unshare(CLONE_SYSVSEM));
            printf("still owed: %d\n", VAL(2));
            fflush(stdout);
            _exit(0);
        }
        waitpid(sharing, &status, 0);
        VALUE("owed by the first", VAL(2));

        /* SETVAL makes void what a shared list owes. */
        sharing = make(CLONE_SYSVSEM);
        if (sharing == 0) {
            add(3, 2);
            _exit(0);
        }
        waitpid(sharing, &status, 0);
        VALUE("owed still", VAL(3));
        semctl(id, 3, SETVAL, 7);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    VALUE("third", VAL(2));
    VALUE("fourth", VAL(3));

    /* execve keeps what is owed. */
    child = make(0);
    if (child == 0) {
        add(0, 9);
        execl("/proc/self/exe", "again", "exec", NULL);
        _exit(1);
    }
    waitpid(child, &status, 0);
    VALUE("after the program of execve", VAL(0));
    HOLDS("both without", same(getpid(), getpid()) == 0);
    CALL("unshare of nothing", unshare(CLONE_SYSVSEM));
    CALL("IPC_RMID", semctl(id, 0, IPC_RMID));
    return 0;
}
