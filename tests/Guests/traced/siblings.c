/* Threads as a tracer sees them: one after the other, then one that ends the process while others wait. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ready[2];

static void *one(void *argument)
{
    usleep(150000);
    syscall(SYS_gettid);
    write(ready[1], argument, 1);
    return 0;
}

static void *waits(void *argument)
{
    write(ready[1], argument, 1);
    for (;;)
        pause();
    return 0;
}

static void *ends(void *argument)
{
    usleep(300000);
    write(1, argument, 1);
    exit(9);
}

static void start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    pthread_create(&thread, 0, body, argument);
    pthread_detach(thread);
}

int main(void)
{
    char byte;
    pipe(ready);
    for (int i = 0; i < 3; i++) {
        start(one, "abc" + i);
        read(ready[0], &byte, 1);
        usleep(150000); /* It has ended. */
    }
    start(waits, "w");
    read(ready[0], &byte, 1);
    start(ends, "e");
    for (;;)
        pause();
}
