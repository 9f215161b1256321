/* sigreturn(2): frames that a program made up. Each child is ended by SIGSEGV, or goes on as the frame says; the kernel is unharmed. */
#include "case.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>

static int which;

static void handler(int signal, siginfo_t *info, void *uc)
{
    (void)signal;
    (void)info;
    ucontext_t *context = uc;
    greg_t *regs = context->uc_mcontext.gregs;
    uint8_t *state = (uint8_t *)context->uc_mcontext.fpregs;
    uint32_t size = *(uint32_t *)(state + 480);
    switch (which) {
    case 0: break;
    case 1: regs[REG_RIP] = 0x800000000000; break;
    case 2: regs[REG_RIP] = (greg_t)0xffffffff81000000; break;
    case 3: regs[REG_RIP] = 0; break;
    case 4: regs[REG_RSP] = 0x7fffffffff00; break;
    case 5: regs[REG_RSP] = (greg_t)0xffffffff81000000; break;
    case 6: regs[REG_EFL] |= 0x3000 | 0x4000 | 0x200 | 0x20000 | 0x80000 | 0x100000; break;      /* IOPL, NT, IF, VM, VIF, VIP */
    case 7: regs[REG_EFL] = 0; break;
    case 8: ((uint16_t *)&regs[REG_CSGSFS])[0] = 0; break;
    case 9: ((uint16_t *)&regs[REG_CSGSFS])[0] = 0x10; break;                                    /* the kernel's code segment */
    case 10: ((uint16_t *)&regs[REG_CSGSFS])[3] = 0x18; break;
    case 11: *(uint32_t *)(state + 24) = 0xffffffff; break;                                      /* reserved bits of MXCSR */
    case 12: *(uint32_t *)(state + 464) = 0; break;                                              /* no magic: the legacy area only */
    case 13: *(uint32_t *)(state + size) = 0; break;
    case 14: *(uint32_t *)(state + 480) = 0xffffffff; break;
    case 15: *(uint32_t *)(state + 480) = 100; break;
    case 16: *(uint64_t *)(state + 512) = ~0UL; break;                                           /* XSTATE_BV */
    case 17: *(uint64_t *)(state + 520) = 1; break;                                              /* XCOMP_BV */
    case 18: *(uint64_t *)(state + 536) = 1; break;                                              /* reserved bytes of the header */
    case 19: context->uc_mcontext.fpregs = NULL; break;
    case 20: context->uc_mcontext.fpregs = (void *)8; break;
    case 21: context->uc_mcontext.fpregs = (void *)0xffffffff81000000; break;
    case 22: context->uc_mcontext.fpregs = (void *)(state + 1); break;
    case 23: context->uc_mcontext.fpregs = (void *)0x7ffffffff000; break;
    case 24: memset(&context->uc_sigmask, 0xff, 8); break;
    case 25: memset(context, 0xff, 16 + 24 + 256 + 8); break;
    case 26: memset(context, 0, 16 + 24 + 256 + 8); break;
    case 27: context->uc_flags = 0; ((uint16_t *)&regs[REG_CSGSFS])[3] = 0; break;               /* a wrong SS is put right */
    case 28: context->uc_stack.ss_sp = (void *)~0UL; context->uc_stack.ss_size = ~0UL; context->uc_stack.ss_flags = 7; break;
    case 29: *(uint64_t *)(state + 472) = 0; break;                                              /* no feature is to be restored */
    case 30: *(uint64_t *)(state + 512) = 0; break;                                              /* all in their first state */
    }
}

static void seen(int signal, siginfo_t *info, void *uc)
{
    (void)uc;
    _exit(100 + signal + (info->si_code == SI_KERNEL ? 50 : 0));
}

static void bare(uint64_t pointer)
{
    __asm__ volatile("mov %0, %%rsp\n mov $15, %%eax\n syscall\n hlt" : : "r"(pointer) : "memory");
}

static void show(const char *name, int number, pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        printf("%s %d: killed by %d\n", name, number, WTERMSIG(status));
    else
        printf("%s %d: exited with %d\n", name, number, WEXITSTATUS(status));
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    static char stack[65536];
    for (which = 0; which <= 30; which++) {
        pid_t pid = case_fork();
        if (pid == 0) {
            struct rlimit none = { 0, 0 };
            setrlimit(RLIMIT_CORE, &none);
            stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
            sigaltstack(&alternate, NULL);
            action.sa_flags = SA_SIGINFO | SA_ONSTACK;
            action.sa_sigaction = seen;
            sigaction(SIGSEGV, &action, NULL);
            sigaction(SIGBUS, &action, NULL);
            action.sa_flags = SA_SIGINFO;
            action.sa_sigaction = handler;
            sigaction(SIGUSR1, &action, NULL);
            double value = 3.5;
            unsigned long flags;
            unsigned csr;
            __asm__ volatile("movsd %1, %%xmm9\n syscall\n pushfq\n pop %0\n movsd %%xmm9, %1" : "=r"(flags), "+m"(value)
                : "a"(SYS_tkill), "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11", "xmm9", "memory");
            __asm__ volatile("stmxcsr %0" : "=m"(csr));
            unsigned long blocked;
            syscall(SYS_rt_sigprocmask, 0, NULL, &blocked, 8);
            int result = value == 3.5 ? 1 : value == 0 ? 2 : 3;
            if ((flags & ~0x8d5UL) != 0x202)
                result += 10;
            if (csr != 0x1f80)
                result += 20;
            if (blocked != 0)
                result += blocked == 0xfffffffffffbfeffUL ? 40 : 60;
            _exit(result);
        }
        show("frame", which, pid);
    }

    static const uint64_t pointers[] = { 0, 8, 0x1000, 0x7fffffffefff, 0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xffffffffffffffff, 0xfffffffffffffff7 };
    for (unsigned i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        pid_t pid = case_fork();
        if (pid == 0) {
            stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
            sigaltstack(&alternate, NULL);
            action.sa_flags = SA_SIGINFO | SA_ONSTACK;
            action.sa_sigaction = seen;
            sigaction(SIGSEGV, &action, NULL);
            bare(pointers[i]);
        }
        show("pointer", i, pid);
    }

    /* The frame's end, or its state, in a page that is not there. */
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    for (int distance = 8; distance < 500; distance += 120) {
        pid_t pid = case_fork();
        if (pid == 0) {
            stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
            sigaltstack(&alternate, NULL);
            action.sa_flags = SA_SIGINFO | SA_ONSTACK;
            action.sa_sigaction = seen;
            sigaction(SIGSEGV, &action, NULL);
            bare((uint64_t)pages + 4096 - distance);
        }
        show("distance", distance, pid);
    }

    /* Random bytes everywhere. */
    srand(7);
    int survived = 0, killed = 0, caught = 0;
    for (int i = 0; i < 60; i++) {
        unsigned seed = rand();
        pid_t pid = case_fork();
        if (pid == 0) {
            srand(seed);
            uint8_t *frame = (uint8_t *)stack + 4096;
            for (int k = 0; k < 2048; k++)
                frame[k] = rand();
            if (i % 2 != 0)
                *(uint64_t *)(frame + 40 + 184) = (uint64_t)(frame + 1024) & ~63UL;
            stack_t alternate = { .ss_sp = stack + 16384, .ss_size = sizeof stack - 16384 };
            sigaltstack(&alternate, NULL);
            action.sa_flags = SA_SIGINFO | SA_ONSTACK;
            action.sa_sigaction = seen;
            sigaction(SIGSEGV, &action, NULL);
            bare((uint64_t)frame);
        }
        int status;
        waitpid(pid, &status, 0);
        if (WIFSIGNALED(status))
            killed++;
        else if (WEXITSTATUS(status) > 100)
            caught++;
        else
            survived++;
    }
    printf("random frames: none survived %d, each was caught or killed %d\n", survived == 0, killed + caught == 60);
    return 0;
}
