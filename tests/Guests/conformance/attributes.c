/* chmod(2), chown(2), truncate(2), utimensat(2), fallocate(2), statfs(2), fsync(2), posix_fadvise(2). */
#include "case.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <utime.h>

static void mode(const char *what, const char *path)
{
    struct stat st;
    lstat(path, &st);
    printf("%s: %o uid %u gid %u size %ld\n", what, st.st_mode, st.st_uid, st.st_gid, (long)st.st_size);
}

static void times(const char *what, const char *path)
{
    struct stat st;
    lstat(path, &st);
    printf("%s: %ld.%09ld %ld.%09ld\n", what, (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    symlink("f", "s");
    CALL("chmod", chmod("s", 04751));
    mode("mode", "f");
    CALL("chmod of unknown bits", chmod("f", 0170644));
    mode("mode", "f");
    CALL("fchmod", fchmod(fd, 0640));
    mode("mode", "f");
    CALL("fchmodat", fchmodat(AT_FDCWD, "f", 0600, 0));
    CALL("chmod missing", chmod("missing", 0600));
    CALL("fchmod closed", fchmod(99, 0600));
    CALL("chown", chown("s", 1, 2));
    mode("owner", "f");
    CALL("lchown", lchown("s", 3, -1));
    mode("link", "s");
    mode("file", "f");
    CALL("fchown", fchown(fd, -1, 9));
    mode("file", "f");
    CALL("fchownat bad flag", fchownat(AT_FDCWD, "f", 1, 1, 2));
    chmod("f", 06755);
    chown("f", 5, 5);
    mode("set-id bits are dropped", "f");
    chown("f", 0, 0);

    CALL("truncate", truncate("f", 10000));
    mode("size", "f");
    CALL("ftruncate", ftruncate(fd, 10));
    mode("size", "f");
    CALL("truncate negative", truncate("f", -1));
    CALL("truncate a directory", truncate(".", 0));
    CALL("truncate missing", truncate("missing", 0));
    CALL("ftruncate negative", ftruncate(fd, -1));
    int reader = open("f", O_RDONLY), p[2];
    pipe(p);
    CALL("ftruncate read-only", ftruncate(reader, 0));
    CALL("ftruncate of a pipe", ftruncate(p[1], 0));
    CALL("ftruncate closed", ftruncate(99, 0));

    struct timespec t[2] = { { 1000, 5 }, { 2000, 999999999 } };
    CALL("utimensat", utimensat(AT_FDCWD, "f", t, 0));
    times("times", "f");
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_sec = 3000;
    CALL("UTIME_OMIT", utimensat(AT_FDCWD, "f", t, 0));
    times("times", "f");
    t[0].tv_nsec = 1000000000;
    CALL("invalid", utimensat(AT_FDCWD, "f", t, 0));
    t[0] = (struct timespec){ 77, 0 };
    CALL("of the link", utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW));
    times("link", "s");
    times("file", "f");
    CALL("unknown flag", syscall(SYS_utimensat, AT_FDCWD, "f", t, 1));
    CALL("of a descriptor", syscall(SYS_utimensat, fd, 0, t, 0));
    times("file", "f");
    CALL("of a descriptor with flags", syscall(SYS_utimensat, fd, 0, t, AT_SYMLINK_NOFOLLOW));
    CALL("missing", utimensat(AT_FDCWD, "missing", t, 0));
    t[0].tv_nsec = t[1].tv_nsec = UTIME_OMIT;
    CALL("nothing to do", utimensat(AT_FDCWD, "missing", t, 0));
    struct timeval v[2] = { { 10, 1 }, { 20, 2 } };
    CALL("utimes", syscall(SYS_utimes, "f", v));
    times("file", "f");
    v[0].tv_usec = 1000000;
    CALL("utimes invalid", syscall(SYS_utimes, "f", v));
    struct utimbuf u = { 5, 6 };
    CALL("utime", syscall(SYS_utime, "f", &u));
    times("file", "f");
    CALL("utime now", syscall(SYS_utime, "f", 0));
    struct stat st;
    stat("f", &st);
    HOLDS("now", st.st_mtim.tv_sec > 1600000000);

    CALL("fallocate", syscall(SYS_fallocate, fd, 0, 100, 1000));
    mode("size", "f");
    CALL("fallocate keeping the size", syscall(SYS_fallocate, fd, 1, 0, 100000));
    mode("size", "f");
    CALL("fallocate length 0", syscall(SYS_fallocate, fd, 0, 0, 0));
    CALL("fallocate negative", syscall(SYS_fallocate, fd, 0, -1, 10));
    CALL("fallocate read-only", syscall(SYS_fallocate, reader, 0, 0, 10));
    CALL("fallocate of a pipe", syscall(SYS_fallocate, p[1], 0, 0, 10));
    pwrite(fd, "abcdefgh", 8, 0);
    CALL("punch", syscall(SYS_fallocate, fd, 3, 2, 3));
    char bytes[9] = "";
    pread(fd, bytes, 8, 0);
    HOLDS("zeros", memcmp(bytes, "ab\0\0\0fgh", 8) == 0);

    /* Somebody else: set-id bits go with a write, and the present may be set by who may write, nothing else. */
    chmod(".", 0777);
    close(creat("writable", 0));
    close(creat("closed", 0));
    chmod("writable", 06777);
    chmod("closed", 0644);
    int program = open("writable", O_RDWR), kept = open("writable", O_RDWR | O_APPEND);
    write(kept, "by root", 7);
    mode("set-id bits stay for who has CAP_FSETID", "writable");
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0) {
        setgid(1000), setuid(1000);
        CALL("nothing written", write(program, "", 0));
        mode("set-id bits", "writable");
        CALL("a write", write(program, "x", 1));
        mode("set-id bits", "writable");
        t[0] = t[1] = (struct timespec){ 0, UTIME_NOW };
        CALL("now, writable", utimensat(AT_FDCWD, "writable", NULL, 0));
        CALL("now, writable, as a time", utimensat(AT_FDCWD, "writable", t, 0));
        t[0].tv_nsec = UTIME_OMIT;
        CALL("one now, writable", utimensat(AT_FDCWD, "writable", t, 0));
        CALL("now, closed", utimensat(AT_FDCWD, "closed", NULL, 0));
        CALL("utimes now, writable", syscall(SYS_utimes, "writable", NULL));
        CALL("utimes now, closed", syscall(SYS_utimes, "closed", NULL));
        CALL("utime now, writable", syscall(SYS_utime, "writable", NULL));
        CALL("a time", utimensat(AT_FDCWD, "writable", (struct timespec[2]){ { 1, 0 }, { 2, 0 } }, 0));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    unlink("writable");
    unlink("closed");

    struct statfs fs;
    CALL("statfs", statfs(".", &fs));
    HOLDS("block size", fs.f_bsize > 0 && fs.f_namelen == 255);
    CALL("statfs missing", statfs("missing", &fs));
    CALL("fstatfs", fstatfs(fd, &fs));
    CALL("fstatfs closed", fstatfs(99, &fs));
    CALL("statfs to NULL", syscall(SYS_statfs, ".", 0));
    CALL("fsync", fsync(fd));
    CALL("fdatasync", fdatasync(fd));
    CALL("fsync of a pipe", fsync(p[0]));
    CALL("fsync closed", fsync(99));
    CALL("syncfs", syncfs(fd));
    CALL("sync_file_range", syscall(SYS_sync_file_range, fd, 0, 10, 2));
    CALL("sync_file_range of a pipe", syscall(SYS_sync_file_range, p[0], 0, 10, 2));
    CALL("sync_file_range unknown flag", syscall(SYS_sync_file_range, fd, 0, 10, 8));
    CALL("fadvise", syscall(SYS_fadvise64, fd, 0, 0, 3));
    CALL("fadvise 99", syscall(SYS_fadvise64, fd, 0, 0, 99));
    CALL("fadvise of a pipe", syscall(SYS_fadvise64, p[0], 0, 0, 0));
    CALL("fadvise negative", syscall(SYS_fadvise64, fd, 0, -1, 0));
    CALL("readahead", syscall(SYS_readahead, fd, 0, 100));
    CALL("readahead of a pipe", syscall(SYS_readahead, p[0], 0, 100));
    return 0;
}
