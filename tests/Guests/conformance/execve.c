/* execve(2): errors, scripts, arguments, what is kept. Runs itself at the end. */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static void make(const char *name, const char *text, int mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    write(fd, text, strlen(text));
    close(fd);
    chmod(name, mode);
}

static char big[140000];

int main(int argc, char **argv)
{
    char *none[] = { NULL };
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        for (int i = 1; i < argc; i++)
            TEXT("argument", argv[i]);
        TEXT("environment", getenv("X"));
        CALL("kept descriptor", fcntl(20, F_GETFD));
        CALL("closed descriptor", fcntl(21, F_GETFD));
        fflush(stdout);
        char *next[] = { "ignored", "argument", NULL };
        make("script", "#!/usr/bin/busybox echo\nnot read\n", 0755);
        execve("./script", next, none);
        printf("not reached\n");
        return 1;
    }

    CALL("missing", execve("missing", none, none));
    CALL("a directory", execve(".", none, none));
    make("plain", "text\n", 0644);
    CALL("not executable", execve("plain", none, none));
    make("text", "text without a line\n", 0755);
    CALL("no format", execve("text", none, none));
    make("empty", "", 0755);
    CALL("empty", execve("empty", none, none));
    make("nointerp", "#!/missing/interpreter\n", 0755);
    CALL("missing interpreter", execve("nointerp", none, none));
    make("noname", "#!  \n", 0755);
    CALL("no name", execve("noname", none, none));
    make("loop", "#!./loop\n", 0755);
    CALL("loop", execve("./loop", none, none));
    CALL("under a file", execve("plain/x", none, none));
    CALL("NULL path", syscall(SYS_execve, 0, none, none));
    CALL("bad argv", syscall(SYS_execve, "text", 1, none));
    memset(big, 'x', sizeof big - 1);
    char *one[] = { "x", big, NULL };
    CALL("an argument of 140000", execve(argv[0], one, none));
    char **many = calloc(3000, sizeof *many);
    big[2000] = 0;
    for (int i = 0; i < 2999; i++)
        many[i] = big;
    CALL("arguments of 6 MB", execve(argv[0], many, none));
    dup2(1, 20);
    dup2(1, 21);
    fcntl(21, F_SETFD, FD_CLOEXEC);
    fflush(stdout);
    char *again[] = { argv[0], "again", "", "with blank", NULL };
    char *environment[] = { "X=y z", NULL };
    execve(argv[0], again, environment);
    printf("not reached\n");
    return 1;
}
