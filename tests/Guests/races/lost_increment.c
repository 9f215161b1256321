// A counter is read, incremented and written by three instructions in a row, with no branch between them. Prints "race" when an
// increment was lost. exit code 0 without a race, 1 with one.
#include <pthread.h>
#include <stdio.h>

static long counter;

static void increment(void)
{
    long value;
    __asm__ volatile("mov %1, %0\n\tinc %0\n\tmov %0, %1" : "=&r"(value), "+m"(counter));
}

static void *add(void *unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++)
        increment();
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, add, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(counter == 400 ? "fine" : "race");
    return counter != 400;
}
