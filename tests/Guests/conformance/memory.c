/* mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2), msync(2), mincore(2), mlock(2). */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define MMAP(a, l, p, f, fd, o) syscall(SYS_mmap, a, l, p, f, fd, o)

int main(void)
{
    unsigned long any = MMAP(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *p = (char *)any;
    HOLDS("mmap", any < 0x800000000000UL && any % PAGE == 0);
    HOLDS("zeros", p[0] == 0 && p[3 * PAGE - 1] == 0);
    p[0] = 1;
    CALL("length 0", MMAP(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CALL("no type", MMAP(0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
    CALL("huge", MMAP(0, 1UL << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CALL("length wraps", MMAP(0, -1UL, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CALL("offset unaligned", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1));
    CALL("fixed unaligned", MMAP(any + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    CALL("fixed in the kernel", MMAP(0x800000000000UL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    CALL("fixed at the last page", MMAP(0x7ffffffff000UL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    CALL("bad descriptor", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE, 99, 0));
    HOLDS("descriptor ignored when anonymous", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 99, 0) < 0x800000000000UL);
    HOLDS("fixed replaces", MMAP(any, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == any && p[0] == 0);
    CALL("noreplace", MMAP(any, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    HOLDS("hint", MMAP(any + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != any + PAGE);

    int fd = open("f", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 5000; i++)
        write(fd, &(char){ 'a' + i % 26 }, 1);
    char *m = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    HOLDS("file mapping", m != MAP_FAILED && m[0] == 'a' && m[4999] == 'a' + 4999 % 26 && m[5000] == 0);
    m[0] = 'X';
    char c;
    pread(fd, &c, 1, 0);
    HOLDS("private", c == 'a');
    char *second = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
    HOLDS("at an offset", second[0] == 'a' + PAGE % 26);
    CALL("write from a mapping", pwrite(fd, m, 10, 100));
    char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    HOLDS("shared for reading", shared != MAP_FAILED && shared[1] == 'b');
    int reader = open("f", O_RDONLY), writer = open("f", O_WRONLY), dir = open(".", O_RDONLY), pipes[2];
    pipe(pipes);
    CALL("shared writing through a read-only one", MMAP(0, PAGE, PROT_WRITE, MAP_SHARED, reader, 0));
    CALL("a write-only one", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
    CALL("a directory", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
    CALL("a pipe", MMAP(0, PAGE, PROT_READ, MAP_PRIVATE, pipes[0], 0));
    HOLDS("private writing through a read-only one", mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0) != MAP_FAILED);
    close(fd);
    HOLDS("stays after close", m[1] == 'b' && m[4500] == 'a' + 4500 % 26);

    CALL("mprotect", mprotect(p, PAGE, PROT_READ));
    CALL("read into it", read(reader, p, 1));
    CALL("mprotect unaligned", mprotect(p + 1, PAGE, PROT_READ));
    CALL("mprotect length 0", mprotect(p, 0, PROT_READ));
    CALL("mprotect unknown bits", mprotect(p, PAGE, 0x100));
    CALL("mprotect wraps", mprotect(p, -PAGE, PROT_READ));
    CALL("mprotect growing down what does not", mprotect(p, PAGE, PROT_READ | 0x01000000));
    CALL("mprotect growing up", mprotect(p, PAGE, PROT_READ | 0x02000000));
    CALL("mprotect growing both ways", mprotect(p, PAGE, PROT_READ | 0x03000000));
    unsigned long frame = (unsigned long)&any & ~(PAGE - 1UL);
    CALL("mprotect growing down the stack", mprotect((char *)frame, PAGE, PROT_READ | PROT_WRITE | 0x01000000));
    CALL("munmap the middle", munmap(p + PAGE, PAGE));
    CALL("mprotect over the hole", mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
    p[0] = 5;
    CALL("munmap the hole", munmap(p + PAGE, PAGE));
    CALL("munmap unaligned", munmap(p + 1, PAGE));
    CALL("munmap length 0", munmap(p, 0));
    CALL("munmap in the kernel", munmap((void *)0xffff800000000000UL, PAGE));
    CALL("munmap all", munmap(p, 3 * PAGE));

    p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 7, 4 * PAGE);
    HOLDS("mremap shrinks", mremap(p, 4 * PAGE, 2 * PAGE, 0) == p);
    char *q = mremap(p, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    HOLDS("mremap grows", q != MAP_FAILED && q[0] == 7 && q[2 * PAGE - 1] == 7 && q[2 * PAGE] == 0);
    CALL("mremap unaligned", syscall(SYS_mremap, q + 1, PAGE, PAGE, 0, 0));
    CALL("mremap to 0", syscall(SYS_mremap, q, PAGE, 0, 0, 0));
    CALL("mremap unknown flag", syscall(SYS_mremap, q, PAGE, PAGE, 8, 0));
    CALL("mremap fixed without maymove", syscall(SYS_mremap, q, PAGE, PAGE, 2, q));
    CALL("mremap of nothing", syscall(SYS_mremap, 0x10000, PAGE, 2 * PAGE, 1, 0));
    HOLDS("mremap fixed", mremap(q, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 32 * PAGE) == q + 32 * PAGE);

    /* Below /proc/sys/vm/mmap_min_addr only root may map; the number is the host's, so nobody else is asked. */
    char *low = (char *)(2 * PAGE);
    int is_root = geteuid() == 0;
    HOLDS("the lowest pages", !is_root || mmap(low, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == low);
    HOLDS("mremap to the lowest pages", !is_root || mremap(low, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, low + 2 * PAGE) == low + 2 * PAGE);
    HOLDS("munmap of the lowest pages", !is_root || munmap(low + 2 * PAGE, PAGE) == 0);

    unsigned long brk0 = syscall(SYS_brk, 0);
    HOLDS("brk grows", syscall(SYS_brk, brk0 + 10000) == brk0 + 10000);
    memset((char *)brk0, 1, 10000);
    HOLDS("brk shrinks", syscall(SYS_brk, brk0) == brk0);
    HOLDS("brk too low", syscall(SYS_brk, 4096) == brk0);
    HOLDS("brk too high", syscall(SYS_brk, 0x7ffffffff000UL) == brk0);
    HOLDS("brk grows again", syscall(SYS_brk, brk0 + 10000) == brk0 + 10000);
    HOLDS("with zeros", ((char *)brk0)[8192] == 0);

    p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = 9;
    CALL("MADV_DONTNEED", madvise(p, PAGE, MADV_DONTNEED));
    HOLDS("drops", p[0] == 0);
    CALL("MADV_WILLNEED", madvise(p, PAGE, MADV_WILLNEED));
    CALL("MADV_FREE", madvise(p, PAGE, 8));
    CALL("MADV_NORMAL", madvise(p, PAGE, MADV_NORMAL));
    CALL("MADV_DONTDUMP", madvise(p, PAGE, 16));
    CALL("madvise unknown", madvise(p, PAGE, 1000));
    CALL("madvise unaligned", madvise(p + 1, PAGE, MADV_NORMAL));
    CALL("madvise length 0", madvise(p, 0, MADV_NORMAL));
    munmap(p + PAGE, PAGE);
    CALL("madvise over a hole", madvise(p, 2 * PAGE, MADV_DONTNEED));
    CALL("msync", msync(p, PAGE, MS_SYNC));
    CALL("msync over a hole", msync(p, 2 * PAGE, MS_SYNC));
    CALL("msync both", msync(p, PAGE, MS_SYNC | MS_ASYNC));
    CALL("msync unaligned", msync(p + 1, PAGE, MS_SYNC));
    unsigned char vector[4];
    p[0] = 1;
    CALL("mincore", mincore(p, PAGE, vector));
    VALUE("resident", vector[0] & 1);
    CALL("mincore over a hole", mincore(p, 2 * PAGE, vector));
    CALL("mincore to NULL", mincore(p, PAGE, NULL));
    CALL("mincore unaligned", mincore(p + 1, PAGE, vector));
    CALL("mlock", mlock(p, PAGE));
    CALL("mlock over a hole", mlock(p, 2 * PAGE));
    CALL("munlock", munlock(p, PAGE));
    CALL("mlock2 unknown flag", syscall(SYS_mlock2, p, PAGE, 8));
    CALL("munlockall", munlockall());
    CALL("mlockall of nothing", mlockall(0));
    return 0;
}
