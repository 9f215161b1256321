/*
 * CPUID and XGETBV of an x86-64-v3 processor, and the upper halves of YMM wherever a program's registers are kept: XSAVE and XRSTOR,
 * signal frames (sigreturn(2)), children of fork(2), other threads' turns, and what faults of masked moves tell.
 */
#include "case.h"
#include <cpuid.h>
#include <immintrin.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

typedef struct { uint64_t q[16][4]; } registers;

#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD(i) "vmovdqu " #i "*32(%[r]), %%ymm" #i "\n\t"
#define STORE(i) "vmovdqu %%ymm" #i ", " #i "*32(%[r])\n\t"
#define CLOBBERS "memory", "rcx", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* A system call with all YMM registers set before and read after it. */
static long call(registers *r, long number, long a, long b, long c)
{
    long result;
    __asm__ volatile(EACH(LOAD) "syscall\n\t" EACH(STORE)
                     : "=a"(result) : [r] "r"(r), "a"(number), "D"(a), "S"(b), "d"(c) : CLOBBERS);
    return result;
}

static registers filled(uint64_t seed)
{
    registers r;
    for (int i = 0; i < 64; i++)
        r.q[i / 4][i % 4] = (seed + (uint64_t)i) * 0x9E3779B97F4A7C15;
    return r;
}

static uint64_t xgetbv(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low | (uint64_t)high << 32;
}

static void identification(void)
{
    unsigned a, b, c, d;
    __cpuid_count(1, 0, a, b, c, d);
    VALUE("leaf 1: FMA, MOVBE, OSXSAVE, AVX, F16C", (c >> 12 & 1) + (c >> 22 & 1) + (c >> 27 & 1) + (c >> 28 & 1) + (c >> 29 & 1));
    __cpuid_count(7, 0, a, b, c, d);
    VALUE("leaf 7: BMI1, AVX2, BMI2", (b >> 3 & 1) + (b >> 5 & 1) + (b >> 8 & 1));
    __cpuid_count(0x80000001, 0, a, b, c, d);
    VALUE("leaf 80000001: LZCNT", c >> 5 & 1);
    VALUE("XCR0: x87, SSE, AVX", xgetbv() & 7);
    __cpuid_count(0xD, 0, a, b, c, d);
    VALUE("leaf D: components", a & 7);
    HOLDS("leaf D: room for AVX", b >= 832 && c >= b);
    __cpuid_count(0xD, 2, a, b, c, d);
    VALUE("leaf D.2: size", a);
    VALUE("leaf D.2: offset", b);
}

static void saved(void)
{
    static uint8_t area[4096] __attribute__((aligned(64)));
    registers r = filled(1), zero = { 0 };
    memset(area, 0, sizeof(area));
    __asm__ volatile(EACH(LOAD) "xsave64 %[area]\n\tvzeroall" : [area] "+m"(area) : [r] "r"(&r), "a"(7), "d"(0) : CLOBBERS);
    VALUE("xsave: components", area[512] & 6);
    int same = 0;
    for (int i = 0; i < 16; i++)
        same += memcmp(area + 160 + i * 16, &r.q[i][0], 16) == 0 && memcmp(area + 576 + i * 16, &r.q[i][2], 16) == 0;
    VALUE("xsave: registers", same);
    registers out = zero;
    __asm__ volatile("vzeroall\n\txrstor64 %[area]\n\t" EACH(STORE) : : [area] "m"(area), [r] "r"(&out), "a"(7), "d"(0) : CLOBBERS);
    HOLDS("xrstor: registers", memcmp(&out, &r, sizeof(r)) == 0);

    /* The upper halves alone, and from their initial state. */
    out = filled(2);
    __asm__ volatile(EACH(LOAD) "xrstor64 %[area]\n\t" EACH(STORE) : : [area] "m"(area), [r] "r"(&out), "a"(4), "d"(0) : CLOBBERS);
    HOLDS("xrstor of the upper halves", out.q[3][1] == filled(2).q[3][1] && out.q[3][2] == r.q[3][2]);
    area[512] = 3;
    out = filled(3);
    __asm__ volatile(EACH(LOAD) "xrstor64 %[area]\n\t" EACH(STORE) : : [area] "m"(area), [r] "r"(&out), "a"(6), "d"(0) : CLOBBERS);
    HOLDS("xrstor of their initial state", out.q[3][1] == r.q[3][1] && out.q[3][2] == 0 && out.q[15][3] == 0);
}

static registers expected;
static int mode;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    uint8_t *state = (uint8_t *)uc->uc_mcontext.fpregs;
    uint32_t software[5];
    uint64_t components;
    memcpy(software, state + 464, sizeof(software));
    memcpy(&components, state + 512, 8);
    VALUE("frame: first magic", software[0] == 0x46505853);
    HOLDS("frame: size", software[4] >= 832 && software[1] == software[4] + 4);
    VALUE("frame: components of the machine", software[2] & 7);
    VALUE("frame: second magic", memcmp(state + software[4], "EXPF", 4) == 0);
    VALUE("frame: components in use", components & 6);
    int same = 0;
    for (int i = 0; i < 16; i++)
        same += memcmp(state + 160 + i * 16, &expected.q[i][0], 16) == 0 && memcmp(state + 576 + i * 16, &expected.q[i][2], 16) == 0;
    VALUE("frame: registers", same);
    if (mode == 1)
        memset(state + 576 + 3 * 16, 0x55, 16);
    if (mode == 2)
        state[512] &= ~4;
    _mm256_zeroall();
}

static void signals(void)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    sigaction(SIGUSR1, &action, NULL);
    for (mode = 0; mode < 3; mode++) {
        registers r = expected = filled(10 + mode);
        long result = call(&r, SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
        VALUE("tgkill", result);
        if (mode == 1)
            memset(&expected.q[3][2], 0x55, 16);
        for (int i = 0; mode == 2 && i < 16; i++)
            expected.q[i][2] = expected.q[i][3] = 0;
        HOLDS("registers behind the handler", memcmp(&r, &expected, sizeof(r)) == 0);
    }
}

static void tasks(void)
{
    registers r = filled(20), wanted = r;
    long pid = call(&r, SYS_fork, 0, 0, 0);
    int same = memcmp(&r, &wanted, sizeof(r)) == 0;
    if (pid == 0)
        _exit(same ? 7 : 8);
    int status;
    waitpid(pid, &status, 0);
    HOLDS("registers of the parent", same);
    VALUE("registers of the child", WEXITSTATUS(status) == 7);
    pid = fork();
    for (int i = 0, good = 1; i < 200; i++) {
        registers mine = filled(pid == 0 ? 1000 + i : 2000 + i), before = mine;
        call(&mine, SYS_sched_yield, 0, 0, 0);
        good &= memcmp(&mine, &before, sizeof(mine)) == 0;
        if (i == 199 && pid == 0)
            _exit(good ? 0 : 1);
        if (i == 199)
            HOLDS("registers across turns", good);
    }
    waitpid(pid, &status, 0);
    VALUE("registers across the child's turns", WEXITSTATUS(status));
}

static sigjmp_buf back;
static uint8_t *pages;
static long where;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    where = info->si_addr == NULL ? -2 : (uint8_t *)info->si_addr - pages;
    siglongjmp(back, signal);
}

#define FAULTS(name, expression)                                      \
    do {                                                              \
        where = -1;                                                   \
        int got = sigsetjmp(back, 1);                                 \
        if (got == 0)                                                 \
            expression;                                               \
        printf("%s: signal %d at %ld\n", name, got, where); \
    } while (0)

static volatile __m256i sink;

static void faults(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, NULL);
    pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 4096, 4096, PROT_NONE);
    __m256i four = _mm256_set_epi32(0, 0, 0, 0, -1, -1, -1, -1), none = _mm256_setzero_si256(), five = _mm256_set_epi32(0, 0, 0, -1, -1, -1, -1, -1);
    FAULTS("maskload within", sink = _mm256_maskload_epi32((int *)(pages + 4080), four));
    FAULTS("maskload of nothing", sink = _mm256_maskload_epi32((int *)(pages + 5000), none));
    FAULTS("maskload beyond", sink = _mm256_maskload_epi32((int *)(pages + 4080), five));
    FAULTS("maskstore within", _mm256_maskstore_epi32((int *)(pages + 4080), four, _mm256_set1_epi32(1)));
    FAULTS("maskstore beyond", _mm256_maskstore_epi32((int *)(pages + 4080), five, _mm256_set1_epi32(2)));
    VALUE("nothing was stored", pages[4080]);
    FAULTS("load across the end", sink = _mm256_loadu_si256((__m256i *)(pages + 4070)));
    FAULTS("gather", sink = _mm256_i32gather_epi32((int *)pages, _mm256_set_epi32(0, 1, 2, 1024, 3, 4, 5, 6), 4));
    __m256i *misaligned = (__m256i *)(pages + 16);
    FAULTS("aligned load of another address", __asm__ volatile("vmovdqa %0, %%ymm0" : : "m"(*misaligned) : "xmm0"));
    FAULTS("aligned load of another address, half", __asm__ volatile("vmovdqa %0, %%xmm0" : : "m"(*misaligned) : "xmm0"));
    FAULTS("add from another address", __asm__ volatile("vpaddd %0, %%ymm0, %%ymm0" : : "m"(*(__m256i *)(pages + 3)) : "xmm0"));
}

int main(void)
{
    identification();
    saved();
    signals();
    tasks();
    faults();
    return 0;
}
