/* The C program of "kpio demo": compiled by the machine's own compiler, then run on KPIO as it is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static int by_length(const void *a, const void *b)
{
    size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    printf("a C program with %d arguments, the second is '%s'\n", argc, argc > 1 ? argv[1] : "");
    printf("pi is about %.15f, e is about %Lg\n", 4 * atan(1), expl(1.0L));

    const char *words[] = { "interpreter", "page", "kernel", "translation", "ring" };
    qsort(words, 5, sizeof *words, by_length);
    for (int i = 0; i < 5; i++)
        printf("%s%s", words[i], i < 4 ? " < " : "\n");

    FILE *file = fopen("/tmp/kpio-demo.txt", "w");
    fprintf(file, "written inside the machine\n");
    fclose(file);
    struct stat about;
    stat("/tmp/kpio-demo.txt", &about);
    printf("a file of %lld bytes, in memory only: nothing of it reaches the host\n", (long long)about.st_size);
    return 0;
}
