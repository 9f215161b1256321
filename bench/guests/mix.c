/* Integer arithmetic of all kinds: multiply, divide, rotate, shift, compare and branch. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 4000000;
    uint64_t a = 0x9E3779B97F4A7C15, b = 1, c = 0;
    uint32_t d = 12345;
    for (long i = 0; i < rounds; i++) {
        a ^= a << 13;
        a ^= a >> 7;
        a ^= a << 17;
        b = b * 6364136223846793005u + a;
        d = (d << 5 | d >> 27) + (uint32_t)b;
        if (a & 4)
            c += d % 1000;
        else
            c -= (uint16_t)b;
        if ((i & 15) == 0)
            c ^= a / ((b & 0xffff) + 3);
    }
    printf("%llu %llu %u\n", (unsigned long long)b, (unsigned long long)c, d);
}
