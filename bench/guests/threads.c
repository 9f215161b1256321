/* A thread that ends at once, and the join. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *add(void *sum)
{
    ++*(long *)sum;
    return 0;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 5000;
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, add, &sum) != 0 || pthread_join(thread, 0) != 0)
            return 1;
    }
    printf("%ld\n", sum);
}
