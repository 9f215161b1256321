/* A chain of pointers in random order through four megabytes: each load waits for the one before. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES = 1 << 16 };
struct node { struct node *next; uint64_t value; char padding[48]; };
static struct node nodes[NODES];
static uint32_t order[NODES];

int main(int argc, char **argv)
{
    long steps = argc > 1 ? atol(argv[1]) : 10000000;
    uint32_t seed = 1;
    for (uint32_t i = 0; i < NODES; i++)
        order[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t j = (uint32_t)((uint64_t)seed * (i + 1) >> 32), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = i * 2654435761u;
    }
    uint64_t sum = 0;
    struct node *at = &nodes[order[0]];
    for (long i = 0; i < steps; i++) {
        sum = sum * 3 + at->value;
        at = at->next;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
