/*
 * What the C libraries and languages call before main, without any of them: system calls alone, in the order of musl's, Rust's
 * and Go's start. The argument to the kernel is the instruction itself.
 */
typedef unsigned long word;

static long call(long number, word a, word b, word c, word d, word e, word f)
{
    register word r10 __asm__("r10") = d;
    register word r8 __asm__("r8") = e;
    register word r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}
#define CALL(number, ...) CALL_(number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...) call(number, (word)(a), (word)(b), (word)(c), (word)(d), (word)(e), (word)(f))

static void say(const char *name, long result)
{
    char line[128], digits[24];
    int at = 0, n = 0;
    while (name[at]) {
        line[at] = name[at];
        at++;
    }
    line[at++] = ':';
    line[at++] = ' ';
    if (result < 0) {
        line[at++] = '-';
        result = -result;
    }
    do
        digits[n++] = '0' + result % 10;
    while ((result /= 10) != 0);
    while (n)
        line[at++] = digits[--n];
    line[at++] = '\n';
    CALL(1, 1, line, at);
}

static char thread_block[4096], robust[24], set[8], action[32], alternate[24];
static struct { long a, b; } limits;
static int tid;

void start(word *stack) __attribute__((used, noreturn));
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");

void start(word *stack)
{
    /* The stack that the kernel made: argc, argv, 0, envp, 0, auxiliary vector. */
    say("argc", stack[0]);
    word *at = stack + 1 + stack[0];
    say("argv ends", *at++);
    while (*at)
        at++;
    at++;
    long seen = 0, page = 0, random = 0, secure = -1, entry = 0;
    for (; at[0]; at += 2) {
        seen++;
        if (at[0] == 6)
            page = at[1];
        if (at[0] == 25)
            random = at[1] != 0;
        if (at[0] == 23)
            secure = at[1];
        if (at[0] == 9)
            entry = at[1] != 0;
    }
    say("auxiliary vector has some", seen > 10);
    say("AT_PAGESZ", page);
    say("AT_RANDOM", random);
    say("AT_SECURE", secure);
    say("AT_ENTRY", entry);
    say("the stack is aligned", (word)stack % 16);

    /* musl: __init_libc, __init_tp */
    say("arch_prctl SET_FS", CALL(158, 0x1002, thread_block));
    word base = 0;
    say("arch_prctl GET_FS", CALL(158, 0x1003, &base));
    say("it is what was set", base == (word)thread_block);
    say("set_tid_address", CALL(218, &tid) > 0);
    say("rt_sigprocmask", CALL(14, 2, set, 0, 8));
    say("ioctl TIOCGWINSZ", CALL(16, 1, 0x5413, action) <= 0);
    word end = CALL(12, 0);
    say("brk", CALL(12, end + 8192) == (long)end + 8192);
    long area = CALL(9, 0, 8192, 3, 0x22, -1, 0);
    say("mmap", area > 0);
    say("munmap", CALL(11, area, 8192));

    /* Rust: std's runtime */
    say("poll", CALL(7, (word[3]){ 0 }, 0, 0) == 0 || 1);
    say("rt_sigaction SIGPIPE", CALL(13, 13, 0, action, 8));
    say("sigaltstack", CALL(131, 0, alternate) == 0 || 1);
    say("set_robust_list", CALL(273, robust, 24));
    say("prlimit64", CALL(302, 0, 3, 0, &limits));
    say("a stack limit", limits.a > 0 || limits.a == -1);
    say("getrandom", CALL(318, action, 16, 1));

    /* Go: runtime.rt0_go up to its first thread */
    say("arch_prctl SET_FS", CALL(158, 0x1002, thread_block + 64));
    long arena = CALL(9, 0xc000000000, 1 << 26, 0, 0x22, -1, 0);
    say("mmap of the arena", arena == 0xc000000000);
    say("mmap within it", CALL(9, 0xc000000000, 1 << 20, 3, 0x32, -1, 0) == 0xc000000000);
    *(volatile char *)0xc0000fffff = 1;
    say("madvise", CALL(28, 0xc000000000, 1 << 20, 14) <= 0);
    long mapped = 0;
    for (int i = 0; i < 20; i++)
        mapped += CALL(9, 0, 262144, 3, 0x22, -1, 0) > 0;
    say("more mappings", mapped);
    for (int signal = 1; signal < 65; signal++)
        if (CALL(13, signal, 0, action, 8) != 0)
            say("rt_sigaction", signal);
    say("gettid or getpid", CALL(39, 0) > 0);
    say("futex wake", CALL(202, &tid, 129, 1, 0));
    say("futex wait on another value", CALL(202, &tid, 128, tid + 1, 0));
    say("clock_gettime", CALL(228, 1, &limits));
    CALL(231, 7);
    __builtin_unreachable();
}
