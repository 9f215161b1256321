/* Measure 1: pointers into the kernel's half, to nothing, or half to nothing give EFAULT, and nothing is touched. */
#include "case.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

static const struct { const char *name; uintptr_t address; } bad[] = {
    { "the first byte above the limit", 0x800000000000 },
    { "the last page below it", 0x7ffffffff000 },
    { "not canonical", 0x123456789abcdef0 },
    { "the kernel's half", 0xffff888000000000 },
    { "the last byte", 0xffffffffffffffff },
    { "the null page", 0x10 },
};

static void line(const char *what, const char *where, long result)
{
    printf("%s, %s: %ld\n", what, where, result < 0 ? -(long)errno : result);
}

int main(void)
{
    char buffer[64] = "untouched";
    int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int ends[2];
    pipe(ends);
    write(file, "0123456789", 10);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        void *p = (void *)bad[i].address;
        const char *name = bad[i].name;
        lseek(file, 0, SEEK_SET);
        line("read", name, syscall(SYS_read, file, p, 10));
        line("position after it", name, lseek(file, 0, SEEK_CUR));
        line("write to a file", name, syscall(SYS_write, file, p, 10));
        line("write to a pipe", name, syscall(SYS_write, ends[1], p, 10));
        line("open", name, syscall(SYS_open, p, O_RDONLY));
        line("stat", name, syscall(SYS_stat, "data", p));
        line("stat of", name, syscall(SYS_stat, p, buffer));
        line("fstat", name, syscall(SYS_fstat, file, p));
        line("getcwd", name, syscall(SYS_getcwd, p, 4096));
        line("uname", name, syscall(SYS_uname, p));
        line("pipe", name, syscall(SYS_pipe, p));
        line("readlink", name, syscall(SYS_readlink, "/proc/self/exe", p, 10));
        line("nanosleep", name, syscall(SYS_nanosleep, p, NULL));
        line("clock_gettime", name, syscall(SYS_clock_gettime, CLOCK_REALTIME, p));
        line("getrandom", name, syscall(SYS_getrandom, p, 16, 0));
        line("prlimit64", name, syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, p));
        line("readv", name, syscall(SYS_readv, file, p, 1));
        line("getdents64", name, syscall(SYS_getdents64, open(".", O_RDONLY), p, 4096));
        line("set_robust_list", name, syscall(SYS_rt_sigprocmask, 0, p, NULL, 8));
        line("rt_sigaction", name, syscall(SYS_rt_sigaction, 10, p, NULL, 8));
        struct iovec part = { p, 10 };
        line("writev", name, syscall(SYS_writev, file, &part, 1));
    }

    /* Half of the buffer is there. */
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 'x', 4096);
    mprotect(pages + 4096, 4096, PROT_NONE);
    char *edge = pages + 4096 - 4;
    lseek(file, 0, SEEK_SET);
    ftruncate(file, 0);
    write(file, "0123456789", 10);
    line("write", "half there", write(file, edge, 10));
    lseek(file, 0, SEEK_SET);
    line("read", "half there", read(file, edge, 10));
    line("uname", "half there", syscall(SYS_uname, edge));
    line("stat", "half there", syscall(SYS_stat, "data", edge));
    line("pipe", "half there", syscall(SYS_pipe, edge + 4 - 4 + 4));
    memcpy(edge, "data", 4);
    line("a path that runs out", "half there", syscall(SYS_open, edge, O_RDONLY));
    line("getcwd", "half there", syscall(SYS_getcwd, edge, 4096) < 0 ? -1 : 0);

    /* A page that may only be read. */
    char *constant = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    lseek(file, 0, SEEK_SET);
    line("read", "a read-only page", read(file, constant, 4));
    line("clock_gettime", "a read-only page", syscall(SYS_clock_gettime, 0, constant));
    HOLDS("it is still empty", constant[0] == 0 && constant[100] == 0);
    TEXT("the buffer", buffer);
    /* Lengths that wrap around. */
    line("write of half the address space", "a good pointer", syscall(SYS_write, ends[1], buffer, (size_t)-1) < 0 ? -1 : 0);
    line("read with a negative length", "a good pointer", syscall(SYS_read, 77, buffer, (size_t)-1));
    return 0;
}
