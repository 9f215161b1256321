/* mincore(2) of files: what was written or touched is in memory, what nobody touched is not. */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096
#define PAGES 64

static void show(const char *name, char *p)
{
    unsigned char in[PAGES];
    memset(in, 9, sizeof in);
    int result = mincore(p, PAGES * PAGE, in);
    printf("%s: %d, in memory:", name, result < 0 ? -errno : result);
    for (int i = 0; i < PAGES; i++)
        if (in[i] & 1)
            printf(" %d", i);
    printf("\n");
}

static void holes(const char *kind, int fd)
{
    printf("== %s\n", kind);
    SUCCEEDS("file", fd);
    CALL("ftruncate", ftruncate(fd, PAGES * PAGE));
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    /* Nothing is read ahead then. */
    CALL("madvise", madvise(p, PAGES * PAGE, MADV_RANDOM));
    show("untouched", p);
    VALUE("a byte of the hole", p[3 * PAGE]);
    show("read", p);
    p[40 * PAGE] = 'w';
    show("written", p);
    CALL("pwrite", pwrite(fd, "xyz", 3, 50 * PAGE - 1));
    show("written by a call", p);
    char *other = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    show("another mapping", other);
    CALL("a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 40 * PAGE, 11 * PAGE));
    show("after a hole is made", p);
    CALL("shorter", ftruncate(fd, 2 * PAGE));
    show("beyond the end", p);
    CALL("longer", ftruncate(fd, PAGES * PAGE));
    show("grown again", p);
    munmap(p, PAGES * PAGE);
    munmap(other, PAGES * PAGE);
    close(fd);
}

int main(void)
{
    holes("a file", open("holes", O_RDWR | O_CREAT | O_EXCL, 0600));
    holes("a file in memory", memfd_create("holes", 0));

    printf("== data\n");
    int fd = open("data", O_RDWR | O_CREAT | O_EXCL, 0600);
    char page[PAGE];
    memset(page, 'd', sizeof page);
    for (int i = 0; i < PAGES; i++)
        write(fd, page, sizeof page);
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    unsigned char in[PAGES];
    CALL("mincore", mincore(p, PAGES * PAGE, in));
    int count = 0;
    for (int i = 0; i < PAGES; i++)
        count += in[i] & 1;
    VALUE("what was just written", count);
    p[5 * PAGE] = 'c';
    CALL("mincore of a copy", mincore(p + 5 * PAGE, PAGE, in));
    VALUE("a copy", in[0] & 1);
    munmap(p, PAGES * PAGE);

    printf("== far pages\n");
    int far = open("far", O_RDWR | O_CREAT | O_EXCL, 0600);
    CALL("large", ftruncate(far, 1L << 33));
    for (int i = 0; i < 3; i++) {
        char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, far, (1L << 32) >> (4 * i));
        madvise(at, PAGES * PAGE, MADV_RANDOM);
        at[7 * PAGE] = 'f' + i;
        show("far away", at);
        char c = 0;
        CALL("pread", pread(far, &c, 1, ((1L << 32) >> (4 * i)) + 7 * PAGE));
        VALUE("what was written", c);
    }
    CALL("short", ftruncate(far, PAGE));
    VALUE("a hole at", lseek(far, 0, SEEK_HOLE));

    printf("== no file\n");
    p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
    show("untouched", p);
    p[9 * PAGE] = 1;
    show("touched", p);
    madvise(p, PAGES * PAGE, MADV_DONTNEED);
    show("dropped", p);
    CALL("a vector that cannot be written", mincore(p, PAGE, (void *)8));
    CALL("nothing", mincore(p, 0, (void *)8));
    return 0;
}
