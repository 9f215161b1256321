/* setpgid(2), setsid(2), kill(2) of groups, prctl(2) of parents and reapers, orphans, credentials of senders. */
#include "case.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int status;

static pid_t waiting_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void groups(void)
{
    pid_t child = waiting_child();
    HOLDS("a child is in its parent's group", getpgid(child) == getpgrp());
    HOLDS("and session", getsid(child) == getsid(0));
    CALL("a group of its own", setpgid(child, 0));
    HOLDS("it has it", getpgid(child) == child);
    CALL("the same again", setpgid(child, child));
    CALL("back", setpgid(child, getpgrp()));
    CALL("a group that is none", setpgid(child, 999999));
    CALL("a negative group", setpgid(child, -1));
    CALL("setpgid of a process that is none", setpgid(999999, 0));
    CALL("of one that is no child", setpgid(1, 0));
    CALL("getpgid of none", getpgid(999999));
    CALL("getsid of none", getsid(999999));
    pid_t other = waiting_child();
    setpgid(child, child);
    CALL("into a sibling's group", setpgid(other, child));
    CALL("kill the group", kill(-child, SIGTERM));
    HOLDS("first", waitpid(-child, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
    HOLDS("second", waitpid(-child, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
    CALL("no more", waitpid(-child, &status, 0));
    CALL("kill a group that is none", kill(-child, 0));
    CALL("kill with a bad signal", kill(getpid(), 65));
    CALL("kill none with a bad signal", kill(999999, 65));
    CALL("tgkill with a wrong group", syscall(SYS_tgkill, 1, getpid(), 0));
    CALL("tgkill 0", syscall(SYS_tgkill, 0, getpid(), 0));
    CALL("tkill of none", syscall(SYS_tkill, 999999, 0));
    CALL("kill of the smallest number", syscall(SYS_kill, 0x80000000, 0));
    int p[2];
    pipe(p);
    child = fork();
    if (child == 0) {
        char c;
        execl("/proc/self/exe", "groups", "wait", (char *)0);
        read(p[0], &c, 1);
        _exit(1);
    }
    char path[64], name[16] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", child);
    for (int i = 0; i < 1000 && strncmp(name, "exe", 3); i++) {
        usleep(1000);
        int fd = open(path, O_RDONLY);
        read(fd, name, sizeof name);
        close(fd);
    }
    CALL("a child that has called execve", setpgid(child, child));
    end(child);
    child = fork();
    if (child == 0) {
        int ok = setsid() == getpid() && getpgrp() == getpid() && getsid(0) == getpid();
        ok += setsid() == -1 && errno == EPERM ? 2 : 0;
        ok += setpgid(0, 0) == -1 && errno == EPERM ? 4 : 0;
        _exit(ok);
    }
    waitpid(child, &status, 0);
    VALUE("setsid", WEXITSTATUS(status));
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        _exit(setsid() == -1 ? errno : 0);
    }
    waitpid(child, &status, 0);
    VALUE("setsid of a group's leader", WEXITSTATUS(status));
}

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

static void reapers(void)
{
    int p[2], value = 7;
    CALL("PR_SET_CHILD_SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    CALL("PR_GET_CHILD_SUBREAPER", prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0));
    VALUE("value", value);
    pipe(p);
    pid_t child = fork();
    if (child == 0) {
        int inherited = 9;
        prctl(PR_GET_CHILD_SUBREAPER, &inherited, 0, 0, 0);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            char c;
            close(p[1]);
            read(p[0], &c, 1);
            _exit(33);
        }
        _exit(inherited);
    }
    HOLDS("the child ends", waitpid(child, &status, 0) == child);
    VALUE("being a reaper is not inherited", WEXITSTATUS(status));
    close(p[1]);
    CALL("the grandchild is mine now", wait(&status) > 0);
    VALUE("its status", WEXITSTATUS(status));
    CALL("no more", wait(&status));
    /* A zombie is handed on too. */
    child = fork();
    if (child == 0) {
        if (fork() == 0)
            _exit(44);
        usleep(20000);
        _exit(0);
    }
    int sum = 0;
    while (wait(&status) > 0)
        sum += WEXITSTATUS(status);
    VALUE("both", sum);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    close(p[0]);
}

static void death_signals(void)
{
    int p[2], value = -1;
    CALL("a wrong signal", prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0));
    pipe(p);
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            char c = 0;
            struct sigaction action = { .sa_handler = on_signal };
            sigaction(SIGUSR1, &action, 0);
            prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
            prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0);
            close(p[0]);
            sigset_t set, old;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigprocmask(SIG_BLOCK, &set, &old);
            write(p[1], &c, 1);
            sigsuspend(&old);
            c = caught == SIGUSR1 && value == SIGUSR1 ? 1 : 2;
            write(p[1], &c, 1);
            _exit(0);
        }
        char c;
        read(p[0], &c, 1);
        _exit(0);
    }
    waitpid(child, &status, 0);
    close(p[1]);
    char c = 9;
    read(p[0], &c, 1);
    VALUE("the parent's death", c);
    close(p[0]);
    child = fork();
    if (child == 0) {
        prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0);
        _exit(value);
    }
    waitpid(child, &status, 0);
    VALUE("not inherited", WEXITSTATUS(status));
}

static void ignored_children(void)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t child = fork();
    if (child == 0)
        _exit(1);
    CALL("wait with SIGCHLD ignored", wait(&status));
    HOLDS("the child is gone", kill(child, 0) == -1 && errno == ESRCH);
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NOCLDWAIT | SA_RESTART };
    sigaction(SIGCHLD, &action, 0);
    caught = 0;
    child = fork();
    if (child == 0)
        _exit(1);
    CALL("wait with SA_NOCLDWAIT", wait(&status));
    VALUE("the signal comes", caught);
    action.sa_flags = SA_NOCLDSTOP | SA_RESTART;
    sigaction(SIGCHLD, &action, 0);
    caught = 0;
    child = waiting_child();
    kill(child, SIGSTOP);
    HOLDS("WUNTRACED", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    VALUE("SA_NOCLDSTOP", caught);
    CALL("not again", waitpid(child, &status, WUNTRACED | WNOHANG));
    kill(child, SIGCONT);
    HOLDS("WCONTINUED", waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, 0);
    kill(child, SIGSTOP);
    siginfo_t info = { 0 };
    CALL("waitid WSTOPPED WNOWAIT", waitid(P_PID, child, &info, WSTOPPED | WNOWAIT));
    printf("code %d status %d\n", info.si_code, info.si_status);
    CALL("waitid WSTOPPED", waitid(P_PID, child, &info, WSTOPPED));
    VALUE("SIGCHLD of a stop", caught);
    kill(child, SIGCONT);
    CALL("waitid WCONTINUED", waitid(P_PID, child, &info, WCONTINUED));
    printf("code %d status %d\n", info.si_code, info.si_status);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    end(child);
    HOLDS("a stopped one can be killed", WIFSIGNALED(status));
    signal(SIGCHLD, SIG_DFL);
}

/* A stopped group that loses its last link to a shell is hung up. */
static void orphaned_groups(void)
{
    int p[2];
    pipe(p);
    pid_t shell = fork();
    if (shell == 0) {
        pid_t job = fork();
        if (job == 0) {
            setpgid(0, 0);
            struct sigaction action = { .sa_handler = on_signal };
            sigaction(SIGHUP, &action, 0);
            char c = 1;
            write(p[1], &c, 1);
            kill(getpid(), SIGTSTP);
            c = caught;
            write(p[1], &c, 1);
            _exit(0);
        }
        char c;
        read(p[0], &c, 1);
        waitpid(job, &status, WUNTRACED);
        _exit(WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    }
    close(p[1]);
    waitpid(shell, &status, 0);
    VALUE("the job was stopped", WEXITSTATUS(status));
    char c = 99;
    read(p[0], &c, 1);
    VALUE("and hung up", c);
    close(p[0]);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "wait"))
        for (;;)
            pause();
    setvbuf(stdout, 0, _IONBF, 0);
    setpgid(0, 0);
    groups();
    reapers();
    death_signals();
    ignored_children();
    orphaned_groups();
    return 0;
}
