/* Calls, locals, floats, a signal: what a debugger looks at. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct point { int x, y; };

static int counter;
static double ratio = 1.5;
static volatile sig_atomic_t caught;

static void on_usr1(int signal)
{
    caught = signal;
}

__attribute__((noinline)) static int leaf(int depth, struct point *where)
{
    int local = depth * 2 + where->x;
    counter += local;
    return local;
}

__attribute__((noinline)) static int descend(int depth, struct point *where)
{
    if (depth == 0)
        return leaf(depth, where);
    return descend(depth - 1, where) + 1;
}

__attribute__((noinline)) static double blend(double a, long double b)
{
    double sum = a + (double)b;
    return sum * 2;
}

int main(int argc, char **argv)
{
    struct point place = { 3, 4 };
    char text[16], copy[16];
    signal(SIGUSR1, on_usr1);
    memset(text, 'x', sizeof text);
    __asm__ volatile("rep movsb" : : "D"(copy), "S"(text), "c"(4L) : "memory");
    for (int i = 0; i < 3; i++)
        counter += descend(i, &place);
    ratio = blend(ratio, 2.25L);
    raise(SIGUSR1);
    printf("counter %d ratio %g caught %d\n", counter, ratio, (int)caught);
    fflush(stdout);
    return argc > 1 ? *argv[1] - '0' : 0;
}
