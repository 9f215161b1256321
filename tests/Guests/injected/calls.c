/* Makes calls into which faults, signals and delays are injected from outside, and says what it sees of that. The first argument chooses:
 *   results     chdir, openat, getcwd and getppid, six times each: results and errors
 *   family      the same chdir in this process, in a child, and in a thread of each
 *   signal      SIGUSR1 and SIGRTMIN+3 caught: how often, with what, and what the call gave
 *   wait        read from an empty pipe that a child writes to after a while; SIGUSR1 caught without SA_RESTART
 *   restart     the same with SA_RESTART
 *   pause       nanosleep of 20 ms
 *   time MS     whether chdir took at least so many ms, and what a timer did meanwhile
 *   exec [MS]   starts itself with "results", in a child; says whether that took at least so many ms
 * All is printed by one write at the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char text[16384];
static size_t length;
static volatile sig_atomic_t caught[65], code, sender;

#define SAY(...) (length += (size_t)snprintf(text + length, sizeof text - length, __VA_ARGS__))

static void say_result(const char *what, long result)
{
    int error = errno;
    if (result == -1)
        SAY("%s: -1 errno %d\n", what, error);
    else
        SAY("%s: %ld\n", what, result);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    caught[number]++;
    code = info->si_code;
    sender = info->si_pid;
}

static void catch(int number, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | flags;
    sigaction(number, &action, NULL);
}

static long long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void results(void)
{
    static char name[4096];
    for (int i = 0; i < 6; i++) {
        say_result("chdir", syscall(SYS_chdir, "/"));
        long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
        say_result("openat", fd);
        if (fd > 2)
            close((int)fd);
        memset(name, 0, sizeof name);
        say_result("getcwd", syscall(SYS_getcwd, name, sizeof name));
        SAY("cwd '%s'\n", name);
        long parent = syscall(SYS_getppid);
        SAY("getppid %s %d\n", parent < 0 ? "failed" : parent == 4711 ? "4711" : "ok", parent < 0 ? errno : 0);
    }
}

static void *chdirs(void *who)
{
    for (int i = 0; i < 4; i++)
        say_result(who, syscall(SYS_chdir, "/"));
    return NULL;
}

static void in_thread(const char *who)
{
    pthread_t thread;
    pthread_create(&thread, NULL, chdirs, (void *)who);
    pthread_join(thread, NULL);
}

static void family(void)
{
    int status;
    chdirs("parent");
    in_thread("its thread");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        length = 0;
        chdirs("child");
        in_thread("its thread");
        if (write(1, text, length) < 0)
            _exit(3);
        _exit(0);
    }
    waitpid(child, &status, 0);
    SAY("child ended with %d\n", status);
    chdirs("parent");
}

static void signals(void)
{
    catch(SIGUSR1, 0);
    catch(35, 0);
    for (int i = 0; i < 4; i++) {
        code = 99;
        say_result("chdir", syscall(SYS_chdir, "/"));
        SAY("caught %d %d, code %d from %d\n", (int)caught[SIGUSR1], (int)caught[35], (int)code, (int)sender);
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    say_result("chdir", syscall(SYS_chdir, "/"));
    SAY("blocked: caught %d\n", (int)caught[SIGUSR1]);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    SAY("unblocked: caught %d\n", (int)caught[SIGUSR1]);
}

static void waits(int flags)
{
    int ends[2];
    char byte = 0;
    catch(SIGUSR1, flags);
    if (pipe(ends) != 0)
        exit(3);
    pid_t child = fork();
    if (child == 0) {
        struct timespec time = { 0, 150000000 };
        nanosleep(&time, NULL);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    for (int i = 0; i < 3; i++) {
        long result = syscall(SYS_read, ends[0], &byte, 1);
        say_result("read", result);
        SAY("caught %d\n", (int)caught[SIGUSR1]);
        if (result == 1)
            break;
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

static void pauses(void)
{
    catch(SIGUSR1, SA_RESTART);
    for (int i = 0; i < 3; i++) {
        struct timespec time = { 0, 20000000 }, left = { 9, 9 };
        say_result("nanosleep", syscall(SYS_nanosleep, &time, &left));
        SAY("caught %d, left %s\n", (int)caught[SIGUSR1], left.tv_sec == 9 ? "untouched" : "written");
    }
}

static void times(long long least)
{
    for (int i = 0; i < 3; i++) {
        long long start = now_ms();
        say_result("chdir", syscall(SYS_chdir, "/"));
        SAY("%s\n", now_ms() - start >= least ? "slow" : "fast");
    }
    catch(SIGALRM, SA_RESTART);
    timer_t timer;
    struct itimerspec spec = { { 0, 0 }, { 0, 1000000 } };
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &spec, NULL);
    long long start = now_ms();
    say_result("chdir with a timer", syscall(SYS_chdir, "/"));
    SAY("%s, caught %d\n", now_ms() - start >= least ? "slow" : "fast", caught[SIGALRM] > 0);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "results") == 0)
        results();
    else if (strcmp(what, "family") == 0)
        family();
    else if (strcmp(what, "signal") == 0)
        signals();
    else if (strcmp(what, "wait") == 0)
        waits(0);
    else if (strcmp(what, "restart") == 0)
        waits(SA_RESTART);
    else if (strcmp(what, "pause") == 0)
        pauses();
    else if (strcmp(what, "time") == 0)
        times(argc > 2 ? atoll(argv[2]) : 0);
    else if (strcmp(what, "exec") == 0) {
        long long start = now_ms();
        char *arguments[] = { argv[0], "results", NULL };
        if (fork() == 0) {
            execv("/proc/self/exe", arguments);
            SAY("execve: errno %d\n", errno);
            return write(1, text, length) < 0;
        }
        int status = 0;
        wait(&status);
        SAY("ended %d%s\n", status, argc > 2 && now_ms() - start >= atoll(argv[2]) ? ", slow" : "");
    } else
        return 2;
    return write(1, text, length) < 0;
}
