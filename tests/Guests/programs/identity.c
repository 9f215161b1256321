/* Who and where a process is: ids, limits, uname's machine, the auxiliary vector, /proc/self. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv)
{
    printf("%d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
    printf("%d %d\n", getpid() > 0, getpid() != getppid());
    struct utsname name;
    printf("%d ", uname(&name));
    printf("%s %s\n", name.sysname, name.machine);
    printf("%ld %ld %ld\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_SECURE));
    printf("%ld %ld %d\n", getauxval(AT_UID), getauxval(AT_EGID), getauxval(AT_RANDOM) != 0);
    printf("%s %d %d\n", (char *)getauxval(AT_PLATFORM), getauxval(AT_PHDR) != 0, getauxval(AT_ENTRY) != 0);
    printf("%d %ld\n", strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0, getauxval(AT_PHENT));
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    printf("exe %d\n", strcmp(path, argv[0]) == 0);
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t n = file ? fread(path, 1, sizeof path, file) : 0;
    printf("cmdline %d\n", n == strlen(argv[0]) + 1);
    struct rlimit limit;
    printf("%d %d\n", getrlimit(RLIMIT_STACK, &limit), limit.rlim_cur >= 65536);
    printf("%d\n", getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 64);
    printf("%ld %ld\n", sysconf(_SC_PAGESIZE), sysconf(_SC_CLK_TCK));
    printf("%d\n", sysconf(_SC_NPROCESSORS_ONLN) > 0);
    int variables = 0;
    while (environ[variables])
        variables++;
    qsort(environ, variables, sizeof *environ, by_name);
    for (char **e = environ; *e; e++)
        puts(*e);
    errno = 0;
    int terminal = isatty(1);
    printf("isatty %d %s\n", terminal, strerror(errno));
    printf("%d\n", argc);
    return 0;
}
