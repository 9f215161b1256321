/*
 * A tree of busy processes, out of which one after another is killed at a random moment. Arguments: how many are killed, and the seed. The
 * processes do whatever has something to give back: fork, vfork and exec, threads, pipes, memory, futexes, semaphores, locks, timers, files
 * that stand for others. Runs on KPIO alone: it sends signals to numbers that it has read, which on a host may be anybody's by then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef FUTEX_WAIT
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#endif

#define TABLE 65536
#define WORKERS 6
#define DEPTH 3

struct shared {
    volatile int stop, count, word;
    volatile int pids[TABLE];
};

static struct shared *shared;
static pid_t workers[WORKERS];
static int semaphores;
static unsigned long state;

static unsigned long draw(unsigned long limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % limit;
}

static void spin(unsigned long most)
{
    for (volatile unsigned long i = draw(most + 1); i > 0; i--)
        ;
}

static void work(int depth);

/* A child that can be killed from its first moment on. */
static pid_t start(int depth)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int place = __atomic_fetch_add(&shared->count, 1, __ATOMIC_SEQ_CST);
    shared->pids[place % TABLE] = getpid();
    state += (unsigned long)place * 7919;
    if (shared->stop)
        _exit(0);
    work(depth);
    _exit(0);
}

static void *churn(void *unused)
{
    for (int i = 0; i < 4; i++) {
        char *memory = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) {
            memset(memory, 1, 32768);
            munmap(memory, 32768);
        }

        sched_yield();
    }
    return unused;
}

static void threads(void)
{
    pthread_t list[2];
    int made = 0;
    while (made < 2 && pthread_create(&list[made], NULL, churn, NULL) == 0)
        made++;
    while (made > 0)
        pthread_join(list[--made], NULL);
}

static void exec(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", "tree", (char *)NULL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
}

/* More than fits, so that both ends wait for each other. */
static void pipes(int depth)
{
    static char block[100000];
    int p[2];
    if (pipe(p) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        shared->pids[__atomic_fetch_add(&shared->count, 1, __ATOMIC_SEQ_CST) % TABLE] = getpid();
        close(p[0]);
        write(p[1], block, sizeof block);
        _exit(depth);
    }
    close(p[1]);
    while (read(p[0], block, 3000) > 0 && draw(20) != 0)
        ;
    close(p[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void sockets(void)
{
    int s[2];
    char c;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0)
        return;
    pid_t pid = start(DEPTH);
    write(s[0], "x", 1);
    read(s[1], &c, 1);
    close(s[0]);
    close(s[1]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void futexes(void)
{
    struct timespec most = { 0, 200000 };
    if (draw(2))
        syscall(SYS_futex, &shared->word, FUTEX_WAIT, shared->word, &most);
    __atomic_add_fetch(&shared->word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &shared->word, FUTEX_WAKE, 2);
}

/* What the process owes to the semaphore when it is killed, the kernel gives back. */
static void semaphore(void)
{
    struct sembuf take = { 0, -1, SEM_UNDO }, give = { 0, 1, SEM_UNDO };
    if (semop(semaphores, &take, 1) != 0)
        return;
    spin(500);
    if (draw(4) == 0)
        sched_yield();
    semop(semaphores, &give, 1);
}

static void lock(void)
{
    int fd = open("lock", O_RDWR | O_CREAT, 0600);
    if (fd < 0)
        return;
    if (draw(2)) {
        flock(fd, LOCK_EX);
    } else {
        struct flock all = { .l_type = F_WRLCK };
        fcntl(fd, F_SETLKW, &all);
    }
    spin(500);
    if (draw(4) == 0)
        sched_yield();
    close(fd);
}

static void events(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    struct itimerspec soon = { { 0, 50000 }, { 0, 50000 } };
    int epoll = epoll_create1(0), event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), signals = signalfd(-1, &set, 0);
    struct epoll_event wanted = { .events = EPOLLIN };
    timerfd_settime(timer, 0, &soon, NULL);
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted);
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &wanted);
    epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &wanted);
    epoll_wait(epoll, &wanted, 1, 20);
    struct pollfd again = { .fd = epoll, .events = POLLIN };
    poll(&again, 1, 1);
    close(event);
    close(timer);
    close(epoll);
    close(signals);
}

static void timers(void)
{
    struct itimerval value = { { 0, 100 }, { 0, 100 } }, none = { 0 };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    struct itimerspec soon = { { 0, 70000 }, { 0, 70000 } };
    timer_t timer;
    signal(SIGALRM, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, NULL);
    setitimer(ITIMER_REAL, &value, NULL);
    spin(3000);
    usleep(150);
    setitimer(ITIMER_REAL, &none, NULL);
    timer_delete(timer);
}

static void memory(void)
{
    size_t size = 65536;
    int fd = memfd_create("shared", 0);
    ftruncate(fd, size);
    char *one = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *two = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    for (size_t i = 0; i < size && one != MAP_FAILED && two != MAP_FAILED; i += 4096)
        one[i] = two[i] = 1;
    close(fd);
    pid_t pid = start(DEPTH);
    for (size_t i = 0; i < size && two != MAP_FAILED; i += 8192)
        two[i] = 2;
    munmap(one, size);
    munmap(two, size);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void work(int depth)
{
    int rounds = depth == 0 ? 1 << 20 : depth >= DEPTH ? 2 : 6;
    while (rounds-- > 0 && !shared->stop) {
        pid_t pid;
        switch (draw(13)) {
        case 0:
            if (depth < DEPTH && (pid = start(depth + 1)) > 0 && draw(3) != 0)
                waitpid(pid, NULL, 0);
            break;
        case 1: exec(); break;
        case 2: threads(); break;
        case 3: pipes(depth); break;
        case 4: if (depth < DEPTH) sockets(); break;
        case 5: futexes(); break;
        case 6: semaphore(); break;
        case 7: lock(); break;
        case 8: events(); break;
        case 9: timers(); break;
        case 10: if (depth < DEPTH) memory(); break;
        case 11: usleep(draw(300)); break;
        default: spin(5000); break;
        }
    }
}

/* Orphans come here too. Whether there are children yet. */
static int reap(void)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (int i = 0; i < WORKERS; i++) {
            if (workers[i] == pid)
                workers[i] = 0;
        }
    }
    return pid == 0;
}

int main(int argc, char **argv)
{
    struct utsname name;
    if (argc < 3)
        return 0;
    uname(&name);
    if (!strstr(name.release, "kpio"))
        return 2;
    int wanted = atoi(argv[1]), sent = 0;
    state = strtoul(argv[2], NULL, 10) * 2654435761u;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    semctl(semaphores, 0, SETVAL, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);

    while (sent < wanted) {
        for (int i = 0; i < WORKERS; i++) {
            if (workers[i] == 0 && (workers[i] = start(0)) < 0)
                workers[i] = 0;
        }
        if (draw(3) == 0)
            usleep(draw(100));
        else
            spin(3000);
        int count = shared->count, first = count > 64 ? count - 64 : 0;
        pid_t victim = count == 0 ? 0 : shared->pids[(first + draw(count - first)) % TABLE];
        if (victim > 0) {
            int stops = draw(8) == 0;
            if (stops)
                kill(victim, SIGSTOP);
            if (kill(victim, SIGKILL) == 0)
                sent++;
            else
                spin(2000);
        }
        reap();
    }

    shared->stop = 1;
    for (int left = 1; left;) {
        int count = shared->count < TABLE ? shared->count : TABLE;
        for (int i = 0; i < count; i++) {
            if (shared->pids[i] > 0 && kill(shared->pids[i], SIGKILL) != 0)
                shared->pids[i] = 0;
        }
        left = reap();
        usleep(100);
    }

    printf("%d killed, semaphore %d, waiting %d\n", sent, semctl(semaphores, 0, GETVAL), semctl(semaphores, 0, GETNCNT));
    semctl(semaphores, 0, IPC_RMID);
    int fd = open("lock", O_RDWR | O_CREAT, 0600);
    struct flock all = { .l_type = F_WRLCK };
    printf("locks are free: %s\n", flock(fd, LOCK_EX | LOCK_NB) == 0 && fcntl(fd, F_SETLK, &all) == 0 ? "yes" : "no");
    unlink("lock");
    return 0;
}
