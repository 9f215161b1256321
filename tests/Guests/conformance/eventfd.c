/* eventfd(2). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>

static short ready(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0 };
    poll(&p, 1, 0);
    return p.revents;
}

int main(void)
{
    uint64_t v = 0;
    int e = syscall(SYS_eventfd2, 5, EFD_NONBLOCK | EFD_CLOEXEC);
    VALUE("flags", fcntl(e, F_GETFL));
    VALUE("close on exec", fcntl(e, F_GETFD));
    VALUE("poll of 5", ready(e));
    CALL("read", read(e, &v, 8));
    VALUE("value", v);
    CALL("read of 0", read(e, &v, 8));
    VALUE("poll of 0", ready(e));
    CALL("read of 7 bytes", read(e, &v, 7));
    CALL("read of 0 bytes", read(e, &v, 0));
    v = 3;
    CALL("write", write(e, &v, 8));
    CALL("write of 7 bytes", write(e, &v, 7));
    char out[16];
    memset(out, 0xEE, 16);
    CALL("read into 16 bytes", read(e, out, 16));
    VALUE("sum", out[0]);
    VALUE("rest untouched", out[8] == (char)0xEE);
    v = UINT64_MAX;
    CALL("write of the greatest", write(e, &v, 8));
    v = UINT64_MAX - 1;
    CALL("write of the greatest but one", write(e, &v, 8));
    VALUE("poll when full", ready(e));
    v = 1;
    CALL("write when full", write(e, &v, 8));
    v = 0;
    CALL("write of 0 when full", write(e, &v, 8));
    CALL("read when full", read(e, &v, 8));
    HOLDS("greatest but one", v == UINT64_MAX - 1);
    CALL("read at a bad address", read(e, (void *)8, 8));
    CALL("write from a bad address", write(e, (void *)8, 8));

    int s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    for (int i = 0; i < 3; i++)
    {
        v = 99;
        CALL("semaphore", read(s, &v, 8));
        VALUE("value", v);
    }

    CALL("unknown flag", syscall(SYS_eventfd2, 0, 2));
    CALL("eventfd", close(syscall(SYS_eventfd, 1)));
    CALL("pread", pread(s, &v, 8, 0));
    CALL("pwrite", pwrite(s, &v, 8, 0));
    CALL("lseek", lseek(s, 0, SEEK_CUR));
    struct stat st;
    CALL("fstat", fstat(e, &st));
    VALUE("mode", st.st_mode);
    VALUE("links", st.st_nlink);
    VALUE("size", st.st_size);
    CALL("ftruncate", ftruncate(e, 0));
    CALL("fsync", fsync(e));
    char path[64], link[64] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", e);
    CALL("readlink", readlink(path, link, 63));
    TEXT("link", link);
    CALL("open again", open(path, O_RDWR));
    v = 0x0000000200000000;
    struct iovec iov[2] = { { &v, 4 }, { (char *)&v + 4, 4 } };
    CALL("writev", writev(s, iov, 2));
    int d = dup(s);
    close(s);
    uint32_t low = 7, high = 7;
    struct iovec parts[2] = { { &low, 4 }, { &high, 4 } };
    CALL("readv of the duplicate", readv(d, parts, 2));
    VALUE("low", low);
    VALUE("high", high);
    return 0;
}
