/* Sorting: an own quicksort of numbers with insertion sort for short runs, and the C library's qsort of records by a comparison function. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBERS = 200000, RECORDS = 20000 };
struct record { uint32_t key; uint32_t place; uint64_t payload; };
static uint32_t numbers[NUMBERS];
static struct record records[RECORDS];
static uint64_t state = 88172645463325252u;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void sort(uint32_t *low, uint32_t *high)
{
    while (high - low > 16) {
        uint32_t *middle = low + (high - low) / 2;
        uint32_t a = *low, b = *middle, c = *high;
        uint32_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        uint32_t *left = low, *right = high;
        while (left <= right) {
            while (*left < pivot)
                left++;
            while (*right > pivot)
                right--;
            if (left <= right) {
                uint32_t swap = *left;
                *left++ = *right;
                *right-- = swap;
            }
        }
        if (right - low < high - left) {
            sort(low, right);
            low = left;
        } else {
            sort(left, high);
            high = right;
        }
    }
    for (uint32_t *at = low + 1; at <= high; at++) {
        uint32_t value = *at, *to = at;
        for (; to > low && to[-1] > value; to--)
            *to = to[-1];
        *to = value;
    }
}

static int compare(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    return a->key != b->key ? (a->key < b->key ? -1 : 1) : (int)a->place - (int)b->place;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t sum = 0;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < NUMBERS; i++)
            numbers[i] = next();
        sort(numbers, numbers + NUMBERS - 1);
        for (int i = 1; i < NUMBERS; i++) {
            if (numbers[i - 1] > numbers[i])
                return 1;
            sum = sum * 31 + numbers[i];
        }
        for (int i = 0; i < RECORDS; i++)
            records[i] = (struct record){ next() % 5000, (uint32_t)i, state };
        qsort(records, RECORDS, sizeof records[0], compare);
        for (int i = 0; i < RECORDS; i++)
            sum = sum * 31 + records[i].payload;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
