/* signal(7), wait(2): stopping and continuing processes, what their parent is told, orphaned process groups, SIGKILL at any moment. */
#include "case.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

static void nap(int milliseconds) { struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 }; while (nanosleep(&time, &time) != 0) ; }

static volatile int told;
static siginfo_t last;
static void child_handler(int signal, siginfo_t *info, void *uc) { (void)signal; (void)uc; last = *info; told++; }

static void show(const char *name, int result, int status)
{
    printf("%s: %s", name, result > 0 ? "child" : result == 0 ? "none" : strerror(errno));
    if (result > 0) {
        if (WIFSTOPPED(status))
            printf(" stopped by %d", WSTOPSIG(status));
        else if (WIFCONTINUED(status))
            printf(" continued");
        else if (WIFSIGNALED(status))
            printf(" killed by %d core %d", WTERMSIG(status), WCOREDUMP(status) != 0);
        else
            printf(" exited with %d", WEXITSTATUS(status));
    }
    printf("\n");
}

static void wait_for(const char *name, pid_t pid, int options)
{
    int status = 0;
    int result = waitpid(pid, &status, options);
    show(name, result, status);
}

static volatile int resumed;
static void on_continue(int signal) { resumed = signal; }

static void *spin(void *argument)
{
    (void)argument;
    for (;;)
        nap(1000);
    return NULL;
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };
    action.sa_sigaction = child_handler;
    sigaction(SIGCHLD, &action, NULL);

    int ends[2], back[2];
    pipe(ends);
    pipe(back);
    pid_t pid = case_fork();
    setpgid(pid, pid); /* with a parent in another group it is no orphan */
    if (pid == 0) {
        signal(SIGCONT, on_continue);
        char c;
        while (read(ends[0], &c, 1) == 1) {
            if (c == 'x')
                _exit(resumed);
            write(back[1], &c, 1);
        }
        _exit(99);
    }
    char c;
    kill(pid, SIGSTOP);
    wait_for("SIGSTOP", pid, WUNTRACED);
    printf("told: %d code %d status %d ours %d\n", told, last.si_code, last.si_status, last.si_pid == pid);
    write(ends[1], "a", 1);
    nap(20);
    fcntl(back[0], F_SETFL, O_NONBLOCK);
    CALL("it does nothing while it is stopped", read(back[0], &c, 1));
    fcntl(back[0], F_SETFL, 0);
    wait_for("asked twice", pid, WUNTRACED | WNOHANG);
    kill(pid, SIGUSR1 == 10 ? SIGURG : 0);
    wait_for("an ignored signal does not wake it", pid, WUNTRACED | WCONTINUED | WNOHANG);
    kill(pid, SIGCONT);
    CALL("it goes on in its call", read(back[0], &c, 1));
    wait_for("SIGCONT", pid, WUNTRACED | WCONTINUED);
    printf("told: %d code %d status %d\n", told, last.si_code, last.si_status);
    kill(pid, SIGTSTP);
    wait_for("SIGTSTP", pid, WUNTRACED);
    kill(pid, SIGCONT);
    wait_for("SIGCONT", pid, WCONTINUED);
    kill(pid, SIGTTIN);
    wait_for("SIGTTIN", pid, WUNTRACED);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    kill(pid, SIGCONT);
    CALL("waitid", waitid(P_PID, pid, &info, WCONTINUED | WNOWAIT));
    printf("waitid: signal %d code %d status %d\n", info.si_signo, info.si_code, info.si_status);
    wait_for("left for another", pid, WCONTINUED);
    kill(pid, SIGSTOP);
    wait_for("SIGSTOP", pid, WUNTRACED);
    kill(pid, SIGTERM);
    nap(10);
    wait_for("SIGTERM waits", pid, WNOHANG);
    kill(pid, SIGKILL);
    wait_for("SIGKILL does not", pid, 0);
    printf("told: code %d status %d\n", last.si_code, last.si_status);

    action.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
    told = 0;
    pid = case_fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    wait_for("SIGSTOP with SA_NOCLDSTOP", pid, WUNTRACED);
    kill(pid, SIGCONT);
    wait_for("SIGCONT", pid, WCONTINUED);
    VALUE("told", told);
    kill(pid, SIGTERM);
    wait_for("SIGTERM", pid, 0);
    VALUE("told", told);

    /* A sleep over a stop: the time goes on, the call does too. */
    pid = case_fork();
    if (pid == 0) {
        struct timespec time = { 0, 500000000 }, rest = { 7, 7 };
        int result = nanosleep(&time, &rest);
        _exit(result == 0 && rest.tv_sec == 7 ? 11 : 12);
    }
    nap(100);
    kill(pid, SIGSTOP);
    wait_for("a sleeper", pid, WUNTRACED);
    nap(10);
    kill(pid, SIGCONT);
    wait_for("its sleep is whole", pid, 0);

    /* Threads stop together. */
    pid = case_fork();
    if (pid == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, spin, NULL);
        pthread_create(&thread, NULL, spin, NULL);
        for (;;)
            ;
    }
    nap(30);
    kill(pid, SIGSTOP);
    wait_for("three threads", pid, WUNTRACED);
    kill(pid, SIGCONT);
    wait_for("on", pid, WCONTINUED);
    kill(pid, SIGKILL);
    wait_for("killed", pid, 0);

    /* An orphaned process group is not stopped by the terminal's signals. */
    pid = case_fork();
    if (pid == 0) {
        setsid();
        raise(SIGTSTP);
        raise(SIGTTIN);
        raise(SIGTTOU);
        _exit(21);
    }
    wait_for("an orphaned group", pid, WUNTRACED);
    pid = case_fork();
    if (pid == 0) {
        setsid();
        raise(SIGSTOP);
        _exit(22);
    }
    wait_for("SIGSTOP stops it all the same", pid, WUNTRACED);
    kill(pid, SIGCONT);
    wait_for("and on", pid, 0);

    /* A handler for a stopping signal, and one that is ignored. */
    pid = case_fork();
    if (pid == 0) {
        signal(SIGTSTP, on_continue);
        signal(SIGTTOU, SIG_IGN);
        raise(SIGTSTP);
        raise(SIGTTOU);
        _exit(resumed);
    }
    wait_for("caught", pid, WUNTRACED);

    /* Signals that end, each with its status. */
    static const int fatal[] = { SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGPIPE, SIGALRM,
        SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS, 40, 64 };
    for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        pid = case_fork();
        if (pid == 0) {
            prctl(PR_SET_DUMPABLE, 0);
            kill(getpid(), fatal[i]);
            for (;;)
                pause();
        }
        wait_for("ended", pid, 0);
    }
    return 0;
}
