/* semget(2), semop(2), semtimedop(2), semctl(2). */
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>

union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };
#define VAL(n) semctl(id, n, GETVAL)
#define OP(...) ({ struct sembuf ops_[] = { __VA_ARGS__ }; semop(id, ops_, sizeof ops_ / sizeof *ops_); })

static int id;

static void on_alarm(int sig) { }

static int child(int (*run)(void))
{
    fflush(stdout);
    int pid = fork();
    if (pid == 0)
        _exit(run());
    return pid;
}

static int ended(int pid)
{
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int take(void) { return OP({ 0, -1, 0 }) == 0 ? 1 : errno; }
static int zero(void) { return OP({ 1, 0, 0 }) == 0 ? 2 : errno; }
static int undo(void) { return OP({ 2, 3, SEM_UNDO }, { 0, -1, SEM_UNDO }) == 0 ? VAL(2) : errno; }

int main(void)
{
    int key = 0x4b510000 + getpid();
    CALL("of nothing", semget(key, 1, 0600));
    CALL("no semaphores", semget(key, 0, IPC_CREAT | 0600));
    CALL("too many", semget(key, 100000, IPC_CREAT | 0600));
    CALL("a negative count", semget(key, -1, IPC_CREAT | 0600));
    id = semget(key, 3, IPC_CREAT | IPC_EXCL | 0600);
    SUCCEEDS("semget", id);
    HOLDS("again", semget(key, 2, 0) == id && semget(key, 0, 0) == id);
    CALL("more", semget(key, 4, 0));
    CALL("exclusively", semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
    struct semid_ds ds;
    CALL("IPC_STAT", semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }));
    printf("%lu semaphores, mode %o, otime %ld\n", (long)ds.sem_nsems, ds.sem_perm.mode, (long)ds.sem_otime);

    CALL("value at first", VAL(0));
    CALL("add", OP({ 0, 5, 0 }));
    CALL("value", VAL(0));
    CALL("who", semctl(id, 0, GETPID) == getpid());
    CALL("subtract", OP({ 0, -2, 0 }, { 1, 1, 0 }));
    printf("%d %d\n", VAL(0), VAL(1));
    CALL("too much", OP({ 0, -4, IPC_NOWAIT }));
    CALL("all or nothing", OP({ 1, 10, 0 }, { 0, -4, IPC_NOWAIT }));
    printf("%d %d\n", VAL(0), VAL(1));
    CALL("zero that is not", OP({ 0, 0, IPC_NOWAIT }));
    CALL("zero that is", OP({ 2, 0, 0 }));
    CALL("twice the same", OP({ 2, 4, 0 }, { 2, -4, 0 }, { 2, 0, 0 }));
    CALL("no such semaphore", OP({ 3, 1, 0 }));
    CALL("beyond the greatest", OP({ 0, 32767, 0 }));
    CALL("no operations", semop(id, NULL, 0));
    CALL("too many operations", semop(id, (struct sembuf *)&ds, 501));
    CALL("a bad address", semop(id, (struct sembuf *)8, 1));
    CALL("a bad id", semop(id + 77777, &(struct sembuf){ 0, 1, 0 }, 1));
    CALL("SETVAL", semctl(id, 0, SETVAL, (union semun){ .val = 9 }));
    CALL("SETVAL too great", semctl(id, 0, SETVAL, (union semun){ .val = 32768 }));
    CALL("SETVAL negative", semctl(id, 0, SETVAL, (union semun){ .val = -1 }));
    CALL("SETVAL of none", semctl(id, 3, SETVAL, (union semun){ .val = 1 }));
    CALL("GETVAL of none", semctl(id, 3, GETVAL));
    unsigned short values[3] = { 0, 1, 2 };
    CALL("SETALL", semctl(id, 0, SETALL, (union semun){ .array = values }));
    memset(values, 9, sizeof values);
    CALL("GETALL", semctl(id, 0, GETALL, (union semun){ .array = values }));
    printf("%d %d %d\n", values[0], values[1], values[2]);

    /* Waiting. */
    int a = child(take), b = child(take), c = child(zero);
    while (semctl(id, 0, GETNCNT) < 2 || semctl(id, 1, GETZCNT) < 1)
        usleep(1000);
    printf("waiting: %d %d\n", semctl(id, 0, GETNCNT), semctl(id, 1, GETZCNT));
    OP({ 0, 2, 0 });
    VALUE("the first", ended(a));
    VALUE("the second", ended(b));
    OP({ 1, -1, 0 });
    VALUE("the third", ended(c));
    printf("waiting: %d %d value %d\n", semctl(id, 0, GETNCNT), semctl(id, 1, GETZCNT), VAL(0));

    struct timespec soon = { 0, 20000000 }, bad = { 0, -1 };
    CALL("in time", semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &soon));
    CALL("a bad time", semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &bad));
    CALL("at once", semtimedop(id, &(struct sembuf){ 2, -1, 0 }, 1, &soon));
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    CALL("a signal", OP({ 0, -1, 0 }));

    semctl(id, 0, SETVAL, (union semun){ .val = 1 });
    semctl(id, 2, SETVAL, (union semun){ .val = 0 });
    VALUE("undo within", ended(child(undo)));
    printf("after it: %d %d\n", VAL(0), VAL(2));

    semctl(id, 0, SETVAL, (union semun){ .val = 0 });
    a = child(take);
    while (semctl(id, 0, GETNCNT) < 1)
        usleep(1000);
    CALL("IPC_RMID", semctl(id, 0, IPC_RMID));
    VALUE("who waited", ended(a) == EIDRM);
    CALL("after it", VAL(0));
    return 0;
}
