/* long double, which is the x87's 80 bits: additions, multiplications, divisions, square roots, comparisons and conversions. */
#include <stdio.h>
#include <stdlib.h>

static long double root(long double x)
{
    long double result;
    __asm__("fsqrt" : "=t"(result) : "0"(x));
    return result;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 3000000;
    long double x = 0.5L, sum = 0, product = 1;
    long crossings = 0;
    for (long i = 1; i <= rounds; i++) {
        x = 3.75L * x * (1 - x);
        sum += 1.0L / ((long double)i * i);
        product *= 1 + x / 64;
        if (product > 1000)
            product /= 999.5L;
        if ((i & 3) == 0)
            sum += root(x) * 1e-9L;
        crossings += x > 0.5L ? (long)(x * 8) : 0;
    }
    printf("%.17Lg %.17Lg %.17Lg %ld\n", x, sum, product, crossings);
}
