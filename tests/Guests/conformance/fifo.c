/* fifo(7): an open that waits for the other side, which comes together with a signal and is gone at once. */
#include "case.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static volatile int signals;

static void count(int number)
{
    (void)number;
    signals++;
}

/* Opens until it succeeds; a signal may end a try, but only when the other side has not come. */
static int open_patiently(int flags)
{
    int fd;
    while ((fd = open("fifo", flags)) < 0 && errno == EINTR)
        ;
    return fd;
}

static void meet(const char *name, int own, int other)
{
    int opened = 0, met = 0;
    for (int i = 0; i < 50; i++)
    {
        pid_t pid = fork();
        if (pid == 0)
        {
            usleep(2000); /* the parent waits by now; should it not, the case is an easier one */
            kill(getppid(), SIGUSR1);
            int fd = open_patiently(other);
            close(fd);
            _exit(fd >= 0);
        }

        int fd = open_patiently(own), status;
        opened += fd >= 0;
        close(fd);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        met += WEXITSTATUS(status);
    }

    VALUE(name, opened);
    VALUE("met", met);
}

int main(void)
{
    struct sigaction action = { .sa_handler = count };
    sigaction(SIGUSR1, &action, NULL);
    CALL("mkfifo", mkfifo("fifo", 0600));
    meet("writer waits", O_WRONLY, O_RDONLY);
    meet("reader waits", O_RDONLY, O_WRONLY);
    VALUE("signals", signals);
    CALL("writer without reader", open("fifo", O_WRONLY | O_NONBLOCK));
    HOLDS("reader without writer", open("fifo", O_RDONLY | O_NONBLOCK) >= 0);
    CALL("again", mkfifo("fifo", 0600));
    unlink("fifo");
    return 0;
}
