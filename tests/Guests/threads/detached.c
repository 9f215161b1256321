// Detached threads, threads that start threads, and a main thread that ends before the others.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int running = 1, ended;

static void *grow(void *argument)
{
    long depth = (long)argument;
    pthread_mutex_lock(&lock);
    if (depth > 0)
        running += 2;
    pthread_mutex_unlock(&lock);
    for (int i = 0; depth > 0 && i < 2; i++) {
        pthread_t child;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        if (pthread_create(&child, &attributes, grow, (void *)(depth - 1)) != 0)
            abort();
    }
    pthread_mutex_lock(&lock);
    ended++;
    int last = --running == 0;
    pthread_mutex_unlock(&lock);
    if (last) {
        printf("%d threads ended\n", ended);
        exit(5);
    }
    return NULL;
}

int main(void)
{
    pthread_t root;
    pthread_create(&root, NULL, grow, (void *)4L);
    pthread_detach(root);
    pthread_exit(NULL);
}
