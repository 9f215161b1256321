/* All 49 system calls of Tier A, each at least once with a result that can be compared. */
#include "case.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#define RAW(name, ...) CALL(#name, syscall(SYS_##name __VA_OPT__(,) __VA_ARGS__))

int main(void)
{
    char buffer[4096];
    struct stat about;
    int ends[2];

    /* Files */
    RAW(open, "file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    RAW(write, 3, "Tier A\nsecond line\n", 19);
    RAW(lseek, 3, 0, SEEK_SET);
    RAW(read, 3, buffer, 6);
    struct iovec parts[2] = { { "one ", 4 }, { "two", 3 } };
    RAW(writev, 3, parts, 2);
    RAW(lseek, 3, 0, SEEK_SET);
    struct iovec into[2] = { { buffer, 3 }, { buffer + 100, 50 } };
    RAW(readv, 3, into, 2);
    RAW(stat, "file", &about);
    VALUE("its size", about.st_size);
    VALUE("its mode", about.st_mode);
    RAW(fstat, 3, &about);
    VALUE("its size", about.st_size);
    RAW(access, "file", R_OK);
    RAW(access, "missing", F_OK);
    RAW(openat, AT_FDCWD, "file", O_RDONLY);
    RAW(dup, 3);
    RAW(dup2, 3, 9);
    RAW(fcntl, 3, F_GETFL);
    RAW(fcntl, 3, F_DUPFD, 20);
    RAW(fcntl, 20, F_SETFD, FD_CLOEXEC);
    RAW(fcntl, 20, F_GETFD);
    RAW(close, 20);
    RAW(close, 20);
    struct winsize size;
    RAW(ioctl, 3, TIOCGWINSZ, &size);

    /* Pipes */
    RAW(pipe, ends);
    CALL("through the pipe", write(ends[1], "abc", 3));
    CALL("out of it", read(ends[0], buffer, 10));
    RAW(pipe2, ends, O_CLOEXEC);
    CALL("its flag", fcntl(ends[0], F_GETFD));
    RAW(pipe2, ends, 0x40000000);

    /* Directories */
    RAW(mkdir, "folder", 0755);
    RAW(mkdir, "folder", 0755);
    RAW(chdir, "folder");
    SUCCEEDS("getcwd", syscall(SYS_getcwd, buffer, sizeof buffer));
    HOLDS("ends in its name", strcmp(buffer + strlen(buffer) - 7, "/folder") == 0);
    RAW(chdir, "..");
    int directory = open("folder", O_RDONLY | O_DIRECTORY);
    CALL("getdents64", syscall(SYS_getdents64, directory, buffer, sizeof buffer));
    CALL("getdents64 at the end", syscall(SYS_getdents64, directory, buffer, sizeof buffer));
    RAW(unlink, "file");
    RAW(unlink, "file");
    SUCCEEDS("readlink", syscall(SYS_readlink, "/proc/self/exe", buffer, sizeof buffer));
    SUCCEEDS("readlinkat", syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", buffer, sizeof buffer));

    /* Memory */
    uintptr_t end = syscall(SYS_brk, 0);
    HOLDS("brk grows", (uintptr_t)syscall(SYS_brk, end + 65536) == end + 65536);
    HOLDS("and is zero", *(volatile char *)(end + 65535) == 0);
    HOLDS("brk shrinks", (uintptr_t)syscall(SYS_brk, end) == end);
    char *pages = (char *)syscall(SYS_mmap, 0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOLDS("mmap", pages != MAP_FAILED && pages[16383] == 0);
    RAW(mprotect, pages, 4096, PROT_READ);
    CALL("read into it", syscall(SYS_getcwd, pages, 4096));
    RAW(madvise, pages + 4096, 4096, MADV_WILLNEED);
    RAW(munmap, pages + 8192, 4096);
    CALL("write from the hole", syscall(SYS_write, 9, pages + 8192, 1));
    RAW(munmap, pages + 1, 4096);

    /* Time */
    struct timespec t = { 0, 1000000 };
    RAW(nanosleep, &t, NULL);
    struct timeval now;
    RAW(gettimeofday, &now, NULL);
    RAW(clock_gettime, CLOCK_REALTIME, &t);
    HOLDS("they agree", t.tv_sec - now.tv_sec <= 1);
    RAW(clock_gettime, CLOCK_MONOTONIC, &t);
    RAW(clock_gettime, 99, &t);

    /* Who we are */
    HOLDS("getpid", syscall(SYS_getpid) > 0);
    RAW(getuid);
    RAW(getgid);
    RAW(geteuid);
    RAW(getegid);
    struct utsname name;
    RAW(uname, &name);
    TEXT("sysname", name.sysname);
    TEXT("machine", name.machine);
    struct rlimit limit;
    RAW(prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
    uint64_t random[2] = { 0, 0 };
    RAW(getrandom, random, sizeof random, 0);
    HOLDS("not nothing", random[0] != 0 || random[1] != 0);

    /* Threads and signals, as far as one thread shows them */
    unsigned long base = 0;
    RAW(arch_prctl, 0x1003, &base);
    HOLDS("FS is set", base != 0);
    int word = 5;
    HOLDS("set_tid_address", syscall(SYS_set_tid_address, &word) == syscall(SYS_gettid) || syscall(SYS_set_tid_address, &word) > 0);
    char head[24] = { 0 };
    RAW(set_robust_list, head, sizeof head);
    RAW(futex, &word, 1 /* FUTEX_WAKE */, 1, NULL);
    RAW(rt_sigprocmask, SIG_BLOCK, NULL, buffer, 8);
    RAW(rt_sigaction, SIGUSR1, NULL, buffer, 8);
    RAW(kill, 999999999, 0);
    fflush(stdout);
    syscall(SYS_exit_group, 0);
}

