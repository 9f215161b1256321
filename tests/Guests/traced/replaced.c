/* A thread that is not its process's first replaces the program: the others end, and the new program has the first one's tid. */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

extern char **environ;
static char *name;

static void *replaces(void *argument)
{
    (void)argument;
    char *arguments[] = {name, "again", 0};
    usleep(300000);
    execve(name, arguments, environ);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return 0;
    name = argv[0];
    pthread_t thread;
    pthread_create(&thread, 0, replaces, 0);
    for (;;)
        pause();
}
