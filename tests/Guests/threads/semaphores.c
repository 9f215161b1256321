// Two semaphores hand the turn to and fro.
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t ping, pong;
static char text[65];
static int length;

static void *answer(void *unused)
{
    (void)unused;
    for (int i = 0; i < 32; i++) {
        sem_wait(&ping);
        text[length++] = 'o';
        sem_post(&pong);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_create(&thread, NULL, answer, NULL);
    for (int i = 0; i < 32; i++) {
        text[length++] = 'i';
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(thread, NULL);
    int value;
    sem_getvalue(&ping, &value);
    printf("%s %d\n", text, value);
    return 0;
}
