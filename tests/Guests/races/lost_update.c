// A read and a write of a counter without a lock between them. Prints "race" when an update was lost.
// exit code 0 without a race, 1 with one.
#include <pthread.h>
#include <stdio.h>

static volatile long counter;

static void *add(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        long old = counter;
        for (volatile int spin = 0; spin < 20; spin++)
            ;
        counter = old + 1;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, add, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(counter == 100 ? "fine" : "race");
    return counter != 100;
}
