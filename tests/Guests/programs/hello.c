/* Arguments, environment, both outputs, an exit code. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    printf("hello from %d arguments\n", argc);
    for (int i = 1; i < argc; i++)
        printf("argv[%d]=%s\n", i, argv[i]);
    printf("LC_ALL=%s\n", getenv("LC_ALL") ? getenv("LC_ALL") : "(none)");
    fprintf(stderr, "to standard error\n");
    return 42;
}
