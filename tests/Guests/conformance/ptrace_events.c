/* ptrace(2): PTRACE_O_TRACEFORK and its like, exec, exit; single steps and breakpoints. */
#include "trace.h"
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;

static void forks(void)
{
    int pid = fork();
    if (pid == 0)
        _exit(3);
    int status;
    waitpid(pid, &status, 0);
    if (WEXITSTATUS(status) != 3)
        _exit(1);
}

static void vforks(void)
{
    int pid = vfork();
    if (pid == 0)
        _exit(4);
    waitpid(pid, NULL, 0);
}

static void clones(void)
{
    int pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (pid == 0)
        _exit(5);
    waitpid(pid, NULL, __WALL);
}

static void execs(void)
{
    execl(self, self, "again", (char *)NULL);
    _exit(1);
}

static void dies(void) { raise(SIGTERM); }

static void follows(const char *name, void (*body)(void), long options)
{
    TEXT("case", name);
    int pid = traced(body);
    VALUE("first stop", stop(pid));
    CALL("SETOPTIONS", request(PTRACE_SETOPTIONS, pid, 0, (void *)options));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("event", stop(pid));
    unsigned long child = 0;
    CALL("GETEVENTMSG", request(PTRACE_GETEVENTMSG, pid, 0, &child));
    struct user_regs_struct regs;
    CALL("GETREGS", request(PTRACE_GETREGS, pid, 0, &regs));
    VALUE("rax", (long)regs.rax);
    siginfo_t info;
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    VALUE("code", info.si_code);
    VALUE("child's first stop", stop(child));
    CALL("child's CONT", request(PTRACE_CONT, child, 0, 0));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("child's end", stop(child));
    int status;
    while (WIFSTOPPED(status = stop(pid)))
    {
        VALUE("stop", status);
        unsigned long message = 0;
        request(PTRACE_GETEVENTMSG, pid, 0, &message);
        if (status >> 16)
            HOLDS("message is the child", message == child);
        request(PTRACE_CONT, pid, 0, 0);
    }

    VALUE("end", status);
}

static void steps(void)
{
    __asm__ volatile("int3\n\tnop\n\tmov $39, %%eax\n\tsyscall\n\tnop\n\tint3" : : : "rax", "rcx", "r11", "memory");
}

__attribute__((noinline)) static void target(void) { __asm__ volatile("nop\n\tnop"); }

static void breaks(void)
{
    target();
    target();
}

int main(int count, char **arguments)
{
    if (count > 1)
        return 6;
    self = arguments[0];
    follows("fork", forks, PTRACE_O_TRACEFORK);
    follows("vfork", vforks, PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE);
    follows("clone", clones, PTRACE_O_TRACECLONE);

    int pid = traced(execs);
    VALUE("first stop", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("SIGTRAP of exec", stop(pid));
    siginfo_t info;
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    VALUE("code", info.si_code);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("end", stop(pid));

    pid = traced(execs);
    VALUE("first stop", stop(pid));
    CALL("SETOPTIONS", request(PTRACE_SETOPTIONS, pid, 0, (void *)(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD)));
    CALL("SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("execve begins", stop(pid));
    CALL("SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("exec", stop(pid));
    unsigned long message = 0;
    CALL("GETEVENTMSG", request(PTRACE_GETEVENTMSG, pid, 0, &message));
    HOLDS("former tid", (int)message == pid);
    CALL("SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("execve ends", stop(pid));
    struct user_regs_struct regs;
    CALL("GETREGS", request(PTRACE_GETREGS, pid, 0, &regs));
    VALUE("rax", (long)regs.rax);
    VALUE("orig_rax", (long)regs.orig_rax);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("exit", stop(pid));
    CALL("GETEVENTMSG", request(PTRACE_GETEVENTMSG, pid, 0, &message));
    VALUE("status", message);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("end", stop(pid));

    pid = traced(dies);
    VALUE("first stop", stop(pid));
    CALL("SETOPTIONS", request(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACEEXIT));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("SIGTERM", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, (void *)SIGTERM));
    VALUE("exit", stop(pid));
    CALL("GETEVENTMSG", request(PTRACE_GETEVENTMSG, pid, 0, &message));
    VALUE("status", message);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("end", stop(pid));

    /* Steps from one int3 to the next. */
    pid = traced(steps);
    VALUE("first stop", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("int3", stop(pid));
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    VALUE("code", info.si_code);
    request(PTRACE_GETREGS, pid, 0, &regs);
    unsigned long long begin = regs.rip;
    for (int i = 0; i < 5; i++)
    {
        CALL("SINGLESTEP", request(PTRACE_SINGLESTEP, pid, 0, 0));
        VALUE("stop", stop(pid));
        CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
        VALUE("code", info.si_code);
        request(PTRACE_GETREGS, pid, 0, &regs);
        VALUE("offset", regs.rip - begin);
        VALUE("orig_rax", (long)regs.orig_rax);
        HOLDS("trap flag is hidden", (regs.eflags & 0x100) == 0);
    }

    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("end", stop(pid));

    /* A breakpoint as debuggers set it. */
    pid = traced(breaks);
    VALUE("first stop", stop(pid));
    long code;
    request(PTRACE_PEEKTEXT, pid, (void *)target, &code);
    CALL("POKETEXT", request(PTRACE_POKETEXT, pid, (void *)target, (void *)((code & ~0xFFL) | 0xCC)));
    for (int i = 0; i < 2; i++)
    {
        CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
        VALUE("breakpoint", stop(pid));
        request(PTRACE_GETREGS, pid, 0, &regs);
        HOLDS("place", regs.rip == (unsigned long)target + 1);
        regs.rip--;
        CALL("SETREGS", request(PTRACE_SETREGS, pid, 0, &regs));
        request(PTRACE_POKETEXT, pid, (void *)target, (void *)code);
        CALL("SINGLESTEP", request(PTRACE_SINGLESTEP, pid, 0, 0));
        VALUE("step", stop(pid));
        request(PTRACE_POKETEXT, pid, (void *)target, (void *)((code & ~0xFFL) | 0xCC));
    }

    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("end", stop(pid));
    target();
    return 0;
}
