/* Threads that compute and share nothing: scaling ROUNDS [THREADS]; each does the same number of rounds. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static long rounds;

static void *compute(void *seed)
{
    uint64_t a = (uintptr_t)seed + 0x9E3779B97F4A7C15u, b = 1;
    uint32_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (uint32_t)i * 2654435761u;
    for (long i = 0; i < rounds; i++) {
        a ^= a << 13;
        a ^= a >> 7;
        a ^= a << 17;
        table[a & 255] += (uint32_t)(b >> 7);
        b = b * 6364136223846793005u + table[a >> 8 & 255];
    }
    return (void *)(uintptr_t)b;
}

int main(int argc, char **argv)
{
    pthread_t threads[64];
    rounds = argc > 1 ? atol(argv[1]) : 20000000;
    int count = argc > 2 ? atoi(argv[2]) : 2;
    uint64_t sum = 0;
    if (count < 1 || count > 64)
        return 2;
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], 0, compute, (void *)(uintptr_t)i) != 0)
            return 1;
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum = sum * 31 + (uintptr_t)result;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
