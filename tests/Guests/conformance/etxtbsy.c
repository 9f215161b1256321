/* execve(2), open(2), truncate(2), ETXTBSY: a program that runs cannot be written, and one that is being written cannot be run. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static void copy(const char *to)
{
    static char buffer[65536];
    int from = open("/proc/self/exe", O_RDONLY), f = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    long n;
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        write(f, buffer, n);
    close(from), close(f);
}

static int run(const char *path, const char *mode)
{
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0)
    {
        char *arguments[] = { "prog", (char *)mode, NULL };
        execve(path, arguments, environ);
        _exit(100 + errno);
    }

    if (strcmp(mode, "wait") == 0)
        return child;
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    char c;
    if (argc > 1 && strcmp(argv[1], "short") == 0)
        return 5;
    if (argc > 1 && strcmp(argv[1], "wait") == 0)
    {
        write(1, "started: yes\n", 13);
        kill(getpid(), SIGSTOP);
        return 6;
    }

    if (argc > 1 && strcmp(argv[1], "fork") == 0)
    {
        if (fork() == 0)
        {
            read(9, &c, 1);
            _exit(0);
        }

        return 7;
    }

    copy("prog");
    VALUE("runs", run("prog", "short"));
    int f = open("prog", O_WRONLY);
    VALUE("open for writing", run("prog", "short"));
    int d = open(".", O_RDONLY);
    CALL("execveat", syscall(SYS_execveat, d, "prog", argv, environ, 0));
    int r = open("prog", O_RDONLY);
    CALL("execveat of a file", syscall(SYS_execveat, r, "", argv, environ, AT_EMPTY_PATH));
    close(f);
    VALUE("closed", run("prog", "short"));
    f = open("prog", O_RDWR);
    void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    close(f);
    VALUE("mapped for writing", run("prog", "short"));
    munmap(shared, 4096);
    f = open("prog", O_RDWR);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, f, 0);
    close(f);
    VALUE("mapped privately by a writing file", run("prog", "short"));
    munmap(shared, 4096);
    VALUE("unmapped", run("prog", "short"));

    pid_t child = run("prog", "wait");
    int status;
    waitpid(child, &status, WUNTRACED);
    CALL("write to what runs", open("prog", O_WRONLY));
    CALL("read and write", open("prog", O_RDWR));
    CALL("O_TRUNC", open("prog", O_WRONLY | O_TRUNC));
    CALL("O_TRUNC for reading", open("prog", O_RDONLY | O_TRUNC));
    CALL("O_CREAT", open("prog", O_WRONLY | O_CREAT, 0755));
    CALL("truncate", truncate("prog", 10));
    SUCCEEDS("read", open("prog", O_RDONLY));
    SUCCEEDS("a place", open("prog", O_PATH));
    CALL("access", access("prog", W_OK));
    CALL("mode", chmod("prog", 0700));
    VALUE("run twice", run("prog", "short"));
    link("prog", "other");
    CALL("by another name", open("other", O_WRONLY));
    rename("prog", "old");
    copy("prog");
    CALL("a new file of that name", close(open("prog", O_WRONLY)));
    CALL("the old one", open("old", O_WRONLY));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    VALUE("ended", WEXITSTATUS(status));
    CALL("write to what has run", close(open("old", O_WRONLY)));

    child = run("old", "wait");
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    CALL("write to what was killed", close(open("old", O_WRONLY)));

    int p[2];
    pipe(p);
    dup2(p[0], 9);
    VALUE("leaves a child", run("old", "fork"));
    CALL("the child runs it", open("old", O_WRONLY));
    write(p[1], "x", 1);
    for (int i = 0; i < 1000; i++)
    {
        struct timespec nap = { 0, 5000000 };
        f = open("old", O_WRONLY);
        if (f >= 0)
            break;
        nanosleep(&nap, NULL);
    }

    HOLDS("until it ends", f >= 0);
    close(f);

    f = open("script", O_WRONLY | O_CREAT, 0755);
    write(f, "#!./prog short\n", 15);
    VALUE("a script that is being written", run("script", "x"));
    close(f);
    f = open("prog", O_WRONLY);
    VALUE("a script of what is being written", run("script", "x"));
    close(f);
    VALUE("a script", run("script", "x"));
    f = open("script", O_WRONLY | O_TRUNC);
    write(f, "#!./prog wait\n", 14);
    close(f);
    child = run("script", "wait");
    waitpid(child, &status, WUNTRACED);
    CALL("the script of what runs", close(open("script", O_WRONLY)));
    CALL("its interpreter", open("prog", O_WRONLY));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);

    int m = memfd_create("m", 0);
    static char buffer[65536];
    r = open("prog", O_RDONLY);
    long n;
    while ((n = read(r, buffer, sizeof buffer)) > 0)
        write(m, buffer, n);
    fflush(stdout);
    child = case_fork();
    if (child == 0)
    {
        char *arguments[] = { "prog", "short", NULL };
        syscall(SYS_execveat, m, "", arguments, environ, AT_EMPTY_PATH);
        _exit(100 + errno);
    }

    waitpid(child, &status, 0);
    VALUE("a file in memory", WEXITSTATUS(status));
    return 0;
}
