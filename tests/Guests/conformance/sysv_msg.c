/* msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>

struct message { long type; char text[9000]; };
static struct message m;
static int id;

static int put(long type, const char *text, int flags)
{
    m.type = type;
    strcpy(m.text, text);
    return msgsnd(id, &m, strlen(text) + 1, flags);
}

static void get(const char *name, long type, int flags)
{
    memset(&m, 0, 64);
    errno = 0;
    long n = msgrcv(id, &m, sizeof m.text, type, flags | IPC_NOWAIT);
    printf("%s: %ld type %ld text %s\n", name, n < 0 ? -errno : n, m.type, m.text);
}

static void on_alarm(int sig) { }

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

int main(void)
{
    int key = 0x4b520000 + getpid();
    CALL("of nothing", msgget(key, 0600));
    id = msgget(key, IPC_CREAT | IPC_EXCL | 0600);
    SUCCEEDS("msgget", id);
    HOLDS("again", msgget(key, IPC_CREAT) == id);
    CALL("exclusively", msgget(key, IPC_CREAT | IPC_EXCL));
    CALL("type 0", put(0, "x", 0));
    CALL("a negative type", put(-1, "x", 0));
    CALL("too long", msgsnd(id, &(struct message){ 1 }, 8193, 0));
    CALL("a bad id", msgsnd(id + 12345, &(struct message){ 1 }, 1, 0));
    CALL("a bad address", msgsnd(id, (void *)8, 1, 0));
    get("empty", 0, 0);
    for (int i = 0; i < 6; i++)
        put((long[]){ 5, 3, 9, 3, 1, 7 }[i], (const char *[]){ "five", "three", "nine", "third", "one", "seven" }[i], 0);
    struct msqid_ds ds;
    CALL("IPC_STAT", msgctl(id, IPC_STAT, &ds));
    printf("%ld messages, %ld bytes, most %ld, mode %o\n", (long)ds.msg_qnum, (long)ds.__msg_cbytes, (long)ds.msg_qbytes, ds.msg_perm.mode);
    get("the first", 0, 0);
    get("of type 3", 3, 0);
    get("but type 3", 3, MSG_EXCEPT);
    get("up to 3", -3, 0);
    get("up to 7", -7, 0);
    get("of type 4", 4, 0);
    errno = 0;
    CALL("too short a buffer", msgrcv(id, &m, 3, 0, 0));
    CALL("cut", msgrcv(id, &m, 3, 0, MSG_NOERROR));
    get("empty again", 0, 0);
    CALL("of no bytes", msgsnd(id, &(struct message){ 2 }, 0, 0));
    CALL("received", msgrcv(id, &m, 0, 0, 0));
    CALL("a negative size", msgrcv(id, &m, -1, 0, 0));

    m.type = 1;
    int sent = 0;
    while (msgsnd(id, &m, 4000, IPC_NOWAIT) == 0)
        sent++;
    printf("full after %d: %d\n", sent, errno);
    fflush(stdout);
    if (fork() == 0)
        _exit(msgsnd(id, &(struct message){ 8, "late" }, 1000, 0) == 0 ? 11 : errno);
    usleep(20000);
    CALL("makes room", msgrcv(id, &m, 8000, 0, 0));
    int status;
    wait(&status);
    VALUE("the sender", WEXITSTATUS(status));
    get("late", 8, 0);
    while (msgrcv(id, &m, 8000, 0, IPC_NOWAIT) >= 0)
        ;
    fflush(stdout);
    if (fork() == 0)
        _exit(msgrcv(id, &m, 8000, 33, 0) == 6 ? m.text[0] : 1);
    usleep(20000);
    put(32, "other", 0);
    put(33, "wakes", 0);
    wait(&status);
    VALUE("the receiver", WEXITSTATUS(status));
    get("the other", 0, 0);
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    CALL("a signal", msgrcv(id, &m, 8000, 0, 0));
    /* MSG_COPY: messages by their place, which stay. */
    for (int i = 0; i < 3; i++)
    {
        struct message copied = { 5 - i, "" };
        sprintf(copied.text, "message %d", i);
        msgsnd(id, &copied, 10, IPC_NOWAIT);
    }

    for (int i = -1; i < 4; i++)
    {
        memset(&m, 0, sizeof m);
        CALL("copy", msgrcv(id, &m, 100, i, MSG_COPY | IPC_NOWAIT));
        printf("copied: %ld '%s'\n", m.type, m.text);
    }

    CALL("copy without IPC_NOWAIT", msgrcv(id, &m, 100, 0, MSG_COPY));
    CALL("copy with MSG_EXCEPT", msgrcv(id, &m, 100, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
    CALL("copy into little", msgrcv(id, &m, 3, 0, MSG_COPY | IPC_NOWAIT));
    CALL("copy a part", msgrcv(id, &m, 3, 0, MSG_COPY | MSG_NOERROR | IPC_NOWAIT));
    for (int i = 0; i < 4; i++)
        CALL("taken in their order", msgrcv(id, &m, 100, 0, IPC_NOWAIT));
    ds.msg_qbytes = 100;
    CALL("IPC_SET", msgctl(id, IPC_SET, &ds));
    CALL("more than fits", msgsnd(id, &(struct message){ 1 }, 101, IPC_NOWAIT));
    fflush(stdout);
    if (fork() == 0)
        _exit(msgrcv(id, &m, 8000, 0, 0) < 0 ? errno : 0);
    usleep(20000);
    CALL("IPC_RMID", msgctl(id, IPC_RMID, NULL));
    wait(&status);
    HOLDS("who waited", WEXITSTATUS(status) == EIDRM);
    CALL("after it", msgctl(id, IPC_STAT, &ds));
    return 0;
}
