/* SHA-256 (FIPS 180-4) of a buffer, chained: rotations, additions and bit operations of 32 bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 1 << 16 };
static uint8_t buffer[SIZE];
static uint32_t constants[64];

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void block(uint32_t state[8], const uint8_t *data)
{
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)data[4 * i] << 24 | (uint32_t)data[4 * i + 1] << 16 | (uint32_t)data[4 * i + 2] << 8 | data[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

/* The fractional bits of a root of a prime, by bisection in integers: the standard's constants are those. */
static uint32_t root(uint64_t prime, int degree)
{
    /* The largest x with x^degree <= prime * 2^(32 degree); x needs 35 bits. */
    uint64_t x = 0;
    for (int bit = 36; bit >= 0; bit--) {
        unsigned __int128 y = x | (uint64_t)1 << bit, limit = prime;
        if (degree == 2) {
            if (y * y <= limit << 64)
                x = (uint64_t)y;
        } else {
            /* y^3 <= prime * 2^96, without 128 bits being left: y^2 / 2^32 * y / 2^32 <= prime * 2^32, rounded up on the left. */
            unsigned __int128 square = y * y, high = square >> 32, low = square & 0xffffffff;
            unsigned __int128 cube = high * y + (low * y >> 32);
            if (cube < limit << 64)
                x = (uint64_t)y;
        }
    }
    return (uint32_t)x;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 500;
    uint32_t state[8];
    int count = 0;
    for (uint64_t n = 2; count < 64; n++) {
        int prime = 1;
        for (uint64_t d = 2; d * d <= n; d++)
            prime &= n % d != 0;
        if (prime) {
            if (count < 8)
                state[count] = root(n, 2);
            constants[count++] = root(n, 3);
        }
    }
    for (int i = 0; i < SIZE; i++)
        buffer[i] = (uint8_t)(i * 7 + (i >> 8));
    for (int round = 0; round < rounds; round++)
        for (int at = 0; at < SIZE; at += 64)
            block(state, buffer + at);
    for (int i = 0; i < 8; i++)
        printf("%08x", state[i]);
    printf("\n");
}
