/* sigaltstack(2): handlers on a stack of their own, nested ones, SS_AUTODISARM, overflow of the stack. */
#include "case.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char *area;
static size_t size = 65536;
static int on_it, flags_inside, frame_flags, frame_holds, change_inside, nested_on_it;
static sigjmp_buf back;

static int is_on(void *pointer) { return (char *)pointer >= area && (char *)pointer < area + size; }

static void handler(int signal, siginfo_t *info, void *uc)
{
    (void)info;
    int local;
    stack_t now, wanted = { .ss_sp = area, .ss_size = size / 2 };
    /* Half of it, of which this handler is not on: whether the kernel looks at the old or the new RSP differs between versions. */
    on_it = is_on(&local);
    sigaltstack(NULL, &now);
    flags_inside = now.ss_flags;
    ucontext_t *context = uc;
    frame_flags = context->uc_stack.ss_flags;
    frame_holds = context->uc_stack.ss_sp == area && context->uc_stack.ss_size == size;
    change_inside = syscall(SYS_sigaltstack, &wanted, NULL) == 0 ? 0 : -errno;
    if (signal == SIGUSR1)
        raise(SIGUSR2);
}

static void nested(int signal)
{
    (void)signal;
    int local;
    nested_on_it = is_on(&local);
}

static void overflown(int signal, siginfo_t *info, void *uc)
{
    (void)uc;
    int local;
    on_it = is_on(&local);
    VALUE("signal", signal);
    VALUE("code", info->si_code);
    HOLDS("address is near the stack's end", (char *)info->si_addr != NULL);
    siglongjmp(back, 1);
}

static volatile int depth;
static int recurse(int n)
{
    volatile char big[4096];
    big[0] = n;
    depth = n;
    if (n > 1000000)
        return 0;
    return recurse(n + 1) + big[0];
}

static void set(int signal, void *function, int flags)
{
    struct sigaction action = { .sa_flags = flags | SA_SIGINFO };
    action.sa_sigaction = function;
    sigaction(signal, &action, NULL);
}

static void show(const char *name)
{
    stack_t now;
    sigaltstack(NULL, &now);
    printf("%s: start %s, size %zu, flags %x\n", name, now.ss_sp == area ? "ours" : now.ss_sp ? "other" : "none", now.ss_size, now.ss_flags);
}

int main(void)
{
    area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = { .ss_sp = area, .ss_size = size };
    set(SIGUSR1, handler, SA_ONSTACK);
    set(SIGUSR2, nested, SA_ONSTACK);

    show("at first");
    raise(SIGUSR1);
    VALUE("no alternate stack yet", on_it);
    VALUE("setting one in a handler", change_inside);
    show("then");

    CALL("set", sigaltstack(&stack, NULL));
    raise(SIGUSR1);
    VALUE("on the alternate stack", on_it);
    VALUE("a nested handler is on it", nested_on_it);
    VALUE("flags inside", flags_inside);
    VALUE("flags in the frame", frame_flags);
    VALUE("the frame holds it", frame_holds);
    VALUE("to change it on it", change_inside);
    show("after");

    set(SIGUSR1, handler, 0);
    raise(SIGUSR1);
    VALUE("without SA_ONSTACK", on_it);
    VALUE("a nested one with it", nested_on_it);

    set(SIGUSR1, handler, SA_ONSTACK);
    stack.ss_flags = SS_AUTODISARM;
    CALL("SS_AUTODISARM", syscall(SYS_sigaltstack, &stack, NULL));
    show("autodisarm");
    change_inside = 99;
    raise(SIGUSR1);
    VALUE("on it", on_it);
    printf("flags inside: %x, in the frame: %x\n", (unsigned)flags_inside, (unsigned)frame_flags);
    VALUE("the frame holds it", frame_holds);
    VALUE("to change it inside", change_inside);
    show("armed again");

    stack.ss_flags = SS_ONSTACK;
    CALL("SS_ONSTACK is let pass", syscall(SYS_sigaltstack, &stack, NULL));
    show("flags");
    stack.ss_flags = 0;
    stack.ss_size = 2047;
    CALL("2047 bytes", syscall(SYS_sigaltstack, &stack, NULL));
    stack.ss_size = 2048;
    CALL("2048 bytes", syscall(SYS_sigaltstack, &stack, NULL));
    stack.ss_size = size;
    CALL("set again", syscall(SYS_sigaltstack, &stack, NULL));

    struct rlimit limit = { 512 << 10, RLIM_INFINITY };
    setrlimit(RLIMIT_STACK, &limit);
    set(SIGSEGV, overflown, SA_ONSTACK);
    for (int i = 0; i < 2; i++) {
        if (sigsetjmp(back, 1) == 0)
            recurse(0);
        VALUE("handled on the alternate stack", on_it);
        HOLDS("it was deep", depth > 50);
    }

    stack.ss_flags = SS_DISABLE;
    CALL("disable", sigaltstack(&stack, NULL));
    show("at the end");
    return 0;
}
