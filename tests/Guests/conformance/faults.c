/* sigaction(2), si_code: what handlers are told of faults and exceptions, and that the program goes on as they say. */
#include "case.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t info;
static greg_t regs[23];
static char *expected;

static void handler(int signal, siginfo_t *given, void *uc)
{
    (void)signal;
    info = *given;
    memcpy(regs, ((ucontext_t *)uc)->uc_mcontext.gregs, sizeof regs);
    siglongjmp(back, 1);
}

/* Runs a statement that faults and shows what came of it. CR2 is shown as the distance from `expected`. */
#define FAULT(name, statement)                                                                                                        \
    do {                                                                                                                              \
        memset(&info, 0, sizeof info);                                                                                                \
        if (sigsetjmp(back, 1) == 0) {                                                                                                \
            statement;                                                                                                                \
            printf("%s: nothing\n", name);                                                                                            \
        } else {                                                                                                                      \
            printf("%s: signal %d code %d trapno %lld err %llx addr %s rf %llx\n", name, info.si_signo, info.si_code,                 \
                regs[REG_TRAPNO], (unsigned long long)regs[REG_ERR],                                                                  \
                info.si_addr == NULL ? "NULL" : (char *)info.si_addr == expected ? "expected"                                         \
                : (greg_t)info.si_addr == regs[REG_RIP] ? "rip" : "other", (unsigned long long)regs[REG_EFL] & 0x10000ULL);           \
            if (info.si_code != 128 && regs[REG_TRAPNO] == 14)                                                                        \
                HOLDS("  cr2 is the address", (char *)regs[REG_CR2] == info.si_addr);                                                 \
        }                                                                                                                             \
    } while (0)

static volatile int zero;
static volatile int minimum = -2147483647 - 1, minus = -1;
static volatile double dzero, done = 1, huge = 1e308, tiny = 1e-308, dnan;

static void unmask(unsigned mask)
{
    unsigned csr = 0x1f80 & ~(mask << 7);
    __asm__ volatile("ldmxcsr %0" : : "m"(csr));
}

static void unmask_x87(unsigned short mask)
{
    unsigned short word = 0x37f & ~mask;
    __asm__ volatile("fninit\n fldcw %0" : : "m"(word));
}

static int steps;
static void stepped(int signal, siginfo_t *given, void *uc)
{
    (void)signal;
    info = *given;
    ucontext_t *context = uc;
    if (++steps == 5)
        context->uc_mcontext.gregs[REG_EFL] &= ~0x100;
    if (steps == 1)
        memcpy(regs, context->uc_mcontext.gregs, sizeof regs);
}

int main(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
    stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
    sigaltstack(&stack, NULL);
    action.sa_sigaction = handler;
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    for (int i = 0; i < 5; i++)
        sigaction(signals[i], &action, NULL);

    char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = page[4096] = 1;
    munmap(page + 2 * 4096, 4096);
    mprotect(page + 4096, 4096, PROT_READ);
    expected = page + 2 * 4096 + 5;
    FAULT("read of nothing", *(volatile char *)expected);
    FAULT("write to nothing", *(volatile char *)expected = 1);
    FAULT("read of NULL", *(volatile char *)(long)zero);
    expected = page + 4096 + 7;
    FAULT("write to a read-only page", *(volatile char *)expected = 1);
    expected = page + 2 * 4096;
    FAULT("a read that crosses into nothing", *(volatile long *)(page + 2 * 4096 - 3));
    expected = page;
    FAULT("execution of a page of data", ((void (*)(void))page)());
    expected = page + 2 * 4096 + 16;
    FAULT("execution of nothing", ((void (*)(void))expected)());
    mprotect(page, 4096, PROT_NONE);
    expected = page + 3;
    FAULT("read of PROT_NONE", *(volatile char *)expected);
    expected = (char *)0xffffffff81000000UL;
    FAULT("read of the kernel's half", *(volatile char *)expected);
    FAULT("write to the kernel's half", *(volatile char *)expected = 1);
    FAULT("execution of the kernel's half", ((void (*)(void))expected)());
    FAULT("a non-canonical address", *(volatile char *)0x800000000000UL);
    FAULT("a non-canonical address through the stack pointer",
        __asm__ volatile("mov %%rsp, %%rbx\n mov $0x7000, %%eax\n shl $36, %%rax\n mov %%rax, %%rsp\n pop %%rcx\n mov %%rbx, %%rsp\n" : : : "rax", "rbx", "rcx", "memory"));
    FAULT("execution at a non-canonical address", ((void (*)(void))0x8000000000000000UL)());

    int file = open("data", O_RDWR | O_CREAT, 0600);
    ftruncate(file, 100);
    char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0);
    VALUE("within the last page", map[4000]);
    expected = map + 4096;
    FAULT("beyond the file's end", *(volatile char *)expected);

    FAULT("division by zero", zero = minus / zero);
    FAULT("division overflow", zero = minimum / minus);
    zero = 0;
    FAULT("hlt", __asm__ volatile("hlt"));
    FAULT("in", __asm__ volatile("inb $0x80, %%al" : : : "rax"));
    FAULT("mov to CR3", __asm__ volatile("mov %%rax, %%cr3" : : : "memory"));
    FAULT("ud2", __asm__ volatile("ud2"));
    FAULT("int3", __asm__ volatile("int3"));
    FAULT("int $4", __asm__ volatile("int $4"));
    FAULT("int $100", __asm__ volatile("int $100"));
    FAULT("misaligned movaps", __asm__ volatile("movaps 1(%%rsp), %%xmm0" : : : "xmm0"));

    unmask(4);
    FAULT("SSE division by zero", done = done / dzero);
    unmask(1);
    FAULT("SSE invalid", dnan = dzero / dzero);
    unmask(8);
    FAULT("SSE overflow", dnan = huge * huge);
    unmask(16);
    FAULT("SSE underflow", dnan = tiny * tiny);
    unmask(32);
    FAULT("SSE inexact", dnan = done / (done + 2));
    unmask(0);
    done = 1;
    unmask_x87(4);
    FAULT("x87 division by zero", __asm__ volatile("fld1\n fldz\n fdivrp\n fwait"));
    unmask_x87(1);
    FAULT("x87 invalid", __asm__ volatile("fldz\n fldz\n fdivrp\n fwait"));
    unmask_x87(1);
    FAULT("x87 stack overflow", __asm__ volatile("fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fwait"));
    unmask_x87(32);
    FAULT("x87 inexact", __asm__ volatile("fld1\n fldpi\n fdivrp\n fwait"));
    unmask_x87(0);
    __asm__ volatile("fninit");

    action.sa_sigaction = stepped;
    sigaction(SIGTRAP, &action, NULL);
    __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq\n nop\n nop\n nop\n nop\n nop\n nop\n" : : : "memory", "cc");
    printf("single steps: %d, code %d, trapno %lld, addr is rip %d, flags %llx\n", steps, info.si_code, regs[REG_TRAPNO],
        (greg_t)info.si_addr != 0, (unsigned long long)regs[REG_EFL] & 0x10100ULL);

    /* The last fault stays in later frames. */
    action.sa_sigaction = handler;
    sigaction(SIGUSR1, &action, NULL);
    expected = NULL;
    FAULT("after a fault", *(volatile char *)(long)zero);
    FAULT("a later signal", raise(SIGUSR1));
    return 0;
}
