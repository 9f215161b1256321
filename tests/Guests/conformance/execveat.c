/* execveat(2), limits of execve(2)'s arguments, scripts, what a program keeps and loses. */
#include "case.h"
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *const environment[] = { "A=1", 0 };
static int status;

#define IN_CHILD(name, call)                                    \
    do {                                                        \
        fflush(stdout);                                         \
        pid_t pid_ = fork();                                    \
        if (pid_ == 0) {                                        \
            long r_ = (long)(call);                             \
            _exit(r_ == -1 ? 100 + errno % 100 : 99);           \
        }                                                       \
        waitpid(pid_, &status, 0);                              \
        VALUE(name, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)); \
    } while (0)

static long execveat_(int fd, const char *path, char *const *arguments, int flags)
{
    return syscall(SYS_execveat, fd, path, arguments, environment, flags);
}

static void put(const char *name, const char *text, int mode)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    write(fd, text, strlen(text));
    fchmod(fd, mode);
    close(fd);
}

static int report(int count, char **arguments)
{
    printf("arguments:");
    for (int i = 0; i < count; i++)
        printf(" [%s]", strchr(arguments[i], '/') && !strstr(arguments[i], "/dev/fd") ? "path" : arguments[i]);
    const char *name = (const char *)getauxval(AT_EXECFN);
    printf(" execfn [%s] environment [%s]\n", strstr(name, "/dev/fd") ? name : "path", getenv("A") ? getenv("A") : "");
    char comm[32] = "";
    int fd = open("/proc/self/comm", O_RDONLY);
    read(fd, comm, sizeof comm - 1);
    close(fd);
    printf("comm %s", comm);
    return 40 + count;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IONBF, 0);
    if (argc > 1 && !strcmp(argv[1], "report"))
        return report(argc, argv);
    char self[4096];
    self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
    char *slash = strrchr(self, '/');
    char *directory = strndup(self, slash - self), *name = slash + 1;
    char *arguments[] = { "zero", "report", "two", 0 };
    int dir = open(directory, O_RDONLY | O_DIRECTORY);
    int file = open(self, O_RDONLY);
    int path = open(self, O_PATH);
    dup2(dir, 20);
    dup2(file, 21);
    dup2(path, 22);
    dup3(file, 23, O_CLOEXEC);
    IN_CHILD("absolute path", execveat_(-1, self, arguments, 0));
    IN_CHILD("relative to a directory", execveat_(20, name, arguments, 0));
    IN_CHILD("relative to the working directory, missing", execveat_(AT_FDCWD, "missing", arguments, 0));
    IN_CHILD("relative to nothing", execveat_(99, name, arguments, 0));
    IN_CHILD("relative to a file", execveat_(21, name, arguments, 0));
    IN_CHILD("an open file", execveat_(21, "", arguments, AT_EMPTY_PATH));
    IN_CHILD("an O_PATH file", execveat_(22, "", arguments, AT_EMPTY_PATH));
    IN_CHILD("a close-on-exec file", execveat_(23, "", arguments, AT_EMPTY_PATH));
    IN_CHILD("an empty path without the flag", execveat_(21, "", arguments, 0));
    IN_CHILD("a directory", execveat_(20, "", arguments, AT_EMPTY_PATH));
    IN_CHILD("an unknown flag", execveat_(21, "", arguments, AT_EMPTY_PATH | 0x4000));
    symlink(self, "link");
    IN_CHILD("a link", execveat_(AT_FDCWD, "link", arguments, 0));
    IN_CHILD("a link, not followed", execveat_(AT_FDCWD, "link", arguments, AT_SYMLINK_NOFOLLOW));

    put("script", "#!/bin/sh\necho script \"$@\"\necho $0 | sed 's/[0-9][0-9]*/N/'\nexit 9\n", 0700);
    put("nothing", "#!/no/such/interpreter\n", 0700);
    put("text", "neither\n", 0700);
    put("forbidden", "#!/bin/sh\n", 0600);
    char *words[] = { "zero", "one", "two words", 0 };
    int script = open("script", O_RDONLY), closing = open("script", O_RDONLY | O_CLOEXEC);
    IN_CHILD("a script", execve("./script", words, environment));
    IN_CHILD("a script by its descriptor", execveat_(script, "", words, AT_EMPTY_PATH));
    IN_CHILD("a script by a descriptor that is closed", execveat_(closing, "", words, AT_EMPTY_PATH));
    IN_CHILD("a script without an interpreter", execve("./nothing", words, environment));
    IN_CHILD("no program", execve("./text", words, environment));
    IN_CHILD("no permission", execve("./forbidden", words, environment));
    IN_CHILD("an empty path", execve("", words, environment));
    IN_CHILD("a trailing slash", execve("script/", words, environment));
    IN_CHILD("bad path", syscall(SYS_execve, 16, words, environment));
    IN_CHILD("bad arguments", syscall(SYS_execve, self, 16, environment));
    IN_CHILD("no arguments", execve("./script", 0, environment));

    enum { LONGEST = 131072 };
    char *longer = malloc(LONGEST + 1);
    memset(longer, 'x', LONGEST);
    longer[LONGEST] = 0;
    char *one[] = { "zero", "report", longer, 0 };
    IN_CHILD("an argument that is too long", execve(self, one, environment));
    longer[LONGEST - 1] = 0;
    one[1] = "quiet";
    IN_CHILD("the longest argument", execve("/bin/true", one, environment));
    enum { MANY = 40 };
    char *many[MANY + 2];
    for (int i = 0; i <= MANY; i++)
        many[i] = longer;
    many[MANY + 1] = 0;
    IN_CHILD("too much together", execve("/bin/true", many, environment));
    many[12] = 0;
    IN_CHILD("less", execve("/bin/true", many, environment));
    struct rlimit limit = { 1 << 20, 8 << 20 };
    setrlimit(RLIMIT_STACK, &limit);
    IN_CHILD("with a smaller stack", execve("/bin/true", many, environment));
    many[1] = 0;
    IN_CHILD("what fits", execve("/bin/true", many, environment));
    return 0;
}
