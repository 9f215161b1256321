/* ptrace(2): PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_LISTEN, PTRACE_DETACH, and tracers that end. */
#include "trace.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int sleeper(void)
{
    int ready[2];
    pipe(ready);
    int pid = fork();
    if (pid == 0)
    {
        write(ready[1], "x", 1);
        for (;;)
            pause();
    }

    /* It sleeps nowhere else. */
    char c, line[256], path[64];
    read(ready[0], &c, 1);
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    do
    {
        FILE *file = fopen(path, "r");
        fgets(line, sizeof line, file);
        fclose(file);
    }
    while (strstr(line, ") S") == NULL);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void status_line(const char *name, int pid, const char *key)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (fgets(line, sizeof line, file))
    {
        if (strncmp(line, key, strlen(key)) == 0 && key[0] == 'S')
            TEXT(name, line + strlen(key) + 1);
        else if (strncmp(line, key, strlen(key)) == 0)
            HOLDS(name, atoi(line + strlen(key) + 1) == getpid());
    }

    fclose(file);
}

static void end(int pid)
{
    kill(pid, SIGKILL);
    VALUE("killed", stop(pid));
}

int main(void)
{
    int pid = sleeper();
    CALL("ATTACH", request(PTRACE_ATTACH, pid, 0, 0));
    VALUE("stop", stop(pid));
    status_line("state", pid, "State:");
    status_line("tracer", pid, "TracerPid:");
    CALL("ATTACH again", request(PTRACE_ATTACH, pid, 0, 0));
    CALL("SEIZE too", request(PTRACE_SEIZE, pid, 0, 0));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    CALL("CONT while it runs", request(PTRACE_CONT, pid, 0, 0));
    kill(pid, SIGUSR1);
    VALUE("signal", stop(pid));
    siginfo_t info;
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    HOLDS("sender", info.si_pid == getpid());
    VALUE("code", info.si_code);
    VALUE("nothing more", waitpid(pid, NULL, WNOHANG | __WALL));
    CALL("DETACH", request(PTRACE_DETACH, pid, 0, 0));
    CALL("DETACH again", request(PTRACE_DETACH, pid, 0, 0));
    VALUE("lives", kill(pid, 0));
    end(pid);

    /* waitid tells of stops too; SIGCHLD comes with CLD_TRAPPED. */
    pid = sleeper();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    while (sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) > 0);
    CALL("ATTACH", request(PTRACE_ATTACH, pid, 0, 0));
    VALUE("SIGCHLD", sigwaitinfo(&set, &info));
    VALUE("code", info.si_code);
    VALUE("status", info.si_status);
    HOLDS("pid", info.si_pid == pid);
    memset(&info, 0, sizeof info);
    CALL("waitid", waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT | __WALL));
    VALUE("code", info.si_code);
    VALUE("status", info.si_status);
    VALUE("stop", stop(pid));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CALL("DETACH with a signal", request(PTRACE_DETACH, pid, 0, (void *)SIGTERM));
    VALUE("status", stop(pid));

    /* Seized: no stop by itself; PTRACE_INTERRUPT, group-stops, PTRACE_LISTEN. */
    pid = sleeper();
    CALL("SEIZE", request(PTRACE_SEIZE, pid, 0, 0));
    VALUE("no stop", waitpid(pid, NULL, WNOHANG | __WALL));
    CALL("LISTEN while it runs", request(PTRACE_LISTEN, pid, 0, 0));
    CALL("INTERRUPT", request(PTRACE_INTERRUPT, pid, 0, 0));
    VALUE("stop", stop(pid));
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    VALUE("signo", info.si_signo);
    VALUE("code", info.si_code);
    struct user_regs_struct regs;
    CALL("GETREGS", request(PTRACE_GETREGS, pid, 0, &regs));
    VALUE("orig_rax", (long)regs.orig_rax);
    VALUE("rax", (long)regs.rax);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    kill(pid, SIGSTOP);
    VALUE("SIGSTOP", stop(pid));
    CALL("let through", request(PTRACE_CONT, pid, 0, (void *)SIGSTOP));
    VALUE("group-stop", stop(pid));
    CALL("LISTEN", request(PTRACE_LISTEN, pid, 0, 0));
    CALL("CONT while it listens", request(PTRACE_CONT, pid, 0, 0));
    VALUE("stays", waitpid(pid, NULL, WNOHANG | __WALL));
    kill(pid, SIGCONT);
    VALUE("end of the group-stop", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("SIGCONT", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    end(pid);

    /* A stopped process is seized. */
    pid = sleeper();
    kill(pid, SIGSTOP);
    int status;
    waitpid(pid, &status, WUNTRACED);
    VALUE("stopped", status);
    CALL("SEIZE", request(PTRACE_SEIZE, pid, 0, 0));
    VALUE("stop", stop(pid));
    CALL("DETACH", request(PTRACE_DETACH, pid, 0, 0));
    usleep(20000);
    status_line("state", pid, "State:");
    kill(pid, SIGCONT);
    end(pid);

    /* A tracer that ends lets go, or kills. */
    for (int kills = 0; kills < 2; kills++)
    {
        pid = sleeper();
        int tracer = fork();
        if (tracer == 0)
        {
            int failed = request(PTRACE_SEIZE, pid, 0, (void *)(long)(kills ? PTRACE_O_EXITKILL : 0)) != 0;
            _exit(failed);
        }

        VALUE("tracer", stop(tracer));
        if (!kills)
        {
            status_line("tracer gone", pid, "State:");
            kill(pid, SIGTERM);
        }

        VALUE("status", stop(pid));
    }

    /* Another's child: its end is told to the tracer, then to the parent. */
    pid = sleeper();
    int tracer = fork();
    if (tracer == 0)
    {
        request(PTRACE_SEIZE, pid, 0, 0);
        kill(pid, SIGTERM);
        int first = stop(pid);
        request(PTRACE_CONT, pid, 0, (void *)SIGTERM);
        int last = stop(pid);
        _exit(WIFSTOPPED(first) && WSTOPSIG(first) == SIGTERM && WIFSIGNALED(last) && WTERMSIG(last) == SIGTERM ? 0 : 1);
    }

    VALUE("status", stop(pid));
    VALUE("tracer", stop(tracer));
    return 0;
}
