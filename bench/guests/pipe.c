/* Bytes through a pipe within one process. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 300000;
    int ends[2];
    char buffer[64] = "through";
    long sum = 0;
    if (pipe(ends) != 0)
        return 1;
    for (long i = 0; i < rounds; i++) {
        sum += write(ends[1], buffer, sizeof buffer);
        sum += read(ends[0], buffer, sizeof buffer);
    }
    printf("%ld %s\n", sum, buffer);
}
