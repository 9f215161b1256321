/* fcntl(2) F_SETLEASE, F_GETLEASE: who may have one, who breaks it, what the holder and the one that breaks it see. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#ifndef F_SETLEASE
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#endif

static sigset_t all;

static void show(const char *name, int fd, int expected)
{
    siginfo_t info;
    struct timespec now = { 0, 0 }, later = { 5, 0 };
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGIO), sigaddset(&set, 40);
    printf("%s:", name);
    while (sigtimedwait(&set, &info, expected-- > 0 ? &later : &now) > 0)
    {
        printf(" %d/%d", info.si_signo, info.si_code);
        if (info.si_code != SI_KERNEL)
            printf("/%d/%#lx", info.si_fd == fd, info.si_band);
    }

    printf("\n");
}

static pid_t opener(int flags)
{
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0)
    {
        int f = open("f", flags);
        _exit(f >= 0 ? 1 : errno + 100);
    }

    return child;
}

static int end_of(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void rules(void)
{
    int f = open("f", O_RDWR | O_CREAT, 0644), d = open(".", O_RDONLY), path = open("f", O_PATH), p[2];
    pipe(p);
    CALL("none", fcntl(f, F_GETLEASE));
    CALL("take back none", fcntl(f, F_SETLEASE, F_UNLCK));
    CALL("an unknown kind", fcntl(f, F_SETLEASE, 3));
    CALL("of a directory", fcntl(d, F_SETLEASE, F_RDLCK));
    CALL("of a directory, asked", fcntl(d, F_GETLEASE));
    CALL("of a pipe", fcntl(p[0], F_SETLEASE, F_RDLCK));
    CALL("of a device", fcntl(open("/dev/null", O_RDONLY), F_SETLEASE, F_RDLCK));
    CALL("of a place", fcntl(path, F_SETLEASE, F_RDLCK));
    CALL("to read, open for writing", fcntl(f, F_SETLEASE, F_RDLCK));
    CALL("to write", fcntl(f, F_SETLEASE, F_WRLCK));
    CALL("is", fcntl(f, F_GETLEASE));
    HOLDS("the owner", fcntl(f, F_GETOWN) == getpid());
    CALL("again", fcntl(f, F_SETLEASE, F_WRLCK));
    int dup_ = dup(f);
    CALL("the duplicate's", fcntl(dup_, F_GETLEASE));
    CALL("taken back by the duplicate", fcntl(dup_, F_SETLEASE, F_UNLCK));
    CALL("is not", fcntl(f, F_GETLEASE));
    CALL("the owner is gone", fcntl(f, F_GETOWN));
    close(dup_);
    int r = open("f", O_RDONLY);
    CALL("to write, with a reader", fcntl(f, F_SETLEASE, F_WRLCK));
    CALL("to read, with a writer", fcntl(r, F_SETLEASE, F_RDLCK));
    close(f);
    CALL("to read", fcntl(r, F_SETLEASE, F_RDLCK));
    CALL("is one to read", fcntl(r, F_GETLEASE));
    int r2 = open("f", O_RDONLY);
    CALL("another's", fcntl(r2, F_GETLEASE));
    CALL("two to read", fcntl(r2, F_SETLEASE, F_RDLCK));
    CALL("one more to write", fcntl(r2, F_SETLEASE, F_WRLCK));
    close(r2);
    CALL("a reader's to write", fcntl(r, F_SETLEASE, F_WRLCK));
    CALL("it is", fcntl(r, F_GETLEASE));
    CALL("and to read again", fcntl(r, F_SETLEASE, F_RDLCK));
    close(r);
    r = open("f", O_RDONLY);
    CALL("gone with its file", fcntl(r, F_GETLEASE));
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0)
    {
        setuid(1000);
        CALL("of another's file", fcntl(r, F_SETLEASE, F_RDLCK));
        fflush(stdout);
        _exit(0);
    }

    end_of(child);
    close(r), close(d), close(path), close(p[0]), close(p[1]);
}

static void breaks(void)
{
    int f = open("f", O_RDONLY);
    CALL("signal", fcntl(f, F_SETSIG, 40));
    CALL("to read", fcntl(f, F_SETLEASE, F_RDLCK));
    VALUE("opened for reading", end_of(opener(O_RDONLY)));
    VALUE("a place", end_of(opener(O_PATH)));
    struct stat st;
    stat("f", &st), access("f", W_OK), chmod("f", 0644);
    show("nothing so far", f, 0);
    VALUE("opened for writing, not waiting", end_of(opener(O_WRONLY | O_NONBLOCK)));
    show("told", f, 1);
    CALL("to be given back", fcntl(f, F_GETLEASE));
    VALUE("once more", end_of(opener(O_WRONLY | O_NONBLOCK)));
    show("told once", f, 0);
    CALL("given back", fcntl(f, F_SETLEASE, F_UNLCK));
    VALUE("now", end_of(opener(O_WRONLY | O_NONBLOCK)));
    CALL("the signal's number is gone too", fcntl(f, F_GETSIG));

    CALL("to write", fcntl(f, F_SETLEASE, F_WRLCK));
    VALUE("opened for reading, not waiting", end_of(opener(O_RDONLY | O_NONBLOCK)));
    show("a plain signal", f, 1);
    CALL("to become one to read", fcntl(f, F_GETLEASE));
    CALL("does", fcntl(f, F_SETLEASE, F_RDLCK));
    CALL("is", fcntl(f, F_GETLEASE));
    VALUE("a reader", end_of(opener(O_RDONLY)));
    show("no more", f, 0);
    CALL("taken back", fcntl(f, F_SETLEASE, F_UNLCK));

    /* One that waits. */
    fcntl(f, F_SETSIG, 40);
    CALL("to read once more", fcntl(f, F_SETLEASE, F_RDLCK));
    pid_t child = opener(O_RDWR);
    show("a writer waits", f, 1);
    struct timespec nap = { 0, 50000000 };
    nanosleep(&nap, NULL);
    VALUE("still", waitpid(child, NULL, WNOHANG));
    CALL("cannot be kept", fcntl(f, F_SETLEASE, F_RDLCK));
    CALL("given back to it", fcntl(f, F_SETLEASE, F_UNLCK));
    VALUE("opened", end_of(child));

    fcntl(f, F_SETSIG, 40);
    CALL("to write once more", fcntl(f, F_SETLEASE, F_WRLCK));
    child = opener(O_RDONLY);
    show("a reader waits", f, 1);
    CALL("cannot be kept to write", fcntl(f, F_SETLEASE, F_WRLCK));
    CALL("downgraded", fcntl(f, F_SETLEASE, F_RDLCK));
    VALUE("reads", end_of(child));
    CALL("is one to read", fcntl(f, F_GETLEASE));

    /* truncate(2) by its path, and the holder closes. */
    fflush(stdout);
    child = case_fork();
    if (child == 0)
    {
        close(f); /* or it would hold the lease as well, and wait for itself until its time is over */
        _exit(truncate("f", 0) == 0 ? 1 : errno + 100);
    }

    show("truncate waits", f, 1);
    close(f);
    VALUE("until the file is closed", end_of(child));

    /* A signal ends the wait. */
    f = open("f", O_RDONLY);
    fcntl(f, F_SETSIG, 40);
    fcntl(f, F_SETLEASE, F_RDLCK);
    child = opener(O_WRONLY);
    show("a writer waits", f, 1);
    nanosleep(&nap, NULL);
    kill(child, SIGKILL);
    VALUE("killed", end_of(child));
    CALL("still to be given back", fcntl(f, F_GETLEASE));
    close(f);

    /* Its own opens break it too. */
    f = open("f", O_RDWR);
    fcntl(f, F_SETSIG, 40);
    CALL("its own", fcntl(f, F_SETLEASE, F_WRLCK));
    CALL("its own open", open("f", O_RDONLY | O_NONBLOCK));
    show("told itself", f, 1);
    CALL("its own truncation by the file", ftruncate(f, 10));
    close(f);
    f = open("f", O_WRONLY);
    CALL("a writer's", fcntl(f, F_SETLEASE, F_WRLCK));
    CALL("O_TRUNC", open("f", O_RDWR | O_TRUNC | O_NONBLOCK));
    struct stat s;
    fstat(f, &s);
    VALUE("not truncated", s.st_size);
    close(f);
    show("rest", -1, 1);
}

int main(void)
{
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    rules();
    breaks();
    return 0;
}
