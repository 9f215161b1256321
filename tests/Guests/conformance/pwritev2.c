/* preadv2(2), pwritev2(2): their flags, and the file's position where the offset is -1. */
#include "case.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define RWF_HIPRI 1
#define RWF_DSYNC 2
#define RWF_SYNC 4
#define RWF_NOWAIT 8
#define RWF_APPEND 16

static int f;

static long pw(const char *text, long offset, int flags)
{
    struct iovec v[2] = { { (char *)text, 1 }, { (char *)text + 1, strlen(text) - 1 } };
    return syscall(SYS_pwritev2, f, v, 2, offset, 0, flags);
}

static void show(const char *name)
{
    char buffer[64] = "";
    pread(f, buffer, 63, 0);
    printf("%s: '%s' at %ld\n", name, buffer, (long)lseek(f, 0, SEEK_CUR));
}

int main(void)
{
    char buffer[16] = "";
    struct iovec v = { buffer, 3 };
    f = open("f", O_RDWR | O_CREAT, 0644);
    CALL("write", pw("hello", -1, 0));
    CALL("at an offset", pw("E", 1, 0));
    show("written");
    CALL("append at an offset", pw("ab", 0, RWF_APPEND));
    show("the position stays");
    CALL("append at the position", pw("cd", -1, RWF_APPEND));
    show("the position is the end");
    lseek(f, 2, SEEK_SET);
    CALL("append from elsewhere", pw("ef", -1, RWF_APPEND | RWF_SYNC));
    show("at the end again");
    lseek(f, 2, SEEK_SET);
    CALL("not appended", pw("XY", -1, RWF_DSYNC));
    show("in the middle");
    VALUE("no flag is left", fcntl(f, F_GETFL) & O_APPEND);
    CALL("an unknown flag", pw("zz", -1, 0x1000));
    CALL("a bad offset", pw("zz", -2, RWF_APPEND));
    CALL("nothing", syscall(SYS_pwritev2, f, &v, 0, -1L, 0L, RWF_APPEND));
    CALL("bad descriptor", syscall(SYS_pwritev2, 99, &v, 1, -1L, 0L, RWF_APPEND));
    CALL("bad vector", syscall(SYS_pwritev2, f, (void *)8, 1, -1L, 0L, RWF_APPEND));
    CALL("read with it", syscall(SYS_preadv2, f, &v, 1, 0L, 0L, RWF_APPEND));
    TEXT("read", buffer);
    lseek(f, 4, SEEK_SET);
    CALL("read at the position with it", syscall(SYS_preadv2, f, &v, 1, -1L, 0L, RWF_APPEND));
    TEXT("read", buffer);
    CALL("read with an unknown flag", syscall(SYS_preadv2, f, &v, 1, -1L, 0L, 0x1000));
    int r = open("f", O_RDONLY);
    CALL("not open for writing", syscall(SYS_pwritev2, r, &v, 1, -1L, 0L, RWF_APPEND));
    int p[2];
    pipe(p);
    v.iov_len = 3;
    CALL("to a pipe", syscall(SYS_pwritev2, p[1], &v, 1, -1L, 0L, RWF_APPEND));
    CALL("to a pipe at an offset", syscall(SYS_pwritev2, p[1], &v, 1, 0L, 0L, RWF_APPEND));
    CALL("from a pipe", syscall(SYS_preadv2, p[0], &v, 1, -1L, 0L, 0));
    int a = open("f", O_RDWR | O_APPEND);
    v = (struct iovec){ "!", 1 };
    CALL("a file that appends anyway", syscall(SYS_pwritev2, a, &v, 1, 0, 0, 0));
    CALL("twice", syscall(SYS_pwritev2, a, &v, 1, 0L, 0L, RWF_APPEND));
    VALUE("its flag is there", (fcntl(a, F_GETFL) & O_APPEND) != 0);
    show("all");
    return 0;
}
