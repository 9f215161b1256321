/* getdents64(2) and getdents(2). */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

struct entry { unsigned long ino; long off; unsigned short reclen; unsigned char type; char name[]; };

static char names[64][64];
static int count;

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void collect(int fd, size_t size)
{
    char buffer[4096];
    long n;
    count = 0;
    while ((n = syscall(SYS_getdents64, fd, buffer, size)) > 0)
        for (long at = 0; at < n;) {
            struct entry *e = (void *)(buffer + at);
            snprintf(names[count++], 64, "%s type %d reclen %d", e->name, e->type, e->reclen);
            at += e->reclen;
        }
    qsort(names, count, 64, compare);
    VALUE("end", n);
}

int main(void)
{
    mkdir("d", 0755);
    mkdir("d/sub", 0755);
    close(open("d/a", O_CREAT | O_RDWR, 0600));
    close(open("d/a name of thirty characters...", O_CREAT | O_RDWR, 0600));
    symlink("a", "d/link");
    mknod("d/fifo", S_IFIFO | 0600, 0);
    int fd = open("d", O_RDONLY | O_DIRECTORY);
    collect(fd, 4096);
    for (int i = 0; i < count; i++)
        printf("%s\n", names[i]);
    lseek(fd, 0, SEEK_SET);
    int all = count;
    collect(fd, 60);
    HOLDS("small buffer gives the same", count == all);
    collect(fd, 4096);
    VALUE("nothing more", count);
    lseek(fd, 0, SEEK_SET);
    char buffer[4096];
    CALL("too small", syscall(SYS_getdents64, fd, buffer, 10));
    CALL("NULL", syscall(SYS_getdents64, fd, 0, 4096));
    int file = open("d/a", O_RDONLY);
    CALL("a file", syscall(SYS_getdents64, file, buffer, 4096));
    CALL("a closed one", syscall(SYS_getdents64, 99, buffer, 4096));
    lseek(fd, 0, SEEK_SET);
    long n = syscall(SYS_getdents, fd, buffer, 4096);
    int old = 0;
    for (long at = 0; at < n;) {
        unsigned short reclen = *(unsigned short *)(buffer + at + 16);
        char type = buffer[at + reclen - 1];
        if (strcmp(buffer + at + 18, "sub") == 0)
            VALUE("old form's type", type);
        old++;
        at += reclen;
    }
    HOLDS("old form gives the same", old == all);
    mkdir("many", 0755);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/file%d", i);
        close(open(name, O_CREAT | O_RDWR, 0600));
    }
    fd = open("many", O_RDONLY);
    int seen = 0;
    while ((n = syscall(SYS_getdents64, fd, buffer, 1000)) > 0)
        for (long at = 0; at < n; at += *(unsigned short *)(buffer + at + 16))
            seen++;
    VALUE("many", seen);
    CALL("remove the directory", rmdir("d/sub"));
    return 0;
}
