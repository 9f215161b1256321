// A pointer is published before what it points to is filled in. Prints "race" when a reader saw that.
// exit code 0 without a race, 1 with one.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

struct message { volatile int length; volatile char text[64]; };

static struct message box;
static struct message *volatile published;
static int torn;

static void *read_it(void *unused)
{
    (void)unused;
    while (!published)
        sched_yield();
    int sum = 0;
    for (int i = 0; i < published->length; i++)
        sum += published->text[i] == 'x';
    torn = sum != 64;
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, read_it, NULL);
    sched_yield();
    published = &box;
    box.length = 64;
    for (int i = 0; i < 64; i++)
        box.text[i] = 'x';
    pthread_join(thread, NULL);
    puts(torn ? "race" : "fine");
    return torn;
}
