/* sendfile(2), copy_file_range(2), dup3(2) and close_range(2), openat2(2). */
#include "case.h"
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static char data[200000];

int main(void)
{
    int in = open("in", O_RDWR | O_CREAT, 0600), out = open("out", O_RDWR | O_CREAT, 0600), p[2];
    for (int i = 0; i < (int)sizeof data; i++)
        data[i] = i * 7;
    write(in, data, sizeof data);
    lseek(in, 10, SEEK_SET);
    pipe(p);
    CALL("sendfile", sendfile(out, in, NULL, 100));
    CALL("position in", lseek(in, 0, SEEK_CUR));
    CALL("position out", lseek(out, 0, SEEK_CUR));
    off_t at = 1000;
    CALL("sendfile at an offset", sendfile(out, in, &at, 50000));
    VALUE("offset", at);
    CALL("position in", lseek(in, 0, SEEK_CUR));
    at = 199990;
    CALL("over the end", sendfile(out, in, &at, 50000));
    CALL("at the end", sendfile(out, in, &at, 50000));
    CALL("to a pipe", sendfile(p[1], in, NULL, 1000));
    at = -1;
    CALL("negative offset", sendfile(out, in, &at, 10));
    CALL("from a pipe", sendfile(out, p[0], NULL, 10));
    CALL("to a closed one", sendfile(99, in, NULL, 10));
    CALL("from a closed one", sendfile(out, 99, NULL, 10));
    CALL("to a read-only one", sendfile(open("out", O_RDONLY), in, NULL, 10));
    CALL("from a directory", sendfile(out, open(".", O_RDONLY), NULL, 10));
    CALL("of 0", sendfile(out, in, NULL, 0));

    int copy = open("copy", O_RDWR | O_CREAT, 0600);
    lseek(in, 0, SEEK_SET);
    CALL("copy_file_range", syscall(SYS_copy_file_range, in, 0, copy, 0, 150000, 0));
    CALL("position in", lseek(in, 0, SEEK_CUR));
    CALL("position out", lseek(copy, 0, SEEK_CUR));
    long from = 5, to = 7;
    CALL("at offsets", syscall(SYS_copy_file_range, in, &from, copy, &to, 100, 0));
    VALUE("from", from);
    VALUE("to", to);
    char a[100], b[100];
    pread(in, a, 100, 5);
    pread(copy, b, 100, 7);
    HOLDS("the same bytes", memcmp(a, b, 100) == 0);
    CALL("unknown flag", syscall(SYS_copy_file_range, in, 0, copy, 0, 10, 1));
    from = 0;
    to = 50;
    CALL("overlapping", syscall(SYS_copy_file_range, in, &from, in, &to, 100, 0));
    to = 500;
    CALL("within a file", syscall(SYS_copy_file_range, in, &from, in, &to, 100, 0));
    CALL("from a pipe", syscall(SYS_copy_file_range, p[0], 0, copy, 0, 10, 0));
    CALL("to a closed one", syscall(SYS_copy_file_range, in, 0, 99, 0, 10, 0));
    from = 1000000;
    CALL("beyond the end", syscall(SYS_copy_file_range, in, &from, copy, 0, 10, 0));

    for (int fd = 40; fd < 45; fd++)
        dup2(in, fd);
    CALL("close_range cloexec", syscall(SYS_close_range, 40, 41, 4));
    CALL("F_GETFD", fcntl(41, F_GETFD));
    CALL("F_GETFD", fcntl(42, F_GETFD));
    CALL("close_range", syscall(SYS_close_range, 42, 1000, 0));
    CALL("closed", fcntl(42, F_GETFD));
    CALL("open", fcntl(41, F_GETFD));
    CALL("backwards", syscall(SYS_close_range, 50, 40, 0));
    CALL("unknown flag", syscall(SYS_close_range, 50, 60, 8));

    unsigned long how[4] = { O_RDONLY, 0, 0, 0 };
    HOLDS("openat2", syscall(SYS_openat2, AT_FDCWD, "in", how, 24) > 0);
    CALL("openat2 short", syscall(SYS_openat2, AT_FDCWD, "in", how, 23));
    how[1] = 0600;
    CALL("openat2 mode without O_CREAT", syscall(SYS_openat2, AT_FDCWD, "in", how, 24));
    how[1] = 0;
    how[0] = 0x80000000;
    CALL("openat2 unknown flag", syscall(SYS_openat2, AT_FDCWD, "in", how, 24));
    how[0] = O_RDONLY;
    how[2] = 0x1000;
    CALL("openat2 unknown resolve", syscall(SYS_openat2, AT_FDCWD, "in", how, 24));
    how[2] = 0;
    HOLDS("openat2 longer", syscall(SYS_openat2, AT_FDCWD, "in", how, 32) > 0);
    how[3] = 1;
    CALL("openat2 longer, unknown", syscall(SYS_openat2, AT_FDCWD, "in", how, 32));
    CALL("openat2 missing", (how[3] = 0, syscall(SYS_openat2, AT_FDCWD, "missing", how, 24)));
    return 0;
}
