/* The sequences of system calls by which BusyBox's echo, cat, ls, wc, grep, head, tail, sort, mkdir, rm, pwd and uname do their work. */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static char buffer[8192];

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void)
{
    struct stat about;
    setvbuf(stdout, NULL, _IONBF, 0);

    CALL("echo: write", write(1, "echo\n", 5));

    int fd = open("input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < 500; i++)
        write(fd, buffer, snprintf(buffer, sizeof buffer, "%d %s\n", (i * 37) % 500, i % 7 ? "other" : "match"));
    close(fd);

    CALL("cat: open", fd = open("input", O_RDONLY));
    CALL("cat: fstat", fstat(fd, &about));
    long total = 0, n, reads = 0;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        total += n;
        reads++;
    }
    VALUE("cat: bytes", total);
    VALUE("cat: reads", reads);
    CALL("cat: close", close(fd));
    CALL("cat: a missing file", open("missing", O_RDONLY));

    mkdir("list", 0755);
    for (int i = 0; i < 20; i++) {
        snprintf(buffer, sizeof buffer, "list/entry%02d", i);
        close(open(buffer, O_CREAT | O_WRONLY, 0600));
    }
    CALL("ls: open", fd = open("list", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    long entries = 0, bytes = 0;
    while ((n = syscall(SYS_getdents64, fd, buffer, 300)) > 0) {
        bytes += n;
        for (long at = 0; at < n; at += *(unsigned short *)(buffer + at + 16))
            entries++;
    }
    VALUE("ls: entries", entries);
    VALUE("ls: bytes", bytes);
    CALL("ls: a record that does not fit", (lseek(fd, 0, SEEK_SET), syscall(SYS_getdents64, fd, buffer, 10)));
    CALL("ls: stat", stat("list/entry03", &about));
    VALUE("ls: mode", about.st_mode);
    close(fd);

    fd = open("input", O_RDONLY);
    long lines = 0, matches = 0;
    char *text = malloc(32768), *end = text;
    while ((n = read(fd, end, 4096)) > 0)
        end += n;
    close(fd);
    char *row[600];
    for (char *at = text; at < end; at = strchr(at, '\n') + 1)
        row[lines++] = at;
    for (char *at = text; at < end; at++)
        if (*at == '\n')
            *at = 0;
    for (int i = 0; i < lines; i++)
        matches += strstr(row[i], "match") != NULL;
    VALUE("wc: lines", lines);
    VALUE("grep: matches", matches);
    TEXT("head", row[0]);
    fd = open("input", O_RDONLY);
    CALL("tail: lseek to the end", lseek(fd, -10, SEEK_END));
    CALL("tail: read", read(fd, buffer, sizeof buffer));
    close(fd);
    qsort(row, lines, sizeof *row, compare);
    TEXT("sort: first", row[0]);
    TEXT("sort: last", row[lines - 1]);

    CALL("mkdir", mkdir("made", 0777));
    CALL("mkdir: its mode", (stat("made", &about), about.st_mode));
    CALL("mkdir: again", mkdir("made", 0777));
    CALL("rm: a folder", unlink("made"));
    CALL("rm: a file", unlink("list/entry03"));
    CALL("rm: gone", access("list/entry03", F_OK));
    HOLDS("pwd", getcwd(buffer, sizeof buffer) == buffer && buffer[0] == '/');
    struct utsname name;
    CALL("uname", uname(&name));
    TEXT("uname -s", name.sysname);
    TEXT("uname -m", name.machine);

    /* Many calls in quick succession. */
    long pid = getpid(), same = 0;
    for (int i = 0; i < 20000; i++)
        same += syscall(SYS_getpid) == pid;
    VALUE("twenty thousand calls", same);
    syscall(SYS_exit, 0);
    return 1;
}
