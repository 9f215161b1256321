/* read(2), write(2), pread(2), pwrite(2), readv(2), writev(2), lseek(2): offsets, short counts, bad buffers. */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

static char zeros[8192];

int main(void)
{
    char buffer[64] = "";
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CALL("write", write(fd, "0123456789", 10));
    CALL("position", lseek(fd, 0, SEEK_CUR));
    CALL("read at the end", read(fd, buffer, 10));
    CALL("SEEK_SET", lseek(fd, 3, SEEK_SET));
    CALL("read", read(fd, buffer, 4));
    TEXT("bytes", buffer);
    CALL("SEEK_END", lseek(fd, -2, SEEK_END));
    CALL("short read", read(fd, buffer, 60));
    CALL("before the start", lseek(fd, -1, SEEK_SET));
    CALL("overflow", lseek(fd, 0x7fffffffffffffff, SEEK_CUR));
    CALL("whence 9", lseek(fd, 0, 9));
    CALL("whence -1", lseek(fd, 0, -1));
    CALL("SEEK_DATA", lseek(fd, 0, SEEK_DATA));
    CALL("SEEK_HOLE", lseek(fd, 0, SEEK_HOLE));
    CALL("SEEK_DATA at the end", lseek(fd, 10, SEEK_DATA));
    CALL("SEEK_HOLE beyond", lseek(fd, 11, SEEK_HOLE));
    CALL("lseek of a closed one", lseek(77, 0, SEEK_SET));
    CALL("beyond the end", lseek(fd, 20, SEEK_SET));
    CALL("read there", read(fd, buffer, 4));
    CALL("write there", write(fd, "x", 1));
    CALL("size", lseek(fd, 0, SEEK_END));
    CALL("pread", pread(fd, buffer, 6, 8));
    HOLDS("zeros between", memcmp(buffer, "89\0\0\0\0", 6) == 0);
    CALL("position unmoved", lseek(fd, 0, SEEK_CUR));
    CALL("pread at -1", pread(fd, buffer, 1, -1));
    CALL("pwrite", pwrite(fd, "AB", 2, 4));
    CALL("pwrite at -1", pwrite(fd, "AB", 2, -1));
    CALL("pread back", pread(fd, buffer, 4, 3));
    buffer[4] = 0;
    TEXT("bytes", buffer);
    int p[2];
    pipe(p);
    CALL("pread of a pipe", pread(p[0], buffer, 1, 0));
    CALL("pwrite of a pipe", pwrite(p[1], "x", 1, 0));
    CALL("lseek of a pipe", lseek(p[0], 0, SEEK_CUR));
    CALL("read from the write end", read(p[1], buffer, 1));
    CALL("write to the read end", write(p[0], buffer, 1));

    CALL("NULL buffer", write(fd, NULL, 4));
    CALL("NULL buffer of 0", write(fd, NULL, 0));
    CALL("kernel buffer", syscall(SYS_read, fd, 0xffff800000000000UL, 4));
    CALL("buffer over the end of user space", syscall(SYS_read, fd, 0x7fffffffe000UL, 0x10000));
    CALL("huge count", syscall(SYS_read, fd, buffer, 0x7fffffffffffffffUL));
    CALL("closed descriptor comes first", syscall(SYS_read, 77, 0xffff800000000000UL, 4));
    CALL("wrong mode comes before the buffer", syscall(SYS_read, p[1], 0xffff800000000000UL, 4));

    char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(two + 4096, 4096);
    memset(two, 'q', 4096);
    CALL("write half valid", pwrite(fd, two + 4090, 20, 100));
    CALL("size after", lseek(fd, 0, SEEK_END));
    CALL("read half valid", pread(fd, two + 4090, 20, 0));
    CALL("write at an invalid page", write(fd, two + 4096, 4));
    CALL("half valid to a pipe", write(p[1], two + 4090, 20));
    CALL("pipe holds nothing", (fcntl(p[0], F_SETFL, O_NONBLOCK), read(p[0], buffer, 10)));
    mprotect(two, 4096, PROT_READ);
    CALL("read into read-only memory", pread(fd, two, 4, 0));
    CALL("write from read-only memory", pwrite(fd, two, 4, 0));

    char a[4] = "", b[8] = "";
    struct iovec v[3] = { { a, 3 }, { b, 0 }, { b, 5 } };
    pwrite(fd, "abcdefghij", 10, 0);
    CALL("rewind", lseek(fd, 0, SEEK_SET));
    CALL("readv", readv(fd, v, 3));
    TEXT("first", a);
    TEXT("second", b);
    CALL("writev", writev(fd, v, 3));
    CALL("preadv", preadv(fd, v, 3, 1));
    TEXT("first", a);
    CALL("pwritev", pwritev(fd, v, 3, 1));
    CALL("preadv at -1", preadv(fd, v, 3, -2));
    CALL("readv of 0", readv(fd, v, 0));
    CALL("readv of -1", syscall(SYS_readv, fd, v, -1));
    CALL("readv of 1025", syscall(SYS_readv, fd, v, 1025));
    CALL("readv of NULL", readv(fd, NULL, 1));
    CALL("readv of NULL, 0", readv(fd, NULL, 0));
    v[1].iov_len = -1;
    CALL("negative length", readv(fd, v, 3));
    v[1].iov_len = 4;
    v[1].iov_base = (void *)0xffff800000000000UL;
    CALL("kernel segment", readv(fd, v, 3));
    v[1].iov_base = two + 4096;
    lseek(fd, 0, SEEK_SET);
    CALL("bad second segment", readv(fd, v, 3));
    CALL("bad second segment of writev", writev(fd, v, 3));
    CALL("writev to a closed one", writev(77, v, 3));

    CALL("big write", write(fd, zeros, sizeof zeros));
    CALL("O_APPEND", fcntl(fd, F_SETFL, O_APPEND));
    lseek(fd, 0, SEEK_SET);
    CALL("append", write(fd, "end", 3));
    HOLDS("at the end", lseek(fd, 0, SEEK_CUR) == lseek(fd, 0, SEEK_END));
    int dev = open("/dev/null", O_RDWR);
    CALL("null swallows", write(dev, zeros, 5000));
    CALL("null is empty", read(dev, buffer, 4));
    dev = open("/dev/zero", O_RDWR);
    memset(zeros, 1, sizeof zeros);
    CALL("zero gives", read(dev, zeros, 5000));
    HOLDS("zeros", zeros[0] == 0 && zeros[4999] == 0 && zeros[5000] == 1);
    dev = open("/dev/full", O_RDWR);
    CALL("full", write(dev, "x", 1));
    return 0;
}
