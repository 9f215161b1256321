/* proc(5), /proc/uptime: neither number goes back, while processes work, sleep and end. */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

static long uptime, idle;

static int look(int fd)
{
    char text[100];
    long a, b, c, d;
    ssize_t count = pread(fd, text, sizeof text - 1, 0);
    text[count < 0 ? 0 : count] = 0;
    if (sscanf(text, "%ld.%2ld %ld.%2ld\n", &a, &b, &c, &d) != 4)
        return 0;
    long new_uptime = a * 100 + b, new_idle = c * 100 + d;
    int grows = new_uptime >= uptime && new_idle >= idle;
    uptime = new_uptime;
    idle = new_idle;
    return grows;
}

static void pass(long milliseconds)
{
    struct timespec time = { 0, milliseconds * 1000000 };
    nanosleep(&time, 0);
}

int main(void)
{
    int fd = open("/proc/uptime", O_RDONLY), all = 1;
    HOLDS("two numbers", look(fd));
    long start = uptime;
    while (uptime - start < 10)
        all &= look(fd);
    HOLDS("of one that works", all);
    for (int i = 0; i < 5; i++) {
        pass(20);
        all &= look(fd);
    }
    HOLDS("of one that sleeps", all);
    for (int i = 0; i < 5; i++) {
        if (case_fork() == 0) {
            start = clock();
            while (clock() - start < CLOCKS_PER_SEC / 50)
                all &= look(fd);
            _exit(!all);
        }
        int status;
        wait(&status);
        all &= status == 0;
        all &= look(fd);
        all &= look(fd);
    }
    HOLDS("of processes that end", all);
    HOLDS("not more idle than there was time", idle <= (uptime + 100) * sysconf(_SC_NPROCESSORS_CONF));
    return 0;
}
