/*
 * Many tasks that wait, each in one of several calls, while the first one works with many open files: "blocked TASKS FILES ROUNDS [STOP]".
 * With STOP it goes on working until a file of that name is there, in descriptors that stay open all the time.
 * Nothing of what waits may be lost, whatever happens to the kernel meanwhile. What it prints does not depend on time.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1 }; /* linux/futex.h, which musl lacks */

enum { READ, POLL, SLEEP, FUTEX, WAIT, KINDS };

static volatile int *go;

static int read_end(int fd)
{
    char byte = 0;
    return read(fd, &byte, 1) == 0 ? 10 + READ : 1; /* the other end is closed when the work is done */
}

static int wait_in(int kind, int fd)
{
    switch (kind) {
    case READ:
        return read_end(fd);
    case POLL: {
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        return poll(&poll_fd, 1, -1) == 1 && (poll_fd.revents & POLLHUP) ? 10 + POLL : 1;
    }
    case SLEEP: {
        struct timespec time = { 0, 20000000 };
        while (!*go)
            if (nanosleep(&time, NULL) != 0)
                return 1;
        return 10 + SLEEP;
    }
    case FUTEX:
        while (!*go)
            if (syscall(SYS_futex, go, FUTEX_WAIT, 0, NULL, NULL, 0) != 0 && errno != EAGAIN)
                return 1;
        return 10 + FUTEX;
    default: {
        pid_t child = fork();
        if (child == 0)
            _exit(read_end(fd));
        int status = 0;
        return wait4(child, &status, 0, NULL) == child && WEXITSTATUS(status) == 10 + READ ? 10 + WAIT : 1;
    }
    }
}

/* The files are written over again and again; what they hold in the end is the same. */
static void hold(const int *fds, int files, const char *stop)
{
    while (access(stop, F_OK) != 0) {
        for (int i = 0; i < files; i++) {
            uint64_t value = 0;
            pread(fds[i], &value, sizeof value, 0);
            pwrite(fds[i], &value, sizeof value, 0);
        }
    }
}

static uint64_t work(int files, int rounds, const char *stop)
{
    int *fds = calloc((size_t)files, sizeof *fds);
    uint64_t sum = 0;
    for (int i = 0; i < files; i++) {
        char name[32];
        snprintf(name, sizeof name, "file%d", i);
        fds[i] = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (fds[i] < 0)
            return 0;
    }

    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < files; i++) {
            uint64_t value = (uint64_t)round * 1000003 + (uint64_t)i;
            if (write(fds[i], &value, sizeof value) != sizeof value)
                return 0;
        }
    }

    if (stop != NULL)
        hold(fds, files, stop);
    for (int i = 0; i < files; i++) {
        uint64_t value;
        if (lseek(fds[i], 0, SEEK_CUR) != (off_t)rounds * 8 || lseek(fds[i], 0, SEEK_SET) != 0)
            return 0;
        while (read(fds[i], &value, sizeof value) == sizeof value)
            sum = sum * 31 + value;
        close(fds[i]);
    }

    free(fds);
    return sum;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int tasks = atoi(argv[1]), files = atoi(argv[2]), rounds = atoi(argv[3]);
    go = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int end[2];
    if (go == MAP_FAILED || pipe(end) != 0)
        return 2;
    for (int i = 0; i < tasks; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return 2;
        if (pid == 0) {
            close(end[1]);
            _exit(wait_in(i % KINDS, end[0]));
        }
    }

    uint64_t sum = work(files, rounds, argv[4]);
    *go = 1;
    close(end[1]);
    syscall(SYS_futex, go, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    int counts[KINDS + 1] = { 0 };
    for (int i = 0; i < tasks; i++) {
        int status = 0;
        if (wait(&status) < 0)
            return 2;
        int code = WIFEXITED(status) ? WEXITSTATUS(status) - 10 : KINDS;
        counts[code >= 0 && code < KINDS ? code : KINDS]++;
    }

    printf("sum %016llx\nread %d poll %d nanosleep %d futex %d wait4 %d wrong %d\n", (unsigned long long)sum, counts[READ], counts[POLL],
           counts[SLEEP], counts[FUTEX], counts[WAIT], counts[KINDS]);
    return 0;
}
