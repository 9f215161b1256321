/* qsort and bsearch over numbers, strings and records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record { int key; char name[12]; double weight; };

static int numbers(const void *a, const void *b) { int x = *(const int *)a, y = *(const int *)b; return (x > y) - (x < y); }
static int strings(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int records(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return x->key - y->key;
}

int main(void)
{
    enum { N = 20000 };
    int *values = malloc(N * sizeof *values);
    unsigned seed = 7;
    for (int i = 0; i < N; i++)
        values[i] = (int)(seed = seed * 1664525 + 1013904223) >> 8;
    qsort(values, N, sizeof *values, numbers);
    unsigned long long hash = 0;
    for (int i = 0; i < N; i++)
        hash = hash * 31 + (unsigned)values[i];
    printf("%d %d %d %llu\n", values[0], values[N / 2], values[N - 1], hash);
    int wanted = values[1234], *found = bsearch(&wanted, values, N, sizeof *values, numbers);
    printf("%s\n", found && *found == wanted ? "found" : "lost");

    char *words[] = { "pear", "apple", "fig", "Orange", "banana", "apple2", "", "zebra", "äpfel" };
    qsort(words, 9, sizeof *words, strings);
    for (int i = 0; i < 9; i++)
        printf("[%s]", words[i]);
    putchar('\n');

    struct record table[300];
    for (int i = 0; i < 300; i++) {
        table[i].key = i;
        snprintf(table[i].name, sizeof table[i].name, "r%d", i);
        table[i].weight = (i * 7919 % 97) / 8.0;
    }
    qsort(table, 300, sizeof *table, records);
    for (int i = 0; i < 300; i += 37)
        printf("%d %s %.3f\n", table[i].key, table[i].name, table[i].weight);
    return 0;
}
