/* RLIMIT_FSIZE (getrlimit(2)): what a write beyond it answers, and the signal; exit code 153 (SIGXFSZ). */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char block[8192];

static long size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static void set_limit(unsigned long size)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ size, RLIM_INFINITY });
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    set_limit(1000);
    CALL("a write within", write(fd, block, 900));
    CALL("a write across", write(fd, block, 900));
    CALL("a write at the limit", write(fd, block, 1));
    CALL("nothing at the limit", write(fd, block, 0));
    CALL("an unreadable byte at the limit", syscall(SYS_write, fd, 1, 1));
    CALL("pwrite across", pwrite(fd, block, 100, 950));
    CALL("pwrite beyond", pwrite(fd, block, 100, 2000));
    CALL("pwrite within", pwrite(fd, block, 100, 0));
    VALUE("size", size_of(fd));

    CALL("seek", lseek(fd, 10, SEEK_SET));
    struct iovec parts[3] = { { block, 500 }, { block, 480 }, { block, 8000 } };
    CALL("writev across", writev(fd, parts, 3));
    CALL("writev at the limit", writev(fd, parts, 3));
    CALL("pwritev across", pwritev(fd, parts, 3, 100));
    CALL("position", lseek(fd, 0, SEEK_CUR));

    CALL("a larger file than the limit", ftruncate(fd, 1001));
    CALL("at the limit", ftruncate(fd, 1000));
    CALL("a smaller one", ftruncate(fd, 600));
    CALL("by name", truncate("file", 5000));
    CALL("by name of nothing", truncate("missing", 5000));
    CALL("by name, smaller", truncate("file", 500));
    CALL("fallocate", fallocate(fd, 0, 0, 5000));
    VALUE("size", size_of(fd));

    int appended = open("file", O_WRONLY | O_APPEND);
    CALL("an appending write across", write(appended, block, 800));
    CALL("an appending write beyond", write(appended, block, 800));
    CALL("pwrite to an appending file", pwrite(appended, block, 10, 0));
    VALUE("size", size_of(fd));

    int source = open("source", O_RDWR | O_CREAT, 0644);
    set_limit(RLIM_INFINITY);
    CALL("a source", write(source, block, 8000));
    set_limit(1000);
    int target = open("target", O_RDWR | O_CREAT, 0644);
    off_t from = 0;
    CALL("sendfile across", sendfile(target, source, &from, 5000));
    CALL("sendfile beyond", sendfile(target, source, &from, 5000));
    VALUE("sent", from);
    CALL("seek", lseek(target, 900, SEEK_SET));
    from = 0;
    CALL("copy_file_range across", syscall(SYS_copy_file_range, source, &from, target, 0, 500, 0));
    CALL("copy_file_range beyond", syscall(SYS_copy_file_range, source, &from, target, 0, 500, 0));
    VALUE("size", size_of(target));
    CALL("below the size it has", ftruncate(source, 7000));
    CALL("a write within what is there", pwrite(source, block, 10, 5000));

    int ends[2];
    CALL("pipe", pipe(ends));
    CALL("a pipe has no size", write(ends[1], block, 4000));
    int null = open("/dev/null", O_WRONLY);
    CALL("nor has a device", write(null, block, 8000));
    CALL("a file that is not open for writing", write(open("file", O_RDONLY), block, 8000));

    set_limit(0);
    CALL("with a limit of 0", write(fd, block, 1));
    CALL("with a limit of 0, opened for truncation", open("file", O_WRONLY | O_TRUNC) >= 0);
    VALUE("size", size_of(fd));

    set_limit(RLIM_INFINITY);
    signal(SIGXFSZ, SIG_DFL);
    CALL("beyond every file", pwrite(fd, block, 10, 0x7ffffffffffffff0));
    set_limit(1000);
    CALL("within, and no signal", pwrite(fd, block, 2000, 500));
    fflush(stdout);
    set_limit(1000);
    CALL("beyond, with the signal", pwrite(fd, block, 10, 1000));
    return 0;
}
