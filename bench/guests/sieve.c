/* The sieve of Eratosthenes: byte stores at growing strides, and a counting loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 400000 };
static unsigned char composite[LIMIT];

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    long primes = 0;
    for (int round = 0; round < rounds; round++) {
        memset(composite, 0, sizeof composite);
        for (int i = 2; i * i < LIMIT; i++)
            if (!composite[i])
                for (int j = i * i; j < LIMIT; j += i)
                    composite[j] = 1;
        for (int i = 2; i < LIMIT; i++)
            primes += !composite[i];
    }
    printf("%ld\n", primes);
}
