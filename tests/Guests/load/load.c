/*
 * Much of one thing at once, named by the first argument, how much by the second: processes, threads, a chain of pipes, programs one after
 * another, killed processes, processes up to a limit, signals, fork bombs. What is printed does not depend on the order in which they run.
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
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void *meet(void *argument)
{
    pthread_barrier_wait(&barrier);
    return argument;
}

/* All of them live until the pipe is closed. */
static void processes(int count)
{
    int p[2], status, ended = 0, sum = 0;
    pipe(p);
    for (int i = 0; i < count; i++) {
        if (fork() == 0) {
            char c;
            close(p[1]);
            read(p[0], &c, 1);
            _exit(i & 127);
        }
    }
    close(p[0]);
    close(p[1]);
    while (wait(&status) > 0) {
        ended++;
        sum += WEXITSTATUS(status);
    }
    printf("%d processes, sum %d\n", ended, sum);
}

static void threads(int count)
{
    pthread_t *list = malloc(count * sizeof *list);
    pthread_attr_t attributes;
    long sum = 0;
    pthread_barrier_init(&barrier, 0, count);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (long i = 0; i < count; i++) {
        if (pthread_create(&list[i], &attributes, meet, (void *)i) != 0)
            abort();
    }
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(list[i], &result);
        sum += (long)result;
    }
    printf("%d threads, sum %ld\n", count, sum);
}

static void chain(int stages)
{
    int in = -1, p[2];
    char buffer[4096];
    long n, total = 0;
    for (int i = 0; i <= stages; i++) {
        pipe(p);
        if (fork() == 0) {
            close(p[0]);
            for (int j = 0; in < 0 && j < 1000; j++)
                write(p[1], "0123456789", 10);
            while (in >= 0 && (n = read(in, buffer, sizeof buffer)) > 0)
                write(p[1], buffer, n);
            _exit(0);
        }
        close(p[1]);
        if (in >= 0)
            close(in);
        in = p[0];
    }
    while ((n = read(in, buffer, sizeof buffer)) > 0)
        total += n;
    close(in);
    while (wait(0) > 0)
        ;
    printf("%d stages, %ld bytes\n", stages, total);
}

static void programs(int count)
{
    int status, good = 0;
    for (int i = 0; i < count; i++) {
        pid_t pid = i % 2 ? fork() : vfork();
        if (pid == 0) {
            execl("/proc/self/exe", "load", "nothing", "0", (char *)0);
            _exit(1);
        }
        good += waitpid(pid, &status, 0) == pid && status == 0;
    }
    printf("%d programs\n", good);
}

static void *churn(void *unused)
{
    for (;;) {
        void *memory = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(memory, 1, 65536);
        munmap(memory, 65536);
        int p[2];
        pipe(p);
        write(p[1], "x", 1);
        sched_yield();
        close(p[0]);
        close(p[1]);
    }
    return unused;
}

/* Killed at any moment, with threads, memory, pipes and children of their own. */
static void killed(int count)
{
    int status, killed = 0;
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            pthread_t thread;
            for (int j = 0; j < i % 4; j++)
                pthread_create(&thread, 0, churn, 0);
            if (i % 3 == 0 && vfork() == 0)
                for (;;)
                    pause();
            churn(0);
        }
        for (int j = 0; j < i * 7 % 50; j++)
            sched_yield();
        kill(pid, SIGKILL);
        killed += waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    printf("%d killed\n", killed);
    /* The children of vfork that their killed parents have left are ended by the signal to the group below. */
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
}

static void bomb(int count)
{
    int made = 0, refused = 0;
    signal(SIGTERM, SIG_DFL);
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        made += pid > 0;
        refused += pid < 0;
    }
    printf("%d made, %d refused\n", made, refused);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(0) > 0)
        ;
    fflush(stdout);
}

/* RLIMIT_NPROC binds every user but root. */
static void user_bomb(int count)
{
    struct rlimit limit = { 12, 12 };
    setrlimit(RLIMIT_NPROC, &limit);
    bomb(count);
    if (setgid(4321) != 0 || setuid(4321) != 0)
        abort();
    bomb(count);
}

static volatile sig_atomic_t arrived;
static long sum;

static void count_it(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    arrived++;
    sum += info->si_value.sival_int;
}

/* Half of them one by one, between two processes that answer each other; half in bursts that are queued and taken in order. */
static void signals(int count)
{
    struct sigaction action = { .sa_sigaction = count_it, .sa_flags = SA_SIGINFO };
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &set, &old);
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGRTMIN + 3, &action, 0);
    int half = count / 2, each = half / 2;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        for (int i = 0; i < each; i++) {
            sigsuspend(&old);
            kill(parent, SIGUSR1);
        }
        _exit(arrived == each);
    }
    for (int i = 0; i < each; i++) {
        kill(child, SIGUSR1);
        sigsuspend(&old);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%d answered, child %d\n", (int)arrived, WEXITSTATUS(status));
    arrived = 0;
    sum = 0;
    for (int sent = 0; sent < half;) {
        for (int i = 0; i < 500 && sent < half; i++, sent++) {
            if (sigqueue(parent, SIGRTMIN + 3, (union sigval){ .sival_int = sent }) != 0)
                abort();
        }
        sigprocmask(SIG_SETMASK, &old, 0);
        sigprocmask(SIG_BLOCK, &set, 0);
    }
    printf("%d queued, sum %ld\n", (int)arrived, sum);
}

/*
 * A fork bomb: every process makes others until it is refused, over and over, each with some memory of its own. Whoever is refused says so; when
 * that has been said often enough, or nobody could say it for a second since whoever asks for memory is killed, everything is killed.
 */
static void storm(int refusals)
{
    int p[2];
    char why;
    int again = 0, memory = 0;
    pipe(p);
    pid_t first = fork();
    if (first == 0) {
        setpgid(0, 0);
        close(p[0]);
        for (;;) {
            pid_t pid = fork();
            char *own = pid == 0 ? malloc(262144) : 0;
            if (own)
                memset(own, 1, 262144);
            if (pid < 0 || (pid == 0 && !own))
                write(p[1], errno == EAGAIN ? "a" : errno == ENOMEM ? "m" : "?", 1);
        }
    }
    close(p[1]);
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0) {
        write(score, "-1000", 5);
        close(score);
    }
    struct pollfd end = { .fd = p[0], .events = POLLIN };
    while (refusals-- > 0 && poll(&end, 1, 1000) == 1 && read(p[0], &why, 1) == 1) {
        again += why == 'a';
        memory += why == 'm';
    }
    printf("refused: %s%s%s\n", again ? "EAGAIN" : "", again && memory ? " " : "", memory ? "ENOMEM" : "");
    while (kill(-first, SIGKILL) == 0 && waitpid(first, 0, WNOHANG) == 0)
        sched_yield();
    /* The end of the pipe: nobody is left. */
    while (read(p[0], &why, 1) > 0)
        ;
    close(p[0]);
    printf("over\n");
}

/* As user 1000, whom RLIMIT_NPROC binds. */
static void user_storm(int refusals)
{
    struct rlimit limit = { 40, 40 };
    setrlimit(RLIMIT_NPROC, &limit);
    if (getuid() == 0 && (setgid(1000) != 0 || setuid(1000) != 0))
        abort();
    storm(refusals);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(int); } loads[] = {
        { "processes", processes }, { "threads", threads }, { "chain", chain }, { "programs", programs }, { "killed", killed }, { "bomb", bomb },
        { "user_bomb", user_bomb }, { "signals", signals }, { "storm", storm }, { "user_storm", user_storm },
    };
    setpgid(0, 0);
    for (unsigned i = 0; argc > 2 && i < sizeof loads / sizeof *loads; i++) {
        if (!strcmp(argv[1], loads[i].name))
            loads[i].run(atoi(argv[2]));
    }
    return 0;
}
