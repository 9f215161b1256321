// A mutex and a condition variable in memory that two processes share.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared { pthread_mutex_t lock; pthread_cond_t changed; int turn; unsigned long sum; };

static void play(struct shared *shared, int me)
{
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&shared->lock);
        while (shared->turn != me)
            pthread_cond_wait(&shared->changed, &shared->lock);
        shared->sum = shared->sum * 3 + (unsigned)me + 1;
        shared->turn = !me;
        pthread_cond_signal(&shared->changed);
        pthread_mutex_unlock(&shared->lock);
    }
}

int main(void)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    int status;
    if (shared == MAP_FAILED)
        return 1;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &mutex);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->changed, &condition);
    pid_t child = fork();
    play(shared, child == 0);
    if (child == 0)
        _exit(0);
    waitpid(child, &status, 0);
    printf("%lx %d\n", shared->sum, status);
    return 0;
}
