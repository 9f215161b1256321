// Two threads find an object missing and both make it. Prints "race" when it was made twice.
// exit code 0 without a race, 1 with one.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int *volatile object;
static int made;

static int *get(void)
{
    if (!object) {
        int *fresh = malloc(sizeof *fresh);
        *fresh = __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
        object = fresh;
    }
    return object;
}

static void *use(void *unused)
{
    (void)unused;
    return (void *)(long)*get();
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, use, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(made == 1 ? "fine" : "race");
    return made != 1;
}
