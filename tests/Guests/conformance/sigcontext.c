/* sigreturn(2), getcontext(3): the frame of a handler, and that what it says is what the program goes on with. */
#include "case.h"
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

static ucontext_t *seen;
static uint32_t software[12];
static int whole, aligned, features;

static void look(int signal, siginfo_t *info, void *uc)
{
    (void)signal;
    (void)info;
    static ucontext_t copy;
    memcpy(&copy, uc, sizeof(ucontext_t) < 936 ? sizeof(ucontext_t) : 936);
    seen = &copy;
    unsigned char *state = (unsigned char *)copy.uc_mcontext.fpregs;
    memcpy(software, state + 464, sizeof software);
    aligned = (uintptr_t)state % 64 == 0;
    whole = *(uint32_t *)(state + software[4]) == 0x46505845;
    features = *(uint64_t *)(state + 512) & 3;
}

static void trample(int signal)
{
    (void)signal;
    __asm__ volatile(
        "fninit\n fldpi\n fldpi\n fldl2e\n fldz\n fld1\n"
        "pcmpeqb %%xmm0, %%xmm0\n movdqa %%xmm0, %%xmm1\n movdqa %%xmm0, %%xmm2\n movdqa %%xmm0, %%xmm3\n movdqa %%xmm0, %%xmm4\n"
        "movdqa %%xmm0, %%xmm5\n movdqa %%xmm0, %%xmm6\n movdqa %%xmm0, %%xmm7\n movdqa %%xmm0, %%xmm8\n movdqa %%xmm0, %%xmm15\n"
        : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm15");
    unsigned csr = 0x7f80;
    __asm__ volatile("ldmxcsr %0" : : "m"(csr));
}

static void change(int signal, siginfo_t *info, void *uc)
{
    (void)signal;
    (void)info;
    ucontext_t *context = uc;
    context->uc_mcontext.gregs[REG_RAX] = 1234567;
    context->uc_mcontext.gregs[REG_EFL] |= 1;
    unsigned char *state = (unsigned char *)context->uc_mcontext.fpregs;
    *(double *)(state + 160 + 16 * 5) = 2.5;
    context->uc_sigmask.__bits[0] |= 1UL << (SIGUSR2 - 1);
}

static long deep(void);
static void skip(int signal, siginfo_t *info, void *uc)
{
    (void)signal;
    (void)info;
    ((ucontext_t *)uc)->uc_mcontext.gregs[REG_RIP] += 2;    /* ud2 */
}

static void on(int signal, void *handler)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };
    action.sa_sigaction = handler;
    sigaction(signal, &action, NULL);
}

static sigjmp_buf back;
static void jump(int signal) { siglongjmp(back, signal); }

static long deep(void)
{
    /* The 128 bytes below RSP belong to the program: a leaf keeps values there over a signal. */
    long result;
    __asm__ volatile(
        "movq $77, -8(%%rsp)\n movq $78, -64(%%rsp)\n movq $79, -128(%%rsp)\n"
        "mov %1, %%eax\n mov %2, %%edi\n mov %3, %%esi\n syscall\n"
        "movq -8(%%rsp), %%rax\n addq -64(%%rsp), %%rax\n addq -128(%%rsp), %%rax\n"
        : "=a"(result) : "i"(SYS_tkill), "r"(getpid()), "i"(SIGUSR1) : "rcx", "r11", "rdi", "rsi", "memory");
    return result;
}

int main(void)
{
    on(SIGUSR1, look);
    long result;
    uint64_t kept[7];
    __asm__ volatile(
        "mov $8, %%r8\n mov $9, %%r9\n mov $10, %%r10\n mov $12, %%r12\n mov $13, %%r13\n mov $14, %%r14\n mov $15, %%r15\n syscall\n"
        "mov %%r8, (%%rbx)\n mov %%r9, 8(%%rbx)\n mov %%r10, 16(%%rbx)\n mov %%r12, 24(%%rbx)\n mov %%r13, 32(%%rbx)\n"
        "mov %%r14, 40(%%rbx)\n mov %%r15, 48(%%rbx)\n"
        : "=a"(result) : "0"((long)SYS_tkill), "D"((long)getpid()), "S"((long)SIGUSR1), "d"(3L), "b"(kept)
        : "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
    VALUE("result", result);
    HOLDS("registers are unchanged", kept[0] == 8 && kept[1] == 9 && kept[2] == 10 && kept[3] == 12 && kept[4] == 13 && kept[5] == 14 && kept[6] == 15);
    greg_t *regs = seen->uc_mcontext.gregs;
    HOLDS("r8 to r15 in the frame", regs[REG_R8] == 8 && regs[REG_R9] == 9 && regs[REG_R10] == 10 && regs[REG_R12] == 12
        && regs[REG_R13] == 13 && regs[REG_R14] == 14 && regs[REG_R15] == 15);
    VALUE("rax in the frame", regs[REG_RAX]);
    VALUE("rdx in the frame", regs[REG_RDX]);
    VALUE("rsi in the frame", regs[REG_RSI]);
    HOLDS("rcx is rip, r11 the flags", regs[REG_RCX] == regs[REG_RIP] && regs[REG_R11] == regs[REG_EFL]);
    printf("selectors: %llx\n", (unsigned long long)regs[REG_CSGSFS]);
    printf("flags: %llx\n", (unsigned long long)regs[REG_EFL] & ~0x8d5ULL);
    printf("trapno %lld err %lld cr2 %lld oldmask %llx\n", regs[REG_TRAPNO], regs[REG_ERR], regs[REG_CR2], regs[REG_OLDMASK]);
    printf("uc_flags: %lx\n", seen->uc_flags);
    HOLDS("no uc_link", seen->uc_link == NULL);
    printf("uc_stack: %p %x %zu\n", seen->uc_stack.ss_sp, seen->uc_stack.ss_flags, seen->uc_stack.ss_size);
    printf("magic1: %x\n", software[0]);
    VALUE("extended size is 4 more", software[1] - software[4]);
    HOLDS("size", software[4] >= 576);
    HOLDS("magic2 behind it", whole);
    HOLDS("aligned on 64", aligned);
    VALUE("x87 and SSE are in it", features);

    on(SIGUSR1, trample);
    long double pi;
    double sum[4];
    unsigned csr = 0x3f80, after;
    unsigned short word = 0x0b7f, word_after;
    __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(csr), "m"(word));
    __asm__ volatile(
        "fldpi\n"
        "mov $0x4008000000000000, %%rax\n movq %%rax, %%xmm0\n movq %%rax, %%xmm7\n movq %%rax, %%xmm8\n movq %%rax, %%xmm15\n"
        "mov %6, %%eax\n mov %5, %%edi\n mov %7, %%esi\n syscall\n"
        "movsd %%xmm0, %1\n movsd %%xmm7, %2\n movsd %%xmm8, %3\n movsd %%xmm15, %4\n fstpt %0\n"
        : "=m"(pi), "=m"(sum[0]), "=m"(sum[1]), "=m"(sum[2]), "=m"(sum[3]) : "r"(getpid()), "i"(SYS_tkill), "i"(SIGUSR1)
        : "rax", "rcx", "r11", "rdi", "rsi", "xmm0", "xmm7", "xmm8", "xmm15", "memory");
    __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(after), "=m"(word_after));
    printf("floating point over a handler: %.18Lf %g %g %g %g, mxcsr %x, control word %x\n", pi, sum[0], sum[1], sum[2], sum[3], after, word_after);
    csr = 0x1f80;
    word = 0x037f;
    __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(csr), "m"(word));

    on(SIGUSR1, change);
    double changed = 1;
    unsigned char carry;
    __asm__ volatile("movsd %2, %%xmm5\n syscall\n setc %1\n movsd %%xmm5, %2\n" : "=a"(result), "=q"(carry), "+m"(changed)
        : "0"((long)SYS_tkill), "D"((long)getpid()), "S"((long)SIGUSR1) : "rcx", "r11", "xmm5", "memory");
    VALUE("rax as the handler left it", result);
    VALUE("carry", carry);
    printf("xmm5: %g\n", changed);
    unsigned long bits;
    syscall(SYS_rt_sigprocmask, 0, NULL, &bits, 8);
    printf("mask: %lx\n", bits);
    bits = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &bits, NULL, 8);

    on(SIGUSR1, trample);
    VALUE("red zone", deep());

    on(SIGILL, skip);
    __asm__ volatile("ud2");
    printf("beyond an undefined instruction\n");

    struct sigaction action = { .sa_handler = jump };
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 3; i++) {
        int how = sigsetjmp(back, 1);
        if (how == 0)
            raise(SIGUSR1);
        else
            VALUE("siglongjmp", how);
    }
    syscall(SYS_rt_sigprocmask, 0, NULL, &bits, 8);
    printf("mask after siglongjmp: %lx\n", bits);
    return 0;
}
