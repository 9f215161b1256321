/* Says that it is ready, then spins, waits, or faults. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static volatile long spins;
static volatile int stop;

__attribute__((noinline)) static int triple(int n)
{
    return n * 3;
}

__attribute__((noinline)) static int store(int *where, int value)
{
    int before = triple(value);
    *where = value;
    return before;
}

int main(int argc, char **argv)
{
    puts("ready");
    fflush(stdout);
    switch (argc > 1 ? *argv[1] : 's') {
    case 'p':
        printf("poll %d\n", poll(0, 0, atoi(argv[2])));
        return 0;
    case 'f':
        return store((int *)16, 5);
    default:
        while (!stop)
            spins++;
        printf("stopped %d\n", triple(stop));
        return 0;
    }
}
