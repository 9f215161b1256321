/* sigaction(2), sigreturn(2): handlers with each flag, what they are given, nesting, masks, registers at the handler's entry. */
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

static char order[256];
static int again, depth, deepest;
static siginfo_t last;
static ucontext_t context;

static void mark(const char *text) { strncat(order, text, sizeof order - strlen(order) - 1); }

static void plain(int signal)
{
    char text[16];
    snprintf(text, sizeof text, "%d ", signal);
    mark(text);
}

static void with_info(int signal, siginfo_t *info, void *uc)
{
    last = *info;
    context = *(ucontext_t *)uc;
    plain(signal);
}

static void nesting(int signal)
{
    if (++depth > deepest)
        deepest = depth;
    if (depth < 4)
        raise(signal);
    depth--;
}

static void interrupting(int signal)
{
    mark("<");
    plain(signal);
    if (signal == SIGUSR1 && !again) {
        again = 1;
        raise(SIGUSR2);
        raise(SIGUSR1);
    }
    mark("> ");
}

static void set(int signal, void *handler, int flags, const sigset_t *mask)
{
    struct sigaction action = { .sa_flags = flags };
    if (mask)
        action.sa_mask = *mask;
    action.sa_handler = handler;
    sigaction(signal, &action, NULL);
}

static unsigned long blocked(void)
{
    unsigned long bits = 0;
    syscall(SYS_rt_sigprocmask, 0, NULL, &bits, 8);
    return bits;
}

static unsigned long inside;
static void look(int signal) { (void)signal; inside = blocked(); }

/* What a handler finds in the registers, seen before any compiled code runs. */
uint64_t entry[8];
void entry_handler(void);
__asm__(
    ".globl entry_handler\n"
    "entry_handler:\n"
    "  mov %rdi, entry(%rip)\n"
    "  mov %rsi, entry+8(%rip)\n"
    "  mov %rdx, entry+16(%rip)\n"
    "  mov %rax, entry+24(%rip)\n"
    "  mov %rsp, entry+32(%rip)\n"
    "  pushfq\n"
    "  pop %rax\n"
    "  mov %rax, entry+40(%rip)\n"
    "  stmxcsr entry+48(%rip)\n"
    "  fnstcw entry+56(%rip)\n"
    "  ret\n");

int main(void)
{
    set(SIGUSR1, plain, 0, NULL);
    CALL("kill", kill(getpid(), SIGUSR1));
    TEXT("handled before kill returns", order);
    order[0] = 0;

    set(SIGUSR1, with_info, SA_SIGINFO, NULL);
    kill(getpid(), SIGUSR1);
    VALUE("si_signo", last.si_signo);
    VALUE("si_errno", last.si_errno);
    VALUE("si_code of kill", last.si_code);
    HOLDS("si_pid", last.si_pid == getpid() && last.si_uid == getuid());
    syscall(SYS_tkill, getpid(), SIGUSR1);
    VALUE("si_code of tkill", last.si_code);
    HOLDS("si_pid of tkill", last.si_pid == getpid() && last.si_uid == getuid());
    sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_ptr = (void *)0x123456789abcUL });
    VALUE("si_code of sigqueue", last.si_code);
    printf("si_value: %p\n", last.si_value.sival_ptr);
    HOLDS("the rest of siginfo is 0", ((long *)&last)[4] == 0 && ((long *)&last)[15] == 0);

    order[0] = 0;
    set(SIGUSR1, nesting, SA_NODEFER, NULL);
    raise(SIGUSR1);
    VALUE("depth with SA_NODEFER", deepest);
    deepest = 0;
    set(SIGUSR1, nesting, 0, NULL);
    depth = 3;
    raise(SIGUSR1);
    VALUE("depth at the end", depth);

    set(SIGUSR1, interrupting, 0, NULL);
    set(SIGUSR2, interrupting, 0, NULL);
    raise(SIGUSR1);
    TEXT("a handler interrupts another, not itself", order);
    order[0] = again = 0;
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    set(SIGUSR1, interrupting, 0, &mask);
    raise(SIGUSR1);
    TEXT("with the other in sa_mask", order);
    order[0] = 0;

    set(SIGUSR1, plain, SA_RESETHAND, NULL);
    raise(SIGUSR1);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    HOLDS("SA_RESETHAND", now.sa_handler == SIG_DFL);
    printf("flags stay: %x\n", now.sa_flags & ~0x04000000);

    sigfillset(&mask);
    set(SIGUSR1, look, 0, &mask);
    raise(SIGUSR1);
    printf("full mask inside: %lx\n", inside);
    set(SIGUSR1, look, 0, NULL);
    raise(SIGUSR1);
    printf("own signal inside: %lx\n", inside);
    set(SIGUSR1, look, SA_NODEFER, NULL);
    raise(SIGUSR1);
    printf("SA_NODEFER inside: %lx\n", inside);
    printf("after: %lx\n", blocked());

    /* Several at once: those of faults first, then by number; each handler's frame stands on the last one's. */
    sigemptyset(&mask);
    for (int i = 1; i < 65; i++)
        sigaddset(&mask, i);
    static const int many[] = { SIGHUP, SIGSEGV, SIGUSR1, 40, SIGTRAP, 64, 36, SIGCHLD, SIGTERM };
    for (unsigned i = 0; i < sizeof many / sizeof *many; i++)
        set(many[i], plain, 0, NULL);
    sigset_t old;
    unsigned long all = ~0UL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
    for (unsigned i = 0; i < sizeof many / sizeof *many; i++)
        kill(getpid(), many[i]);
    order[0] = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
    TEXT("order of frames, the last to be pushed runs first", order);
    order[0] = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
    kill(getpid(), SIGUSR1);
    syscall(SYS_tkill, getpid(), SIGTERM);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
    TEXT("the thread's own before the process's", order);

    struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } raw = { entry_handler, SA_SIGINFO | 0x04000000, NULL, 0 }, was;
    syscall(SYS_rt_sigaction, SIGUSR1, NULL, &was, 8);
    raw.restorer = was.restorer;
    syscall(SYS_rt_sigaction, SIGUSR1, &raw, NULL, 8);
    __asm__ volatile("std\n\tmov %0, %%edi\n\tmov %1, %%esi\n\tmov %2, %%eax\n\tsyscall\n\tcld"
        : : "i"(0), "r"(SIGUSR1), "i"(SYS_tkill) : "rax", "rcx", "r11", "rdi", "rsi", "memory");
    raise(SIGUSR1);
    VALUE("rdi", entry[0]);
    HOLDS("rsi is siginfo, rdx the context", entry[1] == entry[4] + 8 + 304 && entry[2] == entry[4] + 8);
    VALUE("rax", entry[3]);
    VALUE("rsp modulo 16", entry[4] % 16);
    printf("flags that are cleared: %lx\n", entry[5] & 0x10500UL);
    printf("mxcsr %x, control word %x\n", (unsigned)entry[6], (unsigned short)entry[7]);

    raw.flags = SA_SIGINFO;
    raw.restorer = NULL;
    CALL("without SA_RESTORER", syscall(SYS_rt_sigaction, SIGUSR1, &raw, NULL, 8));
    set(SIGSEGV, plain, SA_RESETHAND, NULL);
    order[0] = 0;
    kill(getpid(), SIGUSR1);
    TEXT("a handler without a way back is SIGSEGV", order);

    raw.flags = ~0UL;
    syscall(SYS_rt_sigaction, SIGUSR2, &raw, NULL, 8);
    syscall(SYS_rt_sigaction, SIGUSR2, NULL, &was, 8);
    printf("flags that are kept: %lx\n", was.flags);

    set(SIGUSR1, (void *)SIG_IGN, 0, NULL);
    CALL("ignored", raise(SIGUSR1));
    set(SIGURG, (void *)SIG_DFL, 0, NULL);
    CALL("ignored by default", raise(SIGURG));
    return 0;
}
