/* The processor's features that programs of the suites ask for, by CPUID: one word each. What the system must save too counts only when it does. */
#include <cpuid.h>
#include <stdio.h>

int main(void)
{
    unsigned a, b, c, d, saved = 0, high = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return 1;
    if (c >> 27 & 1)
        __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    int vectors = (saved & 6) == 6 && c >> 28 & 1;
    static const struct { const char *name; int bit; } first[] = {
        { "sse3", 0 }, { "pclmulqdq", 1 }, { "ssse3", 9 }, { "cx16", 13 }, { "sse4.1", 19 }, { "sse4.2", 20 }, { "movbe", 22 }, { "popcnt", 23 }, { "aes", 25 }, { "rdrand", 30 },
    };
    for (unsigned i = 0; i < sizeof first / sizeof *first; i++)
        if (c >> first[i].bit & 1)
            puts(first[i].name);
    if (vectors) {
        puts("avx");
        if (c >> 12 & 1)
            puts("fma");
        if (c >> 29 & 1)
            puts("f16c");
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        if (b >> 3 & 1)
            puts("bmi1");
        if (b >> 5 & vectors)
            puts("avx2");
        if (b >> 8 & 1)
            puts("bmi2");
        if (b >> 18 & 1)
            puts("rdseed");
        if (b >> 19 & 1)
            puts("adx");
        if (b >> 29 & 1)
            puts("sha");
        if (c >> 9 & vectors)
            puts("vaes");
        if (c >> 10 & vectors)
            puts("vpclmulqdq");
    }
    if (__get_cpuid(0x80000001, &a, &b, &c, &d) && c >> 5 & 1)
        puts("lzcnt");
    return 0;
}
