// Five philosophers with an order on the forks, so that nobody starves.
#include <pthread.h>
#include <stdio.h>

enum { SEATS = 5, MEALS = 60 };

static pthread_mutex_t forks[SEATS];
static int meals[SEATS];

static void *dine(void *argument)
{
    int seat = (int)(long)argument, left = seat, right = (seat + 1) % SEATS;
    int first = left < right ? left : right, second = left < right ? right : left;
    for (int i = 0; i < MEALS; i++) {
        pthread_mutex_lock(&forks[first]);
        pthread_mutex_lock(&forks[second]);
        meals[seat]++;
        pthread_mutex_unlock(&forks[second]);
        pthread_mutex_unlock(&forks[first]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[SEATS];
    for (int i = 0; i < SEATS; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (long i = 0; i < SEATS; i++)
        pthread_create(&threads[i], NULL, dine, (void *)i);
    for (int i = 0; i < SEATS; i++) {
        pthread_join(threads[i], NULL);
        printf("%d ", meals[i]);
    }
    puts("");
    return 0;
}
