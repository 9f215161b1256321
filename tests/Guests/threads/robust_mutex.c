// A thread ends with a robust mutex held: the next owner is told and makes it consistent.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock;

static void *die_holding(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&lock, &attributes);
    pthread_create(&thread, NULL, die_holding, NULL);
    pthread_join(thread, NULL);
    int error = pthread_mutex_lock(&lock);
    printf("%s\n", error == EOWNERDEAD ? "EOWNERDEAD" : "?");
    printf("%d", pthread_mutex_consistent(&lock));
    printf(" %d", pthread_mutex_unlock(&lock));
    printf(" %d", pthread_mutex_lock(&lock));
    printf(" %d", pthread_mutex_lock(&lock) == EDEADLK);
    printf(" %d\n", pthread_mutex_unlock(&lock));
    return 0;
}
