/* getcwd(2), chdir(2), fchdir(2), chroot(2), access(2), faccessat2. */
#include "case.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
    char start[4096], path[4096];
    HOLDS("getcwd counts the NUL", syscall(SYS_getcwd, start, sizeof start) == (long)strlen(start) + 1);
    CALL("getcwd of size 0", syscall(SYS_getcwd, path, 0));
    CALL("getcwd of size 1", syscall(SYS_getcwd, path, 1));
    CALL("getcwd to NULL", syscall(SYS_getcwd, 0, 4096));
    CALL("mkdir", mkdir("d", 0755));
    CALL("chdir", chdir("d"));
    getcwd(path, sizeof path);
    HOLDS("below", strncmp(path, start, strlen(start)) == 0 && strcmp(path + strlen(start), "/d") == 0);
    CALL("chdir missing", chdir("missing"));
    close(open("f", O_CREAT | O_RDWR, 0600));
    CALL("chdir to a file", chdir("f"));
    CALL("chdir to empty", chdir(""));
    CALL("chdir to NULL", syscall(SYS_chdir, 0));
    int dir = open("..", O_RDONLY);
    int file = open("f", O_RDONLY);
    CALL("fchdir", fchdir(dir));
    getcwd(path, sizeof path);
    HOLDS("back", strcmp(path, start) == 0);
    CALL("fchdir of a file", fchdir(file));
    CALL("fchdir of a closed one", fchdir(99));
    CALL("chdir to the root", chdir("/"));
    TEXT("root", getcwd(path, sizeof path));
    CALL("dot dot of the root", chdir(".."));
    TEXT("still", getcwd(path, sizeof path));
    chdir(start);
    CALL("access F_OK", access("d/f", F_OK));
    CALL("access missing", access("missing", F_OK));
    CALL("access R_OK|W_OK", access("d/f", R_OK | W_OK));
    CALL("access X_OK of a plain file", access("d/f", X_OK));
    CALL("access X_OK of a directory", access("d", X_OK));
    CALL("access of 8", access("d/f", 8));
    CALL("access through a file", access("d/f/x", F_OK));
    CALL("faccessat2 AT_EACCESS", syscall(SYS_faccessat2, AT_FDCWD, "d/f", R_OK, AT_EACCESS));
    CALL("faccessat2 unknown flag", syscall(SYS_faccessat2, AT_FDCWD, "d/f", R_OK, 1));
    CALL("faccessat2 empty path", syscall(SYS_faccessat2, file, "", R_OK, AT_EMPTY_PATH));
    symlink("nowhere", "dangling");
    CALL("access of a dangling link", access("dangling", F_OK));
    CALL("without following", syscall(SYS_faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
    CALL("rmdir the working directory", (chdir("d"), unlink("f"), rmdir("../d")));
    CALL("getcwd in it", syscall(SYS_getcwd, path, sizeof path));
    CALL("a file in it", open("g", O_CREAT | O_RDWR, 0600));
    return 0;
}
