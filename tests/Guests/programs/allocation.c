/* malloc, calloc, realloc, free and aligned_alloc in many sizes, brk and mmap alike, with the content checked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };
static unsigned char *block[SLOTS];
static size_t length[SLOTS];
static unsigned char mark[SLOTS];

static unsigned next(void)
{
    static unsigned long long seed = 42;
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed >> 33;
}

static void check(int i)
{
    for (size_t k = 0; k < length[i]; k += 1 + length[i] / 64)
        if (block[i][k] != mark[i]) {
            printf("block %d is damaged at %zu\n", i, k);
            exit(1);
        }
}

int main(void)
{
    unsigned long long total = 0, moved = 0;
    for (int step = 0; step < 15000; step++) {
        int i = next() % SLOTS;
        if (block[i])
            check(i);
        switch (next() % 8) {
        case 0: case 1: case 2:
            free(block[i]);
            length[i] = next() % 10 == 0 ? next() % 400000 : next() % 2000;
            block[i] = malloc(length[i] + 1);
            break;
        case 3: {
            free(block[i]);
            length[i] = next() % 3000;
            block[i] = calloc(length[i] + 1, 1);
            for (size_t k = 0; k < length[i]; k++)
                total += block[i][k];
            break;
        }
        case 4: case 5: {
            size_t grown = next() % 20 == 0 ? next() % 300000 : next() % 4000;
            unsigned char *p = realloc(block[i], grown + 1);
            moved += block[i] != NULL && grown > length[i];
            block[i] = p;
            length[i] = grown;
            break;
        }
        case 6:
            free(block[i]);
            length[i] = next() % 5000;
            block[i] = aligned_alloc(64, (length[i] + 64) / 64 * 64);
            if ((uintptr_t)block[i] % 64)
                puts("not aligned");
            break;
        default:
            free(block[i]);
            block[i] = NULL;
            length[i] = 0;
            continue;
        }
        if (!block[i]) {
            puts("out of memory");
            return 1;
        }
        mark[i] = next();
        memset(block[i], mark[i], length[i]);
        total += length[i];
    }
    for (int i = 0; i < SLOTS; i++) {
        if (block[i])
            check(i);
        free(block[i]);
    }
    printf("%llu bytes, %llu grown\n", total, moved);
    char *big = malloc(64 << 20);
    memset(big, 1, 64 << 20);
    printf("%d\n", big[(64 << 20) - 1]);
    free(big);
    printf("%s\n", malloc((size_t)-1 / 2) ? "?" : "refused");
    return 0;
}
