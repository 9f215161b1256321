/* mkdir(2), rmdir(2), link(2), symlink(2), unlink(2), rename(2), mknod(2), readlink(2) and the *at forms. */
#include "case.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void touch(const char *name)
{
    close(open(name, O_CREAT | O_WRONLY, 0644));
}

int main(void)
{
    struct stat st;
    char text[64];
    CALL("mkdir", mkdir("d", 0777));
    CALL("again", mkdir("d", 0777));
    CALL("under a missing one", mkdir("x/y", 0777));
    CALL("trailing slash", mkdir("e/", 01777));
    stat("e", &st);
    VALUE("its mode", st.st_mode);
    CALL("under a file", (touch("f"), mkdir("f/x", 0777)));
    CALL("over a file", mkdir("f", 0777));
    CALL("mkdir of .", mkdir(".", 0777));
    CALL("mkdir of empty", mkdir("", 0777));
    CALL("rmdir of a file", rmdir("f"));
    CALL("rmdir of .", rmdir("."));
    CALL("rmdir of d/..", rmdir("d/.."));
    CALL("rmdir missing", rmdir("missing"));
    touch("d/x");
    CALL("rmdir not empty", rmdir("d"));
    CALL("unlink of a directory", unlink("d"));
    CALL("unlink", unlink("d/x"));
    CALL("unlink again", unlink("d/x"));
    CALL("unlink with a slash", unlink("f/"));
    CALL("unlink of empty", unlink(""));
    CALL("rmdir", rmdir("d"));
    CALL("unlinkat AT_REMOVEDIR", unlinkat(AT_FDCWD, "e", AT_REMOVEDIR));
    CALL("unlinkat bad flag", unlinkat(AT_FDCWD, "f", 1));
    CALL("unlinkat bad descriptor", unlinkat(77, "f", 0));

    CALL("link", link("f", "g"));
    CALL("link over", link("f", "g"));
    CALL("link missing", link("missing", "h"));
    mkdir("d", 0755);
    CALL("link of a directory", link("d", "h"));
    CALL("symlink", symlink("f", "s"));
    CALL("symlink over", symlink("f", "s"));
    CALL("symlink of empty", symlink("", "t"));
    CALL("symlink to empty", symlink("f", ""));
    CALL("link of a symlink", link("s", "s2"));
    CALL("is a symlink", (lstat("s2", &st), S_ISLNK(st.st_mode)));
    CALL("linkat following", linkat(AT_FDCWD, "s", AT_FDCWD, "s3", AT_SYMLINK_FOLLOW));
    CALL("is a file", (lstat("s3", &st), S_ISREG(st.st_mode)));
    CALL("linkat bad flag", linkat(AT_FDCWD, "s", AT_FDCWD, "s4", 1));
    CALL("readlink", readlink("s", text, sizeof text));
    CALL("readlink of a file", readlink("f", text, sizeof text));
    CALL("readlink missing", readlink("missing", text, sizeof text));
    CALL("readlink of size 0", syscall(SYS_readlink, "s", text, 0));
    CALL("readlink of size -1", syscall(SYS_readlink, "s", text, -1));
    symlink("abcdefghij", "long");
    memset(text, '.', sizeof text);
    CALL("readlink cut", readlink("long", text, 4));
    text[5] = 0;
    TEXT("no NUL", text);
    CALL("readlink to NULL", syscall(SYS_readlink, "long", 0, 4));
    CALL("readlink of a directory", readlink(".", text, 4));

    CALL("rename", rename("f", "f2"));
    CALL("rename missing", rename("f", "f3"));
    CALL("rename over", rename("f2", "long"));
    CALL("rename a directory over a file", rename("d", "long"));
    CALL("rename a file over a directory", rename("long", "d"));
    mkdir("d2", 0755);
    touch("d2/x");
    CALL("rename a directory over a full one", rename("d", "d2"));
    CALL("rename a directory over an empty one", rename("d2", "d"));
    CALL("rename into itself", rename("d", "d/e"));
    CALL("rename of .", rename(".", "q"));
    CALL("rename to ..", rename("d", ".."));
    CALL("rename onto itself", rename("long", "long"));
    CALL("rename onto its hard link", rename("g", "s3"));
    CALL("both stay", access("g", F_OK) + access("s3", F_OK));
    CALL("renameat2 NOREPLACE", syscall(SYS_renameat2, AT_FDCWD, "g", AT_FDCWD, "s3", 1));
    CALL("renameat2 EXCHANGE", syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "s3", 2));
    CALL("s3 is the directory", (stat("s3", &st), S_ISDIR(st.st_mode)));
    CALL("renameat2 unknown", syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "s3", 8));
    CALL("renameat2 both", syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "s3", 3));
    CALL("mknod of a fifo", mknod("fifo", S_IFIFO | 0600, 0));
    CALL("is one", (stat("fifo", &st), S_ISFIFO(st.st_mode)));
    CALL("mknod of a file", mknod("plain", 0600, 0));
    CALL("is one", (stat("plain", &st), S_ISREG(st.st_mode)));
    CALL("mknod of a directory", mknod("dir", S_IFDIR | 0600, 0));
    CALL("mknod of an unknown kind", mknod("kind", 0170000 | 0600, 0));
    CALL("mknod over", mknod("plain", 0600, 0));
    int dir = open("s3", O_RDONLY | O_DIRECTORY);
    CALL("mkdirat", mkdirat(dir, "sub", 0700));
    CALL("symlinkat", symlinkat("sub", dir, "to-sub"));
    CALL("readlinkat", readlinkat(dir, "to-sub", text, sizeof text));
    CALL("unlinkat", unlinkat(dir, "to-sub", 0));
    CALL("a removed directory", (rmdir("s3/sub"), unlinkat(dir, "x", 0), rmdir("s3")));
    CALL("nothing can be made in it", mkdirat(dir, "sub", 0700));
    return 0;
}
