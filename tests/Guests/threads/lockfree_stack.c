// A stack of indices with a tag against reuse, by 64-bit compare and swap.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum { NODES = 64, ROUNDS = 500 };

static uint64_t top; // low half: index + 1, high half: tag
static uint32_t next[NODES];
static long visits[NODES];

static void push(uint32_t node)
{
    uint64_t old = __atomic_load_n(&top, __ATOMIC_ACQUIRE), new;
    do {
        next[node] = (uint32_t)old;
        new = ((old >> 32) + 1) << 32 | (node + 1);
    } while (!__atomic_compare_exchange_n(&top, &old, new, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

static int pop(void)
{
    uint64_t old = __atomic_load_n(&top, __ATOMIC_ACQUIRE), new;
    do {
        if (!(uint32_t)old)
            return -1;
        new = ((old >> 32) + 1) << 32 | __atomic_load_n(&next[(uint32_t)old - 1], __ATOMIC_RELAXED);
    } while (!__atomic_compare_exchange_n(&top, &old, new, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return (int)(uint32_t)old - 1;
}

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        int node = pop();
        if (node < 0)
            continue;
        visits[node]++;
        push((uint32_t)node);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];
    for (uint32_t i = 0; i < NODES; i++)
        push(i);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    long sum = 0;
    int left = 0;
    for (int i = 0; i < NODES; i++)
        sum += visits[i];
    while (pop() >= 0)
        left++;
    printf("%ld %d\n", sum, left);
    return 0;
}
