/* Signals that a process sends to itself, and their handler. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t caught;

static void count(int number)
{
    caught += number == SIGUSR1;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 100000;
    struct sigaction action = { .sa_handler = count };
    if (sigaction(SIGUSR1, &action, 0) != 0)
        return 1;
    for (long i = 0; i < rounds; i++)
        raise(SIGUSR1);
    printf("%ld\n", (long)caught);
}
