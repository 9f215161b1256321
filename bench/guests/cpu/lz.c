/* A compressor of the Lempel-Ziv kind with chains of former places, and its decompressor, on text of the program's own making. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1 << 19, WINDOW = 1 << 15, HASHES = 1 << 14, LEAST = 4, MOST = 258, TRIES = 16 };
static uint8_t text[TEXT], packed[TEXT + TEXT / 8 + 16], unpacked[TEXT + MOST];
static int32_t head[HASHES], previous[WINDOW];

static uint32_t hash_of(const uint8_t *at)
{
    uint32_t four;
    memcpy(&four, at, 4);
    return four * 2654435761u >> 18;
}

static void enter(int at)
{
    uint32_t hash = hash_of(text + at);
    previous[at & (WINDOW - 1)] = head[hash];
    head[hash] = at;
}

/* A byte with eight flags, then for each a literal, or a distance (2 bytes) and a length (1 byte). */
static size_t pack(void)
{
    uint8_t *out = packed, *flags = 0;
    int items = 0;
    memset(head, -1, sizeof head);
    for (int at = 0; at < TEXT;) {
        if (items++ % 8 == 0)
            *(flags = out++) = 0;
        int best = 0, distance = 0;
        if (at + MOST < TEXT) {
            int candidate = head[hash_of(text + at)];
            for (int tries = TRIES; candidate >= 0 && at - candidate < WINDOW && tries > 0; tries--) {
                int length = 0;
                while (length < MOST && text[candidate + length] == text[at + length])
                    length++;
                if (length > best) {
                    best = length;
                    distance = at - candidate;
                }
                candidate = previous[candidate & (WINDOW - 1)];
            }
        }
        if (best >= LEAST) {
            *flags |= 1u << (items - 1) % 8;
            *out++ = (uint8_t)distance;
            *out++ = (uint8_t)(distance >> 8);
            *out++ = (uint8_t)(best - LEAST);
        } else {
            *out++ = text[at];
            best = 1;
        }
        for (int end = at + best; at < end; at++)
            if (at + MOST < TEXT)
                enter(at);
    }
    return (size_t)(out - packed);
}

static size_t unpack(size_t size)
{
    const uint8_t *in = packed, *end = packed + size;
    uint8_t *out = unpacked;
    while (in < end) {
        uint8_t flags = *in++;
        for (int item = 0; item < 8 && in < end; item++, flags >>= 1)
            if (flags & 1) {
                const uint8_t *from = out - (in[0] | in[1] << 8);
                for (int length = in[2] + LEAST; length > 0; length--)
                    *out++ = *from++;
                in += 3;
            } else {
                *out++ = *in++;
            }
    }
    return (size_t)(out - unpacked);
}

int main(int argc, char **argv)
{
    static const char *const words[] = { "the ", "quick ", "brown ", "fox ", "jumps ", "over ", "a ", "lazy ", "dog", ".\n", "and ", "then ", "sleeps ", "again ", "until ", "noon" };
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    uint32_t seed = 1;
    uint64_t sum = 0;
    for (int round = 0; round < rounds; round++) {
        for (int at = 0; at < TEXT;) {
            seed = seed * 1103515245 + 12345;
            const char *word = words[seed >> 28];
            if ((seed >> 16 & 63) == 0)
                text[at++] = (uint8_t)(seed >> 8);
            for (; *word && at < TEXT; word++)
                text[at++] = (uint8_t)*word;
        }
        size_t size = pack();
        if (unpack(size) != TEXT || memcmp(text, unpacked, TEXT) != 0)
            return 1;
        sum = sum * 31 + size;
        for (size_t i = 0; i < size; i++)
            sum = sum * 31 + packed[i];
    }
    printf("%016llx\n", (unsigned long long)sum);
}
