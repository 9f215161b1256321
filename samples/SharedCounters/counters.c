/* For the sample SharedCounters: processes that share no memory meet at counters of the machine.
   gcc -static -o counters counters.c && kpio run --abi SharedCounters.cs ./counters */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define counter_add(counter, amount) syscall(600, (unsigned)(counter), (long)(amount))
#define counter_wait(counter, value) syscall(601, (unsigned)(counter), (long)(value))

enum { READY, DONE, WORKERS = 4 };

int main(void)
{
    if (counter_add(READY, 0) < 0) {
        printf("no shared counters here: %s\n", strerror(errno));
        return 1;
    }
    for (int i = 0; i < WORKERS; i++) {
        if (fork() == 0) {
            counter_wait(READY, 1); /* until the parent lets all of them go */
            counter_add(DONE, 10);
            _exit(0);
        }
    }
    counter_add(READY, 1);
    printf("done: %ld\n", counter_wait(DONE, 10 * WORKERS));
    while (wait(0) > 0)
        ;
    long below = counter_add(DONE, -1000);
    printf("below zero: %ld, %s\n", below, errno == ERANGE ? "ERANGE" : strerror(errno));
    printf("back to: %ld\n", counter_add(DONE, -10 * WORKERS));
    return 0;
}
