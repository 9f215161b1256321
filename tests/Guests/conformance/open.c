/* open(2), openat(2), creat(2), close(2): flags, errors, descriptor numbers. */
#include "case.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

int main(void)
{
    CALL("missing file", open("missing", O_RDONLY));
    CALL("create", open("a", O_RDWR | O_CREAT, 0640));
    struct stat st;
    CALL("stat", stat("a", &st));
    VALUE("mode after umask", st.st_mode & 07777);
    CALL("create again exclusively", open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL("open for reading", open("a", O_RDONLY));
    CALL("write to a read-only descriptor", write(4, "x", 1));
    CALL("read from a read-only empty file", read(4, &st, 1));
    CALL("write-only", open("a", O_WRONLY));
    CALL("read from a write-only descriptor", read(5, &st, 1));
    CALL("read of 0 bytes from it", read(5, &st, 0));
    CALL("write", write(5, "hello", 5));
    CALL("truncate at open", open("a", O_RDWR | O_TRUNC));
    CALL("size is 0", lseek(6, 0, SEEK_END));
    CALL("a directory for writing", open(".", O_WRONLY));
    CALL("a directory for reading", open(".", O_RDONLY));
    CALL("read of a directory", read(7, &st, 1));
    CALL("write to it", write(7, "x", 1));
    CALL("O_DIRECTORY on a file", open("a", O_RDONLY | O_DIRECTORY));
    CALL("a file as a directory", open("a/b", O_RDONLY));
    CALL("empty path", open("", O_RDONLY));
    CALL("NULL path", syscall(SYS_open, 0, O_RDONLY));
    CALL("kernel pointer as path", syscall(SYS_open, 0xffff800000000000UL, O_RDONLY));
    char name[5000];
    memset(name, 'x', sizeof name);
    name[4999] = 0;
    CALL("path of 4999", open(name, O_RDONLY));
    name[4095] = 0;
    CALL("path of 4095", open(name, O_RDONLY));
    name[256] = 0;
    CALL("name of 256", open(name, O_RDONLY));
    name[255] = 0;
    CALL("name of 255", open(name, O_RDONLY));
    CALL("symlink", symlink("a", "link"));
    CALL("symlink with O_NOFOLLOW", open("link", O_RDONLY | O_NOFOLLOW));
    CALL("symlink with O_NOFOLLOW and O_PATH", open("link", O_PATH | O_NOFOLLOW));
    CALL("read through O_PATH", read(8, name, 1));
    CALL("F_GETFL of O_PATH", fcntl(8, F_GETFL));
    CALL("fstat of O_PATH", fstat(8, &st));
    HOLDS("it is the link", S_ISLNK(st.st_mode));
    CALL("loop", symlink("loop", "loop"));
    CALL("open of a loop", open("loop", O_RDONLY));
    CALL("O_CREAT|O_EXCL on a dangling link", symlink("nowhere", "dangling"));
    CALL("exclusively", open("dangling", O_CREAT | O_EXCL | O_RDWR, 0600));
    CALL("O_CREAT through a dangling link", open("dangling", O_CREAT | O_RDWR, 0600));
    CALL("made the target", stat("nowhere", &st));
    CALL("F_GETFL of O_RDWR", fcntl(9, F_GETFL));
    CALL("O_CREAT with a trailing slash", open("b/", O_CREAT | O_RDWR, 0600));
    CALL("creat", creat("c", 0600));
    CALL("F_GETFL of creat", fcntl(10, F_GETFL));
    CALL("O_APPEND|O_NONBLOCK|O_CLOEXEC", open("c", O_RDWR | O_APPEND | O_NONBLOCK | O_CLOEXEC));
    CALL("its F_GETFL", fcntl(11, F_GETFL));
    CALL("its F_GETFD", fcntl(11, F_GETFD));
    CALL("O_TMPFILE without writing", open(".", O_TMPFILE | O_RDONLY, 0600));
    CALL("close", close(3));
    CALL("close again", close(3));
    CALL("close of -1", close(-1));
    CALL("lowest number is used", open("a", O_RDONLY));
    CALL("openat a bad descriptor, relative", openat(99, "a", O_RDONLY));
    CALL("openat a bad descriptor, absolute", openat(99, "/dev/null", O_RDONLY));
    CALL("openat a file as directory", openat(3, "a", O_RDONLY));
    CALL("openat a directory", openat(7, "a", O_RDONLY));
    CALL("an unknown flag is dropped", open("a", O_RDONLY | 0x80000000));
    struct rlimit limit = { 16, 16 };
    CALL("limit of 16", setrlimit(RLIMIT_NOFILE, &limit));
    int fd;
    while ((fd = open("a", O_RDONLY)) >= 0)
        VALUE("fd", fd);
    CALL("EMFILE", fd);
    CALL("creates nothing then", open("late", O_CREAT | O_RDWR, 0600));
    CALL("indeed", stat("late", &st));
    CALL("dup then", dup(0));
    int p[2];
    CALL("pipe then", pipe(p));
    CALL("dup2 to the limit", dup2(0, 16));
    return 0;
}
