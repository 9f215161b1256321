/* setjmp and longjmp, out of deep recursion and with sigsetjmp; variable arguments; deep stacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf out;
static sigjmp_buf masked;

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline)) int dive(int depth)
{
    volatile char room[200];
    room[0] = depth;
    if (depth >= 5000)
        longjmp(out, depth);
    return dive(depth + 1) + room[0];
}

static double sum(int count, ...)
{
    va_list list;
    va_start(list, count);
    double total = 0;
    for (int i = 0; i < count; i++)
        total += i % 2 ? va_arg(list, double) : va_arg(list, int);
    va_end(list);
    return total;
}

static void bye(void) { puts("atexit"); }

int main(void)
{
    volatile int rounds = 0;
    int value = setjmp(out);
    printf("setjmp %d after %d\n", value, rounds);
    if (rounds++ < 3)
        dive(0);
    value = sigsetjmp(masked, 1);
    printf("sigsetjmp %d\n", value);
    if (value < 2)
        siglongjmp(masked, value + 1);
    if (setjmp(out) == 0)
        longjmp(out, 0);
    else
        puts("longjmp with 0 gives 1");
    printf("%.2f\n", sum(6, 1, 2.5, 3, 4.5, 5, 6.5));
    char big[1 << 20];
    memset(big, 7, sizeof big);
    printf("%d\n", big[sizeof big - 1]);
    atexit(bye);
    fflush(stdout);
    exit(7);
}
