/* stat(2), lstat(2), fstat(2), fstatat(2), statx(2). */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct kstatx { unsigned mask, blksize; unsigned long attributes; unsigned nlink, uid, gid; unsigned short mode, pad; unsigned long ino, size, blocks, attributes_mask; char rest[256 - 64]; };

static void show(const char *what, struct stat *st)
{
    printf("%s: mode %o nlink %lu uid %u gid %u size %ld blksize %ld\n", what, st->st_mode, (unsigned long)st->st_nlink, st->st_uid, st->st_gid, (long)st->st_size, (long)st->st_blksize);
}

int main(void)
{
    struct stat st, other;
    int fd = open("f", O_RDWR | O_CREAT, 0604);
    write(fd, "hello", 5);
    CALL("fstat", fstat(fd, &st));
    show("file", &st);
    CALL("link", link("f", "g"));
    CALL("stat", stat("g", &other));
    show("hard link", &other);
    HOLDS("same inode", st.st_ino == other.st_ino && st.st_dev == other.st_dev);
    CALL("symlink", symlink("f", "s"));
    CALL("lstat", lstat("s", &other));
    VALUE("link's mode", other.st_mode);
    VALUE("link's size", other.st_size);
    CALL("stat of the link", stat("s", &other));
    HOLDS("follows", other.st_ino == st.st_ino);
    CALL("mkdir", mkdir("d", 0750));
    CALL("stat of a directory", stat("d", &other));
    VALUE("its mode", other.st_mode);
    VALUE("its links", other.st_nlink);
    CALL("missing", stat("missing", &other));
    CALL("under a file", stat("f/x", &other));
    CALL("a file with a slash", stat("f/", &other));
    CALL("a directory with a slash", stat("d/", &other));
    CALL("dot", stat("d/.", &other));
    CALL("dot dot", stat("d/..", &other));
    CALL("empty", stat("", &other));
    CALL("NULL path", syscall(SYS_stat, 0, &other));
    CALL("NULL buffer", syscall(SYS_stat, "f", 0));
    CALL("missing comes before the buffer", syscall(SYS_stat, "missing", 0));
    CALL("fstat of a closed one", fstat(88, &other));
    CALL("fstat to NULL", syscall(SYS_fstat, fd, 0));
    CALL("fstatat", fstatat(AT_FDCWD, "s", &other, AT_SYMLINK_NOFOLLOW));
    HOLDS("of the link", S_ISLNK(other.st_mode));
    CALL("fstatat of a descriptor", syscall(SYS_newfstatat, fd, "", &other, AT_EMPTY_PATH));
    HOLDS("same", other.st_ino == st.st_ino);
    CALL("without AT_EMPTY_PATH", syscall(SYS_newfstatat, fd, "", &other, 0));
    CALL("unknown flag", syscall(SYS_newfstatat, AT_FDCWD, "f", &other, 0x10));
    CALL("bad directory", fstatat(88, "f", &other, 0));
    CALL("file as directory", fstatat(fd, "f", &other, 0));
    CALL("/dev/null", stat("/dev/null", &other));
    VALUE("is a device", other.st_mode & S_IFMT);
    VALUE("major", major(other.st_rdev));
    VALUE("minor", minor(other.st_rdev));
    struct kstatx x;
    memset(&x, 0x55, sizeof x);
    CALL("statx", syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, &x));
    VALUE("basic mask", x.mask & 0x7ff);
    VALUE("mode", x.mode);
    VALUE("size", x.size);
    VALUE("nlink", x.nlink);
    HOLDS("inode", x.ino == st.st_ino);
    CALL("statx of a descriptor", syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &x));
    CALL("statx reserved mask", syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000, &x));
    CALL("statx both sync types", syscall(SYS_statx, AT_FDCWD, "f", 0x6000, 0x7ff, &x));
    CALL("statx unknown flag", syscall(SYS_statx, AT_FDCWD, "f", 1, 0x7ff, &x));
    CALL("statx to NULL", syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, 0));
    return 0;
}
