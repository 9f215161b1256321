/* stdio and descriptors: writing, reading, seeking, appending, truncating, renaming, linking. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerror(errno) : ""); }

int main(void)
{
    FILE *file = fopen("text.txt", "w");
    for (int i = 0; i < 1000; i++)
        fprintf(file, "line %d of the file\n", i);
    show("fclose", fclose(file));
    file = fopen("text.txt", "r+");
    char line[128];
    long lines = 0, bytes = 0;
    while (fgets(line, sizeof line, file)) {
        lines++;
        bytes += strlen(line);
    }
    printf("%ld lines, %ld bytes\n", lines, bytes);
    fseek(file, -20, SEEK_END);
    printf("%ld\n", ftell(file));
    fgets(line, sizeof line, file);
    printf("%s", line);
    fseek(file, 5, SEEK_SET);
    fputs("CHANGED", file);
    rewind(file);
    fgets(line, sizeof line, file);
    printf("%s", line);
    fclose(file);

    int fd = open("data.bin", O_RDWR | O_CREAT | O_EXCL, 0640);
    show("open", fd);
    show("again", open("data.bin", O_RDWR | O_CREAT | O_EXCL, 0640));
    struct iovec parts[3] = { { "one ", 4 }, { "two ", 4 }, { "three", 5 } };
    show("writev", writev(fd, parts, 3));
    show("lseek", lseek(fd, 100, SEEK_SET));
    show("write", write(fd, "end", 3));
    char buffer[128];
    memset(buffer, 'x', sizeof buffer);
    show("pread", pread(fd, buffer, sizeof buffer, 0));
    printf("%.13s hole %d %d end %.3s\n", buffer, buffer[13], buffer[99], buffer + 100);
    show("pwrite", pwrite(fd, "ONE", 3, 0));
    show("ftruncate", ftruncate(fd, 8));
    show("position stays", lseek(fd, 0, SEEK_CUR));
    show("rewind", lseek(fd, 0, SEEK_SET));
    show("read", read(fd, buffer, sizeof buffer));
    printf("%.8s\n", buffer);
    show("at the end", read(fd, buffer, sizeof buffer));
    struct stat about;
    show("fstat", fstat(fd, &about));
    printf("mode %o size %ld links %ld block %ld\n", about.st_mode, (long)about.st_size, (long)about.st_nlink, (long)about.st_blksize);
    show("close", close(fd));
    show("closed", close(fd));

    show("link", link("data.bin", "second"));
    show("symlink", symlink("data.bin", "soft"));
    show("lstat", lstat("soft", &about));
    printf("%d %ld\n", S_ISLNK(about.st_mode), (long)about.st_size);
    show("stat", stat("soft", &about));
    printf("%d %ld links %ld\n", S_ISREG(about.st_mode), (long)about.st_size, (long)about.st_nlink);
    show("readlink", readlink("soft", buffer, sizeof buffer));
    show("rename", rename("second", "third"));
    show("missing", rename("second", "fourth"));
    show("chmod", chmod("third", 0604));
    show("access", access("third", R_OK));
    show("no access", access("second", F_OK));
    show("unlink", unlink("data.bin"));
    show("dangling", open("soft", O_RDONLY));
    fd = open("third", O_WRONLY | O_APPEND);
    show("append", write(fd, "more", 4));
    show("read of a write-only one", read(fd, buffer, 1));
    close(fd);
    file = fopen("third", "a+");
    fprintf(file, "!%c", 0);
    fseek(file, 0, SEEK_SET);
    show("fread", fread(buffer, 1, sizeof buffer, file));
    fclose(file);
    file = tmpfile();
    printf("tmpfile %s\n", file ? "made" : "failed");
    show("umask", umask(077));
    show("umask", umask(022));
    show("mkfifo", mkfifo("pipe", 0600));
    show("truncate", truncate("text.txt", 100));
    show("name too long", open("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", O_RDONLY));
    return 0;
}
