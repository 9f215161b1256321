/* clone(2), clone3(2): what is shared, where ids are written, flags that exclude each other; pidfds; exit of threads; execve among threads. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND (1ull << 32)
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

struct clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static int status;
static volatile int value;
static char stack[65536] __attribute__((aligned(16)));

static int run(void *argument)
{
    value = (int)(intptr_t)argument;
    return value;
}

static void flags(void)
{
    CALL("THREAD without SIGHAND", syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    CALL("SIGHAND without VM", syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    CALL("PIDFD and PARENT_SETTID", syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &value, 0, 0));
    CALL("PIDFD and DETACHED", syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &value, 0, 0));
    struct clone_args a = { .flags = CLONE_VM, .exit_signal = 65 };
    CALL("clone3 of 8 bytes", syscall(SYS_clone3, &a, 8));
    CALL("clone3 of two pages", syscall(SYS_clone3, &a, 8192));
    CALL("clone3 with a wrong signal", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .flags = CLONE_DETACHED };
    CALL("clone3 DETACHED", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .flags = SIGCHLD };
    CALL("clone3 with a signal in the flags", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .flags = 1ull << 40 };
    CALL("clone3 with an unknown flag", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .stack_size = 4096 };
    CALL("clone3 with a size without a stack", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .stack = 4096 };
    CALL("clone3 with a stack without a size", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .flags = CLONE_PARENT, .exit_signal = SIGCHLD };
    CALL("clone3 PARENT with a signal", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND };
    CALL("clone3 SIGHAND and CLEAR_SIGHAND", syscall(SYS_clone3, &a, sizeof a));
    a = (struct clone_args){ .set_tid_size = 1 };
    CALL("clone3 with a size of set_tid alone", syscall(SYS_clone3, &a, sizeof a));
    pid_t self = getpid();
    a = (struct clone_args){ .set_tid = (uintptr_t)&self, .set_tid_size = 1, .exit_signal = SIGCHLD };
    CALL("clone3 with a tid that exists", syscall(SYS_clone3, &a, sizeof a));
    pid_t zero = 0;
    a.set_tid = (uintptr_t)&zero;
    CALL("clone3 with tid 0", syscall(SYS_clone3, &a, sizeof a));
    CALL("clone3 at a bad address", syscall(SYS_clone3, 16, sizeof a));
    char longer[128] = { 0 };
    longer[127] = 1;
    CALL("clone3 with more than the kernel knows", syscall(SYS_clone3, longer, sizeof longer));
    a = (struct clone_args){ .flags = CLONE_PIDFD, .pidfd = 16, .exit_signal = SIGCHLD };
    CALL("clone3 with a bad pidfd address", syscall(SYS_clone3, &a, sizeof a));
}

static void ids(void)
{
    pid_t parent_tid = 0, child_tid = 0;
    pid_t pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parent_tid, &child_tid, 0);
    if (pid == 0)
        _exit(child_tid == getpid() && parent_tid == getpid() ? 1 : 2);
    HOLDS("PARENT_SETTID", parent_tid == pid);
    VALUE("CHILD_SETTID is the child's", child_tid);
    waitpid(pid, &status, 0);
    VALUE("the child's view", WEXITSTATUS(status));
    child_tid = 77;
    pid = clone(run, stack + sizeof stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)5, 0, 0, &child_tid);
    waitpid(pid, &status, 0);
    VALUE("CHILD_CLEARTID", child_tid);
    VALUE("CLONE_VM", value);
    struct clone_args a = { .flags = CLONE_PARENT_SETTID, .parent_tid = (uintptr_t)&parent_tid, .exit_signal = SIGCHLD };
    pid = syscall(SYS_clone3, &a, sizeof a);
    if (pid == 0)
        _exit(3);
    HOLDS("clone3", pid > 0 && parent_tid == pid && waitpid(pid, &status, 0) == pid);
    pid_t grandparent = getpid();
    pid = fork();
    if (pid == 0) {
        a = (struct clone_args){ .flags = CLONE_PARENT };
        pid_t sibling = syscall(SYS_clone3, &a, sizeof a);
        if (sibling == 0)
            _exit(getppid() == grandparent ? 21 : 22);
        _exit(waitpid(sibling, 0, 0) == -1 ? errno : 0);
    }
    waitpid(pid, &status, 0);
    VALUE("a sibling is no child", WEXITSTATUS(status));
    CALL("but its parent's", wait(&status) > 0);
    VALUE("its code", WEXITSTATUS(status));
}

static int change(void *argument)
{
    if (argument == 0) {
        chdir("/");
        umask(0177);
        close(9);
        dup2(0, 8);
        signal(SIGUSR2, SIG_IGN);
    }
    return 0;
}

static void shares(void)
{
    char before[512], after[512];
    struct sigaction action;
    for (int i = 0; i < 2; i++) {
        int what = i ? CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VM : CLONE_VM;
        getcwd(before, sizeof before);
        umask(022);
        dup2(0, 9);
        close(8);
        signal(SIGUSR2, SIG_DFL);
        pid_t pid = clone(change, stack + sizeof stack, what | SIGCHLD, 0);
        waitpid(pid, &status, 0);
        getcwd(after, sizeof after);
        printf("%s:\n", i ? "shared" : "apart");
        HOLDS("directory changed", strcmp(before, after) != 0);
        printf("umask %o\n", umask(022));
        VALUE("closed", fcntl(9, F_GETFD));
        VALUE("opened", fcntl(8, F_GETFD));
        sigaction(SIGUSR2, 0, &action);
        HOLDS("ignored", action.sa_handler == SIG_IGN);
        chdir(before);
    }
    signal(SIGUSR2, SIG_DFL);
    signal(SIGUSR1, SIG_IGN);
    struct clone_args a = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
    struct sigaction handler = { .sa_handler = (void (*)(int))run };
    sigaction(SIGUSR2, &handler, 0);
    pid_t pid = syscall(SYS_clone3, &a, sizeof a);
    if (pid == 0) {
        struct sigaction first, second;
        sigaction(SIGUSR1, 0, &first);
        sigaction(SIGUSR2, 0, &second);
        _exit((first.sa_handler == SIG_IGN) + 2 * (second.sa_handler == SIG_DFL));
    }
    waitpid(pid, &status, 0);
    VALUE("CLEAR_SIGHAND", WEXITSTATUS(status));
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
}

static void pidfds(void)
{
    int fd = -1, p[2];
    pipe(p);
    struct clone_args a = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD };
    pid_t pid = syscall(SYS_clone3, &a, sizeof a);
    if (pid == 0) {
        char c;
        close(p[1]);
        read(p[0], &c, 1);
        _exit(fcntl(fd, F_GETFD) == -1 ? 50 : 51);
    }
    CALL("close on exec", fcntl(fd, F_GETFD));
    struct pollfd poller = { fd, POLLIN, 0 };
    CALL("alive", poll(&poller, 1, 0));
    siginfo_t info = { 0 };
    CALL("waitid P_PIDFD WNOHANG", waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
    CALL("pidfd_send_signal 0", syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
    CALL("with flags", syscall(SYS_pidfd_send_signal, fd, 0, 0, 8));
    CALL("to a file", syscall(SYS_pidfd_send_signal, p[0], 0, 0, 0));
    CALL("to nothing", syscall(SYS_pidfd_send_signal, 99, 0, 0, 0));
    int copy = syscall(SYS_pidfd_getfd, fd, p[0], 0);
    HOLDS("pidfd_getfd", copy > 2);
    struct stat one, two;
    fstat(copy, &one);
    fstat(p[0], &two);
    HOLDS("the same file", one.st_ino == two.st_ino);
    CALL("pidfd_getfd of what is not open", syscall(SYS_pidfd_getfd, fd, 77, 0));
    CALL("pidfd_getfd with flags", syscall(SYS_pidfd_getfd, fd, p[0], 1));
    CALL("waitid of no pidfd", waitid(P_PIDFD, p[0], &info, WEXITED));
    CALL("waitid of a closed one", waitid(P_PIDFD, 99, &info, WEXITED));
    close(p[1]);
    CALL("poll", poll(&poller, 1, 5000));
    CALL("waitid P_PIDFD", waitid(P_PIDFD, fd, &info, WEXITED));
    VALUE("status", info.si_status);
    CALL("again", waitid(P_PIDFD, fd, &info, WEXITED));
    CALL("pidfd_send_signal to nobody", syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
    close(fd);
    close(copy);
    close(p[0]);
}

static int gate[2];

static void *leave_later(void *argument)
{
    char byte;
    read(gate[0], &byte, 1); /* until its parent has looked */
    if (argument)
        exit(6);
    syscall(SYS_exit, 8);
    return 0;
}

static void *run_program(void *unused)
{
    (void)unused;
    execl("/proc/self/exe", "clone", "program", (char *)0);
    return 0;
}

static void *wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void threads(void)
{
    static const char *const names[] = { "first thread ends, exit later", "first thread ends, the other too", "execve of another thread" };
    for (int i = 0; i < 3; i++) {
        fflush(stdout);
        if (pipe(gate) != 0)
            exit(99);
        pid_t pid = fork();
        if (pid == 0) {
            pthread_t thread;
            if (i == 2) {
                pthread_create(&thread, 0, wait_for_ever, 0);
                pthread_create(&thread, 0, run_program, 0);
                wait_for_ever(0);
            }
            pthread_create(&thread, 0, leave_later, i == 0 ? (void *)1 : 0);
            syscall(SYS_exit, 4);
        }
        usleep(10000);
        if (i < 2)
            CALL("not yet", waitpid(pid, &status, WNOHANG));
        write(gate[1], "", 1);
        HOLDS(names[i], waitpid(pid, &status, 0) == pid);
        VALUE("code", WEXITSTATUS(status));
    }
}

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IONBF, 0);
    if (argc > 1 && !strcmp(argv[1], "program")) {
        HOLDS("the program has the process's id", getpid() == syscall(SYS_gettid));
        return 55;
    }
    flags();
    ids();
    shares();
    pidfds();
    threads();
    return 0;
}
