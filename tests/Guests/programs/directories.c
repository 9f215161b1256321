/* Making, walking and removing directories; the working directory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerror(errno) : ""); }

static int visit(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    printf("%*s%d %s\n", at->level * 2, "", kind == FTW_DP ? FTW_D : kind, path + at->base);
    return 0;
}

int main(void)
{
    char path[PATH_MAX];
    show("mkdir", mkdir("a", 0755));
    show("again", mkdir("a", 0755));
    show("no parent", mkdir("x/y", 0755));
    show("mkdir", mkdir("a/b", 0700));
    show("mkdir", mkdir("a/b/c", 0750));
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "a/file%03d", i);
        close(open(path, O_CREAT | O_WRONLY, 0600));
    }
    DIR *directory = opendir("a");
    struct dirent *entry;
    long count = 0, sum = 0, folders = 0;
    while ((entry = readdir(directory))) {
        count++;
        folders += entry->d_type == DT_DIR;
        for (char *c = entry->d_name; *c; c++)
            sum += *c;
    }
    printf("%ld entries, %ld folders, %ld\n", count, folders, sum);
    rewinddir(directory);
    count = 0;
    while (readdir(directory))
        count++;
    printf("%ld again\n", count);
    closedir(directory);
    show("opendir of a file", opendir("a/file001") ? 0 : -1);

    struct dirent **sorted;
    int n = scandir("a", &sorted, NULL, alphasort);
    printf("%d: %s %s %s %s\n", n, sorted[0]->d_name, sorted[1]->d_name, sorted[2]->d_name, sorted[n - 1]->d_name);
    glob_t matches;
    show("glob", glob("a/file?7[0-3]", 0, NULL, &matches));
    for (size_t i = 0; i < matches.gl_pathc; i++)
        printf("%s ", matches.gl_pathv[i]);
    putchar('\n');

    show("chdir", chdir("a/b"));
    printf("%s\n", strstr(getcwd(path, sizeof path), "/a/b"));
    show("open above", open("../file000", O_RDONLY));
    show("getcwd too small", getcwd(path, 3) ? 0 : -1);
    int here = open(".", O_RDONLY | O_DIRECTORY);
    show("chdir", chdir("/"));
    printf("%s\n", getcwd(path, sizeof path));
    show("fchdir", fchdir(here));
    printf("%s\n", realpath("../b/./c/..", path) ? strstr(path, "/a/") : "?");
    show("chdir", chdir("../.."));
    show("openat", openat(here, "c", O_RDONLY | O_DIRECTORY));
    show("mkdirat", mkdirat(here, "d", 0711));
    show("rmdir of a full one", rmdir("a"));
    show("rmdir", rmdir("a/b/c"));
    show("rmdir of a file", rmdir("a/file000"));
    show("unlink of a folder", unlink("a/b"));
    show("rename of a folder", rename("a/b", "moved"));
    show("into itself", rename("moved", "moved/d/e"));
    for (int i = 10; i < 300; i++) {
        snprintf(path, sizeof path, "a/file%03d", i);
        unlink(path);
    }
    symlink("a", "loop1");
    symlink("loop3", "loop2");
    symlink("loop2", "loop3");
    show("through a link", open("loop1/file001", O_RDONLY));
    show("a loop", open("loop2/x", O_RDONLY));
    show("not a directory", open("a/file001/x", O_RDONLY));
    n = scandir(".", &sorted, NULL, alphasort);
    for (int i = 0; i < n; i++)
        printf("%s ", sorted[i]->d_name);
    putchar('\n');
    nftw("moved", visit, 8, FTW_PHYS | FTW_DEPTH);
    return 0;
}
