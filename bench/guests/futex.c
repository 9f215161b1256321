/* Two threads that wake each other in turns. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int turn;
static long rounds;

static void play(int me, long *sum)
{
    for (long i = 0; i < rounds; i++) {
        while (atomic_load(&turn) != me)
            syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - me, 0, 0, 0);
        ++*sum;
        atomic_store(&turn, 1 - me);
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
}

static void *other(void *sum)
{
    play(1, sum);
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    long sum = 0;
    rounds = argc > 1 ? atol(argv[1]) : 50000;
    if (pthread_create(&thread, 0, other, &sum) != 0)
        return 1;
    play(0, &sum);
    pthread_join(thread, 0);
    printf("%ld\n", sum);
}
