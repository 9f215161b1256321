/* flock(2), and the record locks of fcntl(2) between processes. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

static int set(int fd, int command, int type, long start, long length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    return fcntl(fd, command, &l);
}

static void query(const char *name, int fd, int command, int type, long start, long length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    int r = fcntl(fd, command, &l);
    printf("%s: %d type %d whence %d start %ld length %ld pid %s\n", name, r, l.l_type, l.l_whence, (long)l.l_start, (long)l.l_len,
        l.l_pid == 0 ? "none" : l.l_pid == getppid() ? "parent" : l.l_pid == getpid() ? "own" : l.l_pid == -1 ? "file" : "other");
}

/* Runs a step in a child and waits for it. */
#define CHILD(body)                \
    do {                           \
        fflush(stdout);            \
        int pid_ = fork();         \
        if (pid_ == 0)             \
        {                          \
            body;                  \
            fflush(stdout);        \
            _exit(0);              \
        }                          \
        waitpid(pid_, NULL, 0);    \
    } while (0)

static void nothing(int number) { (void)number; }

static void pause_ms(int ms) { nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL); }

static void flocks(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0600), b = open("f", O_RDONLY), d = dup(a);
    CALL("unknown operation", flock(a, 16));
    CALL("no operation", flock(a, LOCK_NB));
    CALL("bad descriptor", flock(77, LOCK_SH));
    CALL("a place", flock(open("f", O_PATH), LOCK_SH));
    CALL("exclusive", flock(a, LOCK_EX));
    CALL("again", flock(a, LOCK_EX | LOCK_NB));
    CALL("by a duplicate", flock(d, LOCK_EX | LOCK_NB));
    CALL("by another open file", flock(b, LOCK_SH | LOCK_NB));
    CHILD(CALL("inherited", flock(a, LOCK_EX | LOCK_NB)); CALL("child's other", flock(b, LOCK_EX | LOCK_NB)));
    CALL("to shared", flock(a, LOCK_SH));
    CALL("shared", flock(b, LOCK_SH | LOCK_NB));
    CALL("upgrade is refused", flock(b, LOCK_EX | LOCK_NB));
    CALL("and the old lock lost", flock(a, LOCK_EX | LOCK_NB));
    close(a);
    CALL("held by the duplicate", flock(b, LOCK_SH | LOCK_NB));
    CHILD(CALL("a child unlocks for all", flock(d, LOCK_UN)));
    CALL("free", flock(b, LOCK_EX | LOCK_NB));
    close(b);
    CALL("freed by close", flock(d, LOCK_EX | LOCK_NB));
    int pid = fork();
    if (pid == 0)
    {
        int e = open("f", O_RDWR);
        int r = flock(e, LOCK_EX);
        _exit(r == 0 ? 7 : 8);
    }

    pause_ms(20);
    int status;
    VALUE("waits", waitpid(pid, &status, WNOHANG));
    flock(d, LOCK_UN);
    waitpid(pid, &status, 0);
    VALUE("got it", WEXITSTATUS(status));
    CALL("freed by exit", flock(d, LOCK_EX | LOCK_NB));
    pid = fork();
    if (pid == 0)
    {
        struct sigaction act = { .sa_handler = nothing };
        sigaction(SIGALRM, &act, NULL);
        struct itimerspec t = { { 0, 0 }, { 0, 20000000 } };
        timer_t timer;
        timer_create(CLOCK_MONOTONIC, NULL, &timer);
        timer_settime(timer, 0, &t, NULL);
        int e = open("f", O_RDWR);
        int r = flock(e, LOCK_EX);
        _exit(r == -1 && errno == EINTR ? 9 : 10);
    }

    waitpid(pid, &status, 0);
    VALUE("interrupted", WEXITSTATUS(status));
    close(d);
}

static void records(void)
{
    int a = open("r", O_RDWR | O_CREAT, 0600), b = open("r", O_RDWR), r = open("r", O_RDONLY), w = open("r", O_WRONLY);
    ftruncate(a, 1000);
    CALL("read lock through a write-only file", set(w, F_SETLK, F_RDLCK, 0, 1));
    CALL("write lock through a read-only file", set(r, F_SETLK, F_WRLCK, 0, 1));
    CALL("unknown type", set(a, F_SETLK, 9, 0, 1));
    CALL("before the start", set(a, F_SETLK, F_WRLCK, -5, 1));
    CALL("beyond the end", set(a, F_SETLK, F_WRLCK, 0x7FFFFFFFFFFFFFF0, 100));
    CALL("bad pointer", fcntl(a, F_SETLK, 8));
    CALL("query for unlocked", set(a, F_GETLK, F_UNLCK, 0, 1));
    CALL("write lock", set(a, F_SETLK, F_WRLCK, 100, 100));
    CALL("the same process", set(b, F_SETLK, F_WRLCK, 100, 100));
    query("own locks do not count", a, F_GETLK, F_WRLCK, 0, 0);
    CHILD(
        query("a child sees", a, F_GETLK, F_WRLCK, 0, 0);
        CALL("refused", set(a, F_SETLK, F_RDLCK, 150, 1));
        CALL("before it", set(a, F_SETLK, F_WRLCK, 0, 100));
        CALL("behind it", set(a, F_SETLK, F_RDLCK, 200, 0));
        query("nothing in the way", a, F_GETLK, F_WRLCK, 0, 100);
        CALL("unlocking what is not locked", set(a, F_SETLK, F_UNLCK, 0, 0)));
    CALL("unlock the middle", set(a, F_SETLK, F_UNLCK, 140, 20));
    CHILD(
        query("first part", a, F_GETLK, F_RDLCK, 0, 0);
        query("free middle", a, F_GETLK, F_WRLCK, 140, 20);
        query("second part", a, F_GETLK, F_RDLCK, 140, 0));
    CALL("read lock over all", set(a, F_SETLK, F_RDLCK, 0, 300));
    CHILD(
        CALL("readers together", set(a, F_SETLK, F_RDLCK, 50, 50));
        query("one lock", a, F_GETLK, F_WRLCK, 0, 0));
    CALL("grows", set(a, F_SETLK, F_RDLCK, 300, 100));
    CHILD(query("neighbours are one", a, F_GETLK, F_WRLCK, 0, 0));
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -100, .l_len = 0 };
    CALL("from the end", fcntl(a, F_SETLK, &l));
    lseek(a, 500, SEEK_SET);
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 10, .l_len = -10 };
    CALL("a negative length", fcntl(a, F_SETLK, &l));
    CHILD(query("at the position", a, F_GETLK, F_RDLCK, 450, 0); query("to the end", a, F_GETLK, F_RDLCK, 600, 0));
    int d = dup(b);
    close(d);
    CHILD(query("any close drops all", a, F_GETLK, F_WRLCK, 0, 0));
    set(a, F_SETLK, F_WRLCK, 0, 10);
    dup2(b, w);
    CHILD(query("dup2 over one drops all", a, F_GETLK, F_WRLCK, 0, 0));

    /* Waiting, and a circle of waits. */
    set(a, F_SETLK, F_WRLCK, 0, 1);
    int pid = fork(), status;
    if (pid == 0)
    {
        set(a, F_SETLK, F_WRLCK, 1, 1);
        _exit(set(a, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 3 : 4);
    }

    pause_ms(30);
    CALL("a circle", set(a, F_SETLKW, F_WRLCK, 1, 1));
    VALUE("the child waits", waitpid(pid, &status, WNOHANG));
    CALL("let it have it", set(a, F_SETLK, F_UNLCK, 0, 1));
    waitpid(pid, &status, 0);
    VALUE("the child had it", WEXITSTATUS(status));
    CALL("freed by its end", set(a, F_SETLKW, F_WRLCK, 0, 2));
    pid = fork();
    if (pid == 0)
        _exit(set(a, F_SETLKW, F_RDLCK, 0, 2) == 0 ? 5 : 6);
    pause_ms(10);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    VALUE("killed while waiting", WTERMSIG(status));
    pid = fork();
    if (pid == 0)
        _exit(set(a, F_SETLKW, F_RDLCK, 0, 2) == 0 ? 5 : 6);
    pause_ms(10);
    CALL("a weaker lock", set(a, F_SETLK, F_RDLCK, 0, 2));
    waitpid(pid, &status, 0);
    VALUE("is shared", WEXITSTATUS(status));
    CALL("flock knows nothing of it", flock(b, LOCK_EX | LOCK_NB));
    close(a), close(b), close(r), close(w);
}

static void open_files(void)
{
    int a = open("o", O_RDWR | O_CREAT, 0600), b = open("o", O_RDWR);
    struct flock l = { .l_type = F_WRLCK, .l_len = 10, .l_pid = 5 };
    CALL("pid must be 0", fcntl(a, F_OFD_SETLK, &l));
    CALL("lock", set(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    CALL("another open file", set(b, F_OFD_SETLK, F_RDLCK, 5, 1));
    query("who has it", b, F_OFD_GETLK, F_RDLCK, 5, 1);
    CALL("record locks too", set(b, F_SETLK, F_WRLCK, 5, 1));
    query("who has it", a, F_GETLK, F_WRLCK, 5, 1);
    CHILD(CALL("inherited", set(a, F_OFD_SETLK, F_WRLCK, 0, 20)));
    close(dup(a));
    CALL("stays when a duplicate closes", set(b, F_OFD_SETLK, F_RDLCK, 5, 1));
    int pid = fork(), status;
    if (pid == 0)
    {
        int c = open("o", O_RDWR);
        close(a);
        _exit(set(c, F_OFD_SETLKW, F_WRLCK, 0, 0) == 0 ? 2 : 3);
    }

    pause_ms(10);
    close(a);
    waitpid(pid, &status, 0);
    VALUE("waited until it was closed", WEXITSTATUS(status));
    CALL("free", set(b, F_OFD_SETLK, F_WRLCK, 0, 0));
    close(b);
}

int main(void)
{
    flocks();
    records();
    open_files();
    return 0;
}
