// Merge sort that gives one half to a new thread, three levels deep.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 4096 };

struct part { int *data, count, depth; };

static int scratch[COUNT], numbers[COUNT];

static void merge(int *data, int count)
{
    int *out = scratch + (data - numbers), half = count / 2, i = 0, j = half, n = 0;
    while (i < half || j < count)
        out[n++] = j >= count || (i < half && data[i] <= data[j]) ? data[i++] : data[j++];
    memcpy(data, out, count * sizeof *data);
}

static void *sort(void *argument)
{
    struct part whole = *(struct part *)argument;
    if (whole.count < 2)
        return NULL;
    int half = whole.count / 2;
    struct part left = { whole.data, half, whole.depth - 1 }, right = { whole.data + half, whole.count - half, whole.depth - 1 };
    pthread_t thread;
    int other = whole.depth > 0 && pthread_create(&thread, NULL, sort, &left) == 0;
    if (!other)
        sort(&left);
    sort(&right);
    if (other)
        pthread_join(thread, NULL);
    merge(whole.data, whole.count);
    return NULL;
}

int main(void)
{
    unsigned seed = 12345;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = (int)((seed = seed * 1103515245 + 12345) >> 8);
    struct part all = { numbers, COUNT, 3 };
    sort(&all);
    for (int i = 1; i < COUNT; i++)
        if (numbers[i - 1] > numbers[i])
            return 1;
    printf("%d %d %d\n", numbers[0], numbers[COUNT / 2], numbers[COUNT - 1]);
    return 0;
}
