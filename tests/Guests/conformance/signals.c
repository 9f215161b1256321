/* rt_sigaction(2), rt_sigprocmask(2), rt_sigpending(2), sigaltstack(2), kill(2), tgkill(2) without a handler being run; its end: exit code 143. */
#include "case.h"
#include <signal.h>
#include <stdlib.h>

struct action { unsigned long handler, flags, restorer, mask; };

int main(void)
{
    struct action act = { 0x1234, 0x14000000 | 0x400 | 0x80000, 0x5678, ~0UL }, old;
    CALL("rt_sigaction", syscall(SYS_rt_sigaction, SIGUSR1, &act, &old, 8));
    VALUE("default before", old.handler);
    CALL("asked", syscall(SYS_rt_sigaction, SIGUSR1, 0, &old, 8));
    VALUE("handler", old.handler);
    printf("flags: %lx\n", old.flags);
    VALUE("restorer", old.restorer);
    printf("mask: %lx\n", old.mask);
    CALL("size 4", syscall(SYS_rt_sigaction, SIGUSR1, 0, &old, 4));
    CALL("signal 0", syscall(SYS_rt_sigaction, 0, 0, &old, 8));
    CALL("signal 65", syscall(SYS_rt_sigaction, 65, 0, &old, 8));
    CALL("signal 64", syscall(SYS_rt_sigaction, 64, 0, &old, 8));
    CALL("SIGKILL asked", syscall(SYS_rt_sigaction, SIGKILL, 0, &old, 8));
    CALL("SIGKILL set", syscall(SYS_rt_sigaction, SIGKILL, &act, 0, 8));
    CALL("SIGSTOP set", syscall(SYS_rt_sigaction, SIGSTOP, &act, 0, 8));
    CALL("bad pointer", syscall(SYS_rt_sigaction, SIGUSR1, 1, 0, 8));
    CALL("bad old pointer", syscall(SYS_rt_sigaction, SIGUSR1, 0, 1, 8));
    signal(SIGUSR1, SIG_DFL);

    unsigned long set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGKILL - 1) | 1UL << (SIGTERM - 1), before = 1;
    CALL("block", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &before, 8));
    VALUE("nothing was", before);
    CALL("ask", syscall(SYS_rt_sigprocmask, 0, 0, &before, 8));
    printf("blocked: %lx\n", before);
    CALL("how 7", syscall(SYS_rt_sigprocmask, 7, &set, &before, 8));
    CALL("how 7 without a set", syscall(SYS_rt_sigprocmask, 7, 0, &before, 8));
    CALL("size 4", syscall(SYS_rt_sigprocmask, 0, &set, 0, 4));
    CALL("bad pointer", syscall(SYS_rt_sigprocmask, 0, 1, 0, 8));
    CALL("kill while blocked", kill(getpid(), SIGUSR1));
    CALL("again", kill(getpid(), SIGUSR1));
    CALL("pending", syscall(SYS_rt_sigpending, &before, 8));
    printf("pending: %lx\n", before);
    CALL("pending of size 9", syscall(SYS_rt_sigpending, &before, 9));
    signal(SIGUSR1, SIG_IGN);
    CALL("pending after ignoring", syscall(SYS_rt_sigpending, &before, 8));
    printf("pending: %lx\n", before);
    CALL("unblock", syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, 0, 8));
    CALL("ignored", kill(getpid(), SIGUSR1));
    CALL("ignored by default", kill(getpid(), SIGCHLD));

    CALL("signal 0", kill(getpid(), 0));
    CALL("signal 0 to nobody", kill(999999, 0));
    CALL("signal 65", kill(getpid(), 65));
    CALL("signal -1", kill(getpid(), -1));
    CALL("signal 65 to nobody", kill(999999, 65));
    CALL("own group", kill(0, 0));
    CALL("missing group", kill(-999999, 0));
    CALL("tgkill", syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0));
    CALL("tgkill of tid 0", syscall(SYS_tgkill, getpid(), 0, 0));
    CALL("tgkill of another group", syscall(SYS_tgkill, 999999, syscall(SYS_gettid), 0));
    CALL("tkill", syscall(SYS_tkill, syscall(SYS_gettid), 0));
    CALL("tkill of -1", syscall(SYS_tkill, -1, 0));
    CALL("tkill of nobody", syscall(SYS_tkill, 999999, 0));

    stack_t ss, oldss;
    CALL("sigaltstack asked", sigaltstack(NULL, &oldss));
    VALUE("disabled", oldss.ss_flags);
    ss = (stack_t){ .ss_sp = malloc(16384), .ss_size = 16384 };
    CALL("set", sigaltstack(&ss, NULL));
    CALL("asked", sigaltstack(NULL, &oldss));
    HOLDS("kept", oldss.ss_sp == ss.ss_sp && oldss.ss_size == ss.ss_size && oldss.ss_flags == 0);
    ss.ss_size = 100;
    CALL("too small", syscall(SYS_sigaltstack, &ss, 0));
    ss.ss_size = 16384;
    ss.ss_flags = 77;
    CALL("unknown flag", syscall(SYS_sigaltstack, &ss, 0));
    ss.ss_flags = SS_DISABLE;
    CALL("disable", syscall(SYS_sigaltstack, &ss, 0));
    CALL("bad pointer", syscall(SYS_sigaltstack, 1, 0));
    printf("last\n");
    fflush(stdout);
    kill(getpid(), SIGTERM);
    printf("not reached\n");
    return 0;
}
