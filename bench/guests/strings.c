/* The C library's string functions on short and long strings, and sorting of strings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 2000 };
static char words[WORDS][24];
static char text[WORDS * 24];
static char copy[WORDS * 24];

static int compare(const void *a, const void *b) { return strcmp(a, b); }

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 30;
    unsigned seed = 1;
    unsigned long sum = 0;
    for (int round = 0; round < rounds; round++) {
        char *end = text;
        for (int i = 0; i < WORDS; i++) {
            seed = seed * 1103515245 + 12345;
            snprintf(words[i], sizeof words[i], "%u-%x", seed % 100000, seed >> 20);
            end = stpcpy(end, words[i]);
            *end++ = ' ';
        }
        *end = 0;
        qsort(words, WORDS, sizeof words[0], compare);
        for (int i = 0; i < WORDS; i += 16)
            sum += strstr(text, words[i]) - text;
        memcpy(copy, text, sizeof text);
        memmove(copy + 1, copy, sizeof copy - 1);
        for (char *at = copy; (at = strchr(at, ' ')); at++)
            sum += at[1] == '1' ? strnlen(at, 64) : 1;
        sum += memcmp(copy + 1, text, strlen(text)) == 0;
    }
    printf("%lu\n", sum);
}
