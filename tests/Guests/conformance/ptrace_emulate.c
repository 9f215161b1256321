/* ptrace(2) PTRACE_SYSEMU, PTRACE_SYSEMU_SINGLESTEP, PTRACE_ARCH_PRCTL: calls that the tracer answers itself. */
#include "case.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define ARCH_PRCTL 30
#define SYSEMU 31
#define SYSEMU_SINGLESTEP 32
#define SET_FS 0x1002
#define GET_FS 0x1003
#define GET_GS 0x1004
#define SET_GS 0x1001

static long *shared;

static long call(long number, long argument)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(argument) : "rcx", "r11", "memory");
    return result;
}

static long request(int what, pid_t pid, unsigned long address, unsigned long data)
{
    long r = syscall(SYS_ptrace, what, pid, address, data);
    return r < 0 ? -errno : r;
}

static int wait_for(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

static struct user_regs_struct registers(pid_t pid)
{
    struct user_regs_struct r = { 0 };
    request(PTRACE_GETREGS, pid, 0, (unsigned long)&r);
    return r;
}

static void answer(pid_t pid, long result)
{
    struct user_regs_struct r = registers(pid);
    r.rax = result;
    request(PTRACE_SETREGS, pid, 0, (unsigned long)&r);
}

static pid_t start(void (*body)(void))
{
    fflush(stdout);
    pid_t pid = case_fork();
    if (pid == 0)
    {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        kill(getpid(), SIGSTOP);
        body();
        _exit(0);
    }

    wait_for(pid);
    return pid;
}

static void calls(void)
{
    for (int i = 0; i < 6; i++)
        shared[i] = call(SYS_getppid, 0);
    shared[6] = call(5555, 0);
}

static void emulated(void)
{
    pid_t pid = start(calls);
    request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
    VALUE("first", request(SYSEMU, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    struct user_regs_struct r = registers(pid);
    VALUE("at the call", r.orig_rax);
    VALUE("rax", r.rax);
    answer(pid, 1000);
    VALUE("second", request(SYSEMU, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    VALUE("the first was answered", shared[0]);
    VALUE("another number for the second", request(PTRACE_POKEUSER, pid, 8 * 15, SYS_getpid));
    VALUE("go on with PTRACE_SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    r = registers(pid);
    VALUE("at its end", r.rax);
    answer(pid, 1001);
    VALUE("to the third", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    VALUE("the second was answered", shared[1]);
    VALUE("it is made", request(SYSEMU, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    HOLDS("the third was made", shared[2] == getpid());
    answer(pid, 1003);
    VALUE("step", request(PTRACE_SINGLESTEP, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    r = registers(pid);
    VALUE("answered", r.rax);
    VALUE("step with emulation", request(SYSEMU_SINGLESTEP, pid, 0, 0));
    VALUE("stops", wait_for(pid));
    unsigned long before = r.rip;
    r = registers(pid);
    HOLDS("one instruction", r.rip != before);
    int steps = 0, status;
    do
    {
        request(SYSEMU_SINGLESTEP, pid, 0, 0);
        status = wait_for(pid);
        steps++;
    }
    while (status == (SIGTRAP << 8 | 0x7f) && steps < 1000);
    VALUE("until the call", status);
    HOLDS("some steps", steps > 1 && steps < 1000);
    answer(pid, 1004);
    VALUE("with a signal that is not", request(SYSEMU, pid, 0, 99));
    VALUE("continue", request(PTRACE_CONT, pid, 0, 0));
    VALUE("ends", wait_for(pid));
    VALUE("the fourth", shared[3]);
    VALUE("the fifth", shared[4]);
    HOLDS("the sixth was made", shared[5] == getpid());
    VALUE("an unknown call", shared[6]);
}

static void detached(void)
{
    memset(shared, 0, 4096);
    pid_t pid = start(calls);
    request(SYSEMU, pid, 0, 0);
    VALUE("without the option", wait_for(pid));
    answer(pid, 7);
    VALUE("detach", request(PTRACE_DETACH, pid, 0, 0));
    VALUE("ends", wait_for(pid));
    VALUE("was answered", shared[0]);
    HOLDS("the others are made", shared[1] == getpid());
}

static void bases(void)
{
    pid_t pid = start(calls);
    struct user_regs_struct r = registers(pid);
    unsigned long base = 0;
    VALUE("FS", request(ARCH_PRCTL, pid, (unsigned long)&base, GET_FS));
    HOLDS("is the registers'", base == r.fs_base && base != 0);
    VALUE("GS set", request(ARCH_PRCTL, pid, 0x123456, SET_GS));
    VALUE("GS", request(ARCH_PRCTL, pid, (unsigned long)&base, GET_GS));
    VALUE("is", base);
    VALUE("in the registers", registers(pid).gs_base);
    VALUE("too high", request(ARCH_PRCTL, pid, 0xffff800000000000, SET_FS));
    VALUE("to nowhere", request(ARCH_PRCTL, pid, 8, GET_FS));
    VALUE("unknown", request(ARCH_PRCTL, pid, 0, 99));
    VALUE("end", request(PTRACE_KILL, pid, 0, 0));
    VALUE("killed", wait_for(pid));
    VALUE("nobody's", request(SYSEMU, pid, 0, 0));
    VALUE("one's own", request(SYSEMU, getpid(), 0, 0));
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    emulated();
    detached();
    bases();
    return 0;
}
