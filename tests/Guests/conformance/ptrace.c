/* ptrace(2): PTRACE_TRACEME, stops at calls and signals, registers, memory, requests that fail. */
#include "trace.h"
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile long word = 0x1122334455667788;
static const char text[] = "read-only";
static volatile int handled;

static void handler(int signal) { handled = signal; }

static void calls(void)
{
    syscall(SYS_getpriority, 0, 0);
    syscall(SYS_close, 12345);
    syscall(SYS_getppid);
}

static void signals(void)
{
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    if (handled != SIGUSR1)
        _exit(1);
    handled = 0;
    raise(SIGUSR1);
    if (handled != 0)
        _exit(2);
    raise(SIGCHLD);
    raise(SIGUSR2);
    if (handled != SIGUSR1)
        _exit(3);
}

static void nothing(void) { if (word != 0x1122334455667788) _exit(text[0] == 'R' ? 20 : 21); }

static void errors(void)
{
    int pid = fork();
    if (pid == 0)
    {
        pause();
        _exit(0);
    }

    CALL("no such process", request(PTRACE_ATTACH, 0x3FFFFF, 0, 0));
    CALL("request to no process", request(PTRACE_CONT, 0x3FFFFF, 0, 0));
    CALL("attach to itself", request(PTRACE_ATTACH, getpid(), 0, 0));
    CALL("request to one that is not traced", request(PTRACE_CONT, pid, 0, 0));
    CALL("kill one that is not traced", request(PTRACE_KILL, pid, 0, 0));
    CALL("seize with an address", request(PTRACE_SEIZE, pid, (void *)1, 0));
    CALL("seize with unknown options", request(PTRACE_SEIZE, pid, 0, (void *)0x40000000));
    kill(pid, SIGKILL);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
    CALL("attach to a zombie", request(PTRACE_ATTACH, pid, 0, 0));
    stop(pid);
}

int main(void)
{
    errors();

    /* Calls, with the mark of PTRACE_O_TRACESYSGOOD. */
    int pid = traced(calls);
    VALUE("first stop", stop(pid));
    siginfo_t info;
    memset(&info, 0, sizeof info);
    CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
    VALUE("signo", info.si_signo);
    VALUE("code", info.si_code);
    HOLDS("pid", info.si_pid == pid);
    CALL("unknown request", request(9999, pid, 0, 0));
    CALL("unknown option", request(PTRACE_SETOPTIONS, pid, 0, (void *)0x8000));
    CALL("CONT with a bad signal", request(PTRACE_CONT, pid, 0, (void *)65));
    CALL("INTERRUPT of one that is not seized", request(PTRACE_INTERRUPT, pid, 0, 0));
    CALL("LISTEN of one that is not seized", request(PTRACE_LISTEN, pid, 0, 0));
    CALL("attach to a tracee", request(PTRACE_ATTACH, pid, 0, 0));
    CALL("SETOPTIONS", request(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACESYSGOOD));
    for (int i = 0; i < 6; i++)
    {
        CALL("SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
        int status = stop(pid);
        VALUE("stop", status);
        struct user_regs_struct regs;
        CALL("GETREGS", request(PTRACE_GETREGS, pid, 0, &regs));
        VALUE("orig_rax", (long)regs.orig_rax);
        if (i % 2 == 0 || regs.orig_rax == SYS_getpriority)
            VALUE("rax", (long)regs.rax);
        VALUE("cs", regs.cs);
        VALUE("ss", regs.ss);
        unsigned long long call[11];
        memset(call, 0, sizeof call);
        CALL("GET_SYSCALL_INFO", request(0x420e, pid, (void *)sizeof call, call));
        VALUE("op", call[0] & 0xff);
        HOLDS("ip", call[1] == regs.rip);
        HOLDS("sp", call[2] == regs.rsp);
        if ((call[0] & 0xff) == 1)
            VALUE("nr", call[3]);
        unsigned long message = 0;
        CALL("GETEVENTMSG", request(PTRACE_GETEVENTMSG, pid, 0, &message));
        VALUE("message", message);
        CALL("GETSIGINFO", request(PTRACE_GETSIGINFO, pid, 0, &info));
        VALUE("code", info.si_code);
        if (regs.orig_rax == SYS_close && (call[0] & 0xff) == 1)
        {
            /* Another call instead, and another answer. */
            regs.orig_rax = SYS_getpid;
            CALL("SETREGS", request(PTRACE_SETREGS, pid, 0, &regs));
        }
        else if (regs.orig_rax == SYS_getpid)
        {
            HOLDS("its pid", (int)regs.rax == pid);
        }
    }

    CALL("SYSCALL", request(PTRACE_SYSCALL, pid, 0, 0));
    VALUE("stop", stop(pid));
    struct user_regs_struct regs;
    CALL("GETREGS", request(PTRACE_GETREGS, pid, 0, &regs));
    VALUE("orig_rax", (long)regs.orig_rax);
    CALL("POKEUSER", request(PTRACE_POKEUSER, pid, (void *)offsetof(struct user_regs_struct, rdi), (void *)9));
    CALL("DETACH", request(PTRACE_DETACH, pid, 0, 0));
    VALUE("status", stop(pid));

    /* Signals: let through, taken away, replaced; ignored ones stop too. */
    pid = traced(signals);
    VALUE("first stop", stop(pid));
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("SIGUSR1", stop(pid));
    CALL("let through", request(PTRACE_CONT, pid, 0, (void *)SIGUSR1));
    VALUE("SIGUSR1", stop(pid));
    CALL("taken away", request(PTRACE_CONT, pid, 0, 0));
    VALUE("SIGCHLD", stop(pid));
    CALL("let through", request(PTRACE_CONT, pid, 0, (void *)SIGCHLD));
    VALUE("SIGUSR2", stop(pid));
    CALL("replaced", request(PTRACE_CONT, pid, 0, (void *)SIGUSR1));
    VALUE("status", stop(pid));

    /* Memory, the other registers, masks. */
    pid = traced(nothing);
    VALUE("first stop", stop(pid));
    long value = 0;
    CALL("PEEKDATA", request(PTRACE_PEEKDATA, pid, (void *)&word, &value));
    HOLDS("value", value == 0x1122334455667788);
    CALL("PEEKDATA of nothing", request(PTRACE_PEEKDATA, pid, (void *)8, &value));
    CALL("POKEDATA to nothing", request(PTRACE_POKEDATA, pid, (void *)8, (void *)1));
    CALL("POKEDATA", request(PTRACE_POKEDATA, pid, (void *)&word, (void *)5));
    CALL("PEEKTEXT", request(PTRACE_PEEKTEXT, pid, (void *)text, &value));
    value = (value & ~0xFFL) | 'R';
    CALL("POKETEXT", request(PTRACE_POKETEXT, pid, (void *)text, (void *)value));
    HOLDS("own text is as it was", ((volatile const char *)text)[0] == 'r');
    HOLDS("own word is as it was", word == 0x1122334455667788);
    CALL("PEEKUSER", request(PTRACE_PEEKUSER, pid, (void *)offsetof(struct user_regs_struct, cs), &value));
    VALUE("cs", value);
    CALL("PEEKUSER in the middle", request(PTRACE_PEEKUSER, pid, (void *)4, &value));
    CALL("PEEKUSER of the last word", request(PTRACE_PEEKUSER, pid, (void *)920, &value));
    CALL("PEEKUSER behind the end", request(PTRACE_PEEKUSER, pid, (void *)928, &value));
    CALL("PEEKUSER of a debug register", request(PTRACE_PEEKUSER, pid, (void *)848, &value));
    VALUE("dr0", value);
    CALL("POKEUSER of cs", request(PTRACE_POKEUSER, pid, (void *)offsetof(struct user_regs_struct, cs), (void *)0));
    struct user_fpregs_struct fp;
    CALL("GETFPREGS", request(PTRACE_GETFPREGS, pid, 0, &fp));
    VALUE("control word", fp.cwd);
    VALUE("mxcsr", fp.mxcsr);
    fp.xmm_space[5] = 42;
    CALL("SETFPREGS", request(PTRACE_SETFPREGS, pid, 0, &fp));
    memset(&fp, 0, sizeof fp);
    struct iovec vector = { &fp, sizeof fp };
    CALL("GETREGSET of NT_PRFPREG", request(PTRACE_GETREGSET, pid, (void *)2, &vector));
    VALUE("length", vector.iov_len);
    VALUE("xmm1", fp.xmm_space[5]);
    vector = (struct iovec){ &regs, sizeof regs };
    CALL("GETREGSET of NT_PRSTATUS", request(PTRACE_GETREGSET, pid, (void *)1, &vector));
    VALUE("length", vector.iov_len);
    vector.iov_len = 16;
    CALL("GETREGSET of two words", request(PTRACE_GETREGSET, pid, (void *)1, &vector));
    VALUE("length", vector.iov_len);
    vector.iov_len = 12;
    CALL("GETREGSET of no whole words", request(PTRACE_GETREGSET, pid, (void *)1, &vector));
    CALL("GETREGSET of nothing known", request(PTRACE_GETREGSET, pid, (void *)77, &vector));
    CALL("GETSIGMASK of a bad size", request(0x420a, pid, (void *)4, &value));
    CALL("GETSIGMASK", request(0x420a, pid, (void *)8, &value));
    VALUE("mask", value);
    value = 1 << (SIGUSR2 - 1);
    CALL("SETSIGMASK", request(0x420b, pid, (void *)8, &value));
    value = 0;
    CALL("GETSIGMASK", request(0x420a, pid, (void *)8, &value));
    VALUE("mask", value);
    CALL("CONT", request(PTRACE_CONT, pid, 0, 0));
    VALUE("status", stop(pid));

    /* A tracee that is killed, by two ways. */
    pid = traced(nothing);
    VALUE("first stop", stop(pid));
    CALL("KILL", request(PTRACE_KILL, pid, 0, 0));
    VALUE("status", stop(pid));
    pid = traced(nothing);
    VALUE("first stop", stop(pid));
    kill(pid, SIGKILL);
    VALUE("status", stop(pid));
    return 0;
}
