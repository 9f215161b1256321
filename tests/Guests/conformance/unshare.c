/* unshare(2), and kcmp(2), which tells what is shared; setns(2) of what is no namespace. */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* linux/kcmp.h, which musl's headers lack. */
enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND };

static int same(int type, pid_t other, unsigned long one, unsigned long two)
{
    return syscall(SYS_kcmp, getpid(), other, type, one, two);
}

static void *in_thread(void *arg)
{
    (void)arg;
    CALL("unshare of the signal handlers by a thread", unshare(CLONE_SIGHAND));
    CALL("unshare of memory by a thread", unshare(CLONE_VM));
    CALL("unshare of the thread", unshare(CLONE_THREAD));
    VALUE("threads' files", same(KCMP_FILES, gettid(), 0, 0));
    VALUE("threads' directories", same(KCMP_FS, gettid(), 0, 0));
    VALUE("threads' handlers", same(KCMP_SIGHAND, gettid(), 0, 0));
    CALL("unshare of files by a thread", unshare(CLONE_FILES));
    HOLDS("they are its own", same(KCMP_FILES, gettid(), 0, 0) > 0);
    close(9);
    return 0;
}

int main(void)
{
    CALL("of nothing", unshare(0));
    CALL("of files", unshare(CLONE_FILES));
    CALL("of the directories", unshare(CLONE_FS));
    CALL("of semaphores", unshare(CLONE_SYSVSEM));
    CALL("of memory", unshare(CLONE_VM));
    CALL("of the thread", unshare(CLONE_THREAD));
    CALL("of what cannot be unshared", unshare(CLONE_PARENT));
    CALL("of an unknown bit", unshare(1));

    int a = open("/dev/null", O_RDONLY), b = dup(a), c = open("/dev/null", O_RDONLY);
    VALUE("same file", same(KCMP_FILE, getpid(), a, b));
    HOLDS("another file", same(KCMP_FILE, getpid(), a, c) > 0);
    HOLDS("one is less", same(KCMP_FILE, getpid(), a, c) + same(KCMP_FILE, getpid(), c, a) == 3);
    CALL("no file", same(KCMP_FILE, getpid(), a, 99));
    CALL("unknown type", same(99, getpid(), 0, 0));
    CALL("no process", syscall(SYS_kcmp, getpid(), 0x3fffffff, KCMP_VM, 0, 0));
    VALUE("own memory", same(KCMP_VM, getpid(), 0, 0));

    dup2(a, 9);
    pthread_t thread;
    pthread_create(&thread, 0, in_thread, 0);
    pthread_join(thread, 0);
    HOLDS("still open", fcntl(9, F_GETFD) >= 0);

    int ends[2];
    pipe(ends);
    pid_t child = syscall(SYS_clone, CLONE_FILES | CLONE_FS | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        char go;
        unshare(CLONE_FS);
        umask(077);
        chdir("/tmp");
        unshare(CLONE_FILES);
        close(a);
        read(ends[0], &go, 1);
        _exit(0);
    }
    /* It has done so when it reads. */
    struct timespec moment = { 0, 50000000 };
    nanosleep(&moment, 0);
    HOLDS("memory of its own", same(KCMP_VM, child, 0, 0) > 0);
    HOLDS("files of its own", same(KCMP_FILES, child, 0, 0) > 0);
    HOLDS("directories of its own", same(KCMP_FS, child, 0, 0) > 0);
    VALUE("the same open file", same(KCMP_FILE, child, b, b));
    HOLDS("not closed here", fcntl(a, F_GETFD) >= 0);
    VALUE("mask", umask(022) == 077);
    char cwd[256];
    HOLDS("directory", strcmp(getcwd(cwd, sizeof cwd), "/tmp") != 0);
    write(ends[1], "x", 1);
    int status;
    waitpid(child, &status, 0);
    VALUE("child", status);

    CALL("setns of no file", setns(-1, 0));
    CALL("setns of a file", setns(b, 0));
    CALL("setns of a file, with a type", setns(b, CLONE_NEWNS));
    CALL("setns of a directory of a process", setns(open("/proc/self", O_RDONLY | O_DIRECTORY), CLONE_NEWNS));
    int self = syscall(SYS_pidfd_open, getpid(), 0);
    CALL("setns of a process, nothing", setns(self, 0));
    CALL("setns of a process, no namespace", setns(self, CLONE_FILES));
    CALL("setns of a process, an unknown bit", setns(self, 1));
    child = case_fork();
    if (child == 0)
        _exit(0);
    int gone = syscall(SYS_pidfd_open, child, 0);
    waitpid(child, &status, 0);
    CALL("setns of a process that is gone", setns(gone, CLONE_NEWNS));
    CALL("setns of a process that is gone, nothing", setns(gone, 0));
    return 0;
}
