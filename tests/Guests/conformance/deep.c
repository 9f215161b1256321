/* Directories deeper than any path may be long (path_resolution(7), PATH_MAX): reached step by step, and taken away again. */
#include "case.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int main(void)
{
    static char name[121], long_path[PATH_MAX + 200], buffer[PATH_MAX * 2];
    struct stat s;
    memset(name, 'd', 120);
    int made = 0, top = open(".", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 40; i++)
        made += mkdir(name, 0755) == 0 && chdir(name) == 0;
    VALUE("deep", made);
    int fd = open("file", O_CREAT | O_RDWR, 0640);
    VALUE("written", (int)write(fd, "text", 4));
    CALL("stat", stat("file", &s));
    VALUE("size", (int)s.st_size);
    CALL("chmod", chmod("file", 0600));
    CALL("symbolic link", symlink("file", "link"));
    CALL("link", link("file", "hard"));
    CALL("rename", rename("hard", "moved"));
    CALL("truncate", truncate("moved", 2));
    CALL("read of the link", (int)readlink("link", buffer, sizeof buffer));
    CALL("read", (int)pread(fd, buffer, 10, 0));
    DIR *d = opendir(".");
    int entries = 0;
    while (readdir(d))
        entries++;
    closedir(d);
    VALUE("entries", entries);
    CALL("getcwd", (int)syscall(SYS_getcwd, buffer, sizeof buffer));
    CALL("remove", unlink("file") | unlink("link") | unlink("moved"));
    int removed = 0;
    for (int i = 0; i < 40; i++)
        removed += chdir("..") == 0 && rmdir(name) == 0;
    VALUE("removed", removed);
    fchdir(top);
    CALL("nothing is left", rmdir(name));
    memset(long_path, 'a', sizeof long_path - 1);
    CALL("path too long", open(long_path, O_RDONLY));
    memset(long_path, '/', PATH_MAX);
    long_path[PATH_MAX - 1] = 0;
    HOLDS("the longest path", open(long_path, O_RDONLY | O_DIRECTORY) >= 0);
    return 0;
}
