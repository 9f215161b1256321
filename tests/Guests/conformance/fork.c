/* fork(2), vfork(2), wait4(2), waitid(2): memory apart, descriptors shared, states and errors. */
#include "case.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile int global = 1;

static void status_of(const char *name, int status)
{
    printf("%s: exited %d code %d signaled %d signal %d stopped %d\n", name, !!WIFEXITED(status), WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        !!WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0, !!WIFSTOPPED(status));
}

static void copies(void)
{
    volatile int local = 1;
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    int p[2];
    pipe(p);
    fflush(stdout);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        int answers[6] = { global++, local++, getppid() == parent, getpid() != parent, (int)lseek(fd, 5, SEEK_SET), getpgrp() == getpgid(parent) };
        write(p[1], answers, sizeof answers);
        _exit(7);
    }
    HOLDS("fork gives the child's pid", pid > 0 && pid != parent);
    int answers[6];
    CALL("the child's answers", read(p[0], answers, sizeof answers));
    printf("global %d local %d ppid %d pid %d offset %d group %d\n", answers[0], answers[1], answers[2], answers[3], answers[4], answers[5]);
    int status = -1;
    HOLDS("wait gives the pid", wait(&status) == pid);
    status_of("status", status);
    VALUE("global in the parent", global);
    VALUE("local in the parent", local);
    VALUE("the offset is shared", lseek(fd, 0, SEEK_CUR));
    CALL("nobody left", wait(&status));
    CALL("the pid is gone", kill(pid, 0));
    close(p[1]);
    CALL("the child's end of the pipe is closed", read(p[0], answers, 4));
    close(p[0]);
    close(fd);
}

static void shared_memory(void)
{
    int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *own = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *shared = *own = 1;
    pid_t pid = fork();
    if (pid == 0) {
        *shared = *own = 2;
        _exit(*own);
    }
    int status;
    waitpid(pid, &status, 0);
    status_of("sharing child", status);
    VALUE("shared", *shared);
    VALUE("private", *own);
}

static void options(void)
{
    int p[2];
    pipe(p);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(p[1]);
        read(p[0], &c, 1);
        _exit(300);
    }
    int status = 12345;
    CALL("WNOHANG while it lives", waitpid(pid, &status, WNOHANG));
    VALUE("status is untouched", status);
    siginfo_t info;
    memset(&info, 0x55, sizeof info);
    CALL("waitid WNOHANG while it lives", waitid(P_PID, pid, &info, WEXITED | WNOHANG));
    VALUE("si_signo", info.si_signo);
    VALUE("si_pid", info.si_pid);
    CALL("a child that is none", waitpid(1, &status, 0));
    CALL("another group", waitpid(-999999, &status, 0));
    CALL("waitpid with a wrong option", waitpid(pid, &status, 0x10000));
    CALL("waitid without a change", waitid(P_ALL, 0, &info, WNOHANG));
    CALL("waitid of pid 0", waitid(P_PID, 0, &info, WEXITED));
    CALL("waitid of pid -1", waitid(P_PID, -1, &info, WEXITED));
    CALL("waitid of an unknown kind", waitid(17, 1, &info, WEXITED));
    CALL("waitid WSTOPPED only", waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
    CALL("wait4 of the smallest number", syscall(SYS_wait4, 0x80000000, 0, 0, 0));
    close(p[1]);
    memset(&info, 0, sizeof info);
    CALL("WNOWAIT", waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    VALUE("si_signo", info.si_signo);
    VALUE("si_code", info.si_code);
    VALUE("si_status", info.si_status);
    HOLDS("si_pid", info.si_pid == pid);
    HOLDS("si_uid", info.si_uid == getuid());
    CALL("a zombie takes signal 0", kill(pid, 0));
    CALL("a zombie takes SIGKILL", kill(pid, SIGKILL));
    CALL("__WCLONE does not find it", waitpid(pid, &status, __WCLONE | WNOHANG));
    struct rusage usage;
    memset(&usage, 0xff, sizeof usage);
    HOLDS("wait4 by group", wait4(0, &status, __WALL, &usage) == pid);
    status_of("status", status);
    HOLDS("usage", usage.ru_utime.tv_sec == 0 && usage.ru_nswap == 0);
    CALL("bad address", syscall(SYS_wait4, -1, 1, 0, 0));
    pid = fork();
    if (pid == 0)
        _exit(0);
    CALL("bad status address", syscall(SYS_wait4, -1, 16, 0, 0));
    CALL("but the child is taken", wait(&status));
    close(p[0]);
}

static void signaled(void)
{
    static const int signals[] = { SIGKILL, SIGTERM, SIGUSR1, SIGHUP, 40 };
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        kill(pid, signals[i]);
        int status;
        HOLDS("waitpid", waitpid(pid, &status, 0) == pid);
        status_of("killed", status);
    }
}

static int vforked(void *unused)
{
    (void)unused;
    global = 42;
    _exit(9);
}

static void shared_space(void)
{
    global = 1;
    pid_t pid = vfork();
    if (pid == 0) {
        global = 5;
        _exit(3);
    }
    VALUE("vfork shares memory", global);
    int status;
    HOLDS("its child can be waited for", waitpid(pid, &status, 0) == pid);
    status_of("vfork", status);
    static char stack[65536];
    pid = clone(vforked, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
    VALUE("clone with CLONE_VM", global);
    waitpid(pid, &status, 0);
    status_of("clone", status);
    pid = clone(vforked, stack + sizeof stack, CLONE_VM | CLONE_VFORK, 0);
    CALL("without an exit signal it is no ordinary child", waitpid(pid, &status, WNOHANG));
    HOLDS("but one for __WCLONE", waitpid(pid, &status, __WCLONE) == pid);
    status_of("clone without signal", status);
}

static void many(void)
{
    enum { COUNT = 50 };
    pid_t pids[COUNT];
    for (int i = 0; i < COUNT; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(i);
    }
    int found = 0, sum = 0, status;
    pid_t pid;
    while ((pid = wait(&status)) > 0) {
        for (int i = 0; i < COUNT; i++)
            found += pids[i] == pid && WEXITSTATUS(status) == i;
        sum += WEXITSTATUS(status);
    }
    VALUE("children found", found);
    VALUE("sum of codes", sum);
    VALUE("the end", errno);
}

int main(void)
{
    setvbuf(stdout, 0, _IONBF, 0);
    copies();
    shared_memory();
    options();
    signaled();
    shared_space();
    many();
    return 0;
}
