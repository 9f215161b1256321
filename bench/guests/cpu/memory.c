/*
 * The C library's functions on memory and strings, on short and long ones at every alignment. glibc chooses one for the processor at start
 * (AVX2 where there is any), musl has one of each.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 16 };
static char from[SIZE + 64], to[SIZE + 64];

/* Through pointers that the compiler cannot see through, so that it puts nothing of its own in the calls' place. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile fill)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static size_t (*volatile length)(const char *) = strlen;
static int (*volatile order)(const char *, const char *) = strcmp;

static void *search(const void *text, int byte, size_t size) { return memchr(text, byte, size); }
static void *(*volatile find)(const void *, int, size_t) = search;

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 500;
    uint64_t sum = 0;
    for (int i = 0; i < SIZE; i++)
        from[i] = (char)(i % 251 + 1);
    for (int round = 0; round < rounds; round++) {
        for (int size = 1; size <= SIZE; size += size / 2 + 1) {
            int skew = (size + round) & 31;
            copy(to + skew, from, (size_t)size);
            to[skew + size] = 0;
            sum += length(to + skew);
            sum = sum * 31 + (uint64_t)((char *)find(from, size % 251 + 1, SIZE) - from);
            sum += compare(to + skew, from, (size_t)size) == 0;
            move(to + skew + 1, to + skew, (size_t)size);
            sum = sum * 31 + (unsigned char)to[skew + size / 2];
            to[skew + 1 + size] = 0;
            sum += order(to + skew + 1, from) < 0;
            fill(to, round, (size_t)size);
        }
        for (int i = 0; i < 2000; i++) {
            int size = i * 7 % 48;
            copy(to + i, from + i % 100, (size_t)size);
            to[i + size] = 0;
            sum += length(to + i);
        }
    }
    printf("%016llx\n", (unsigned long long)sum);
}
