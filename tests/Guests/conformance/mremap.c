/* mremap(2) in all its forms. */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define REMAP(a, o, n, f, t) (char *)syscall(SYS_mremap, a, (long)(o) * PAGE, (long)(n) * PAGE, f, t)

static char *map(int pages, int flags)
{
    char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
    for (int i = 0; i < pages; i++)
        p[i * PAGE] = i + 1;
    return p;
}

/* The first byte of each page, or '.' where nothing is mapped. */
static void show(const char *what, char *p, int pages)
{
    unsigned char resident;
    printf("%s:", what);
    for (int i = 0; i < pages; i++)
        if (mincore(p + i * PAGE, PAGE, &resident) == 0)
            printf(" %d", p[i * PAGE]);
        else
            printf(" .");
    printf("\n");
}

int main(void)
{
    /* Room that is ours to move in. */
    char *room = mmap(NULL, 64 * PAGE, PROT_READ, ANON, -1, 0);
    char *p = map(4, ANON);
    HOLDS("fixed", REMAP(p, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, room + 8 * PAGE) == room + 8 * PAGE);
    show("moved", room + 8 * PAGE, 4);
    show("gone", p, 4);
    p = room + 8 * PAGE;
    HOLDS("fixed and longer", REMAP(p, 4, 8, 3, room + 20 * PAGE) == room + 20 * PAGE);
    p = room + 20 * PAGE;
    show("longer", p, 8);
    HOLDS("fixed and shorter", REMAP(p, 8, 2, 3, room + 30 * PAGE) == room + 30 * PAGE);
    show("shorter", room + 30 * PAGE, 3);
    show("nothing stays", p, 8);
    CALL("overlapping", REMAP(room + 30 * PAGE, 2, 2, 3, room + 31 * PAGE));
    CALL("overlapping from below", REMAP(room + 30 * PAGE, 2, 2, 3, room + 29 * PAGE));
    CALL("to an unaligned address", REMAP(room + 30 * PAGE, 2, 2, 3, room + 40 * PAGE + 1));
    CALL("to the kernel", REMAP(room + 30 * PAGE, 2, 2, 3, 0xffff800000000000UL));
    CALL("to the last page", REMAP(room + 30 * PAGE, 2, 2, 3, 0x7ffffffff000UL));
    CALL("from nothing", REMAP(p, 2, 2, 3, room + 50 * PAGE));
    CALL("over two mappings", REMAP(room + 31 * PAGE, 3, 4, 1, 0));
    CALL("a length of 0", REMAP(room + 30 * PAGE, 2, 0, 1, 0));
    CALL("an unknown flag", REMAP(room + 30 * PAGE, 2, 2, 8, 0));
    CALL("fixed without maymove", REMAP(room + 30 * PAGE, 2, 2, 2, room + 50 * PAGE));
    HOLDS("the same length", REMAP(room + 30 * PAGE, 2, 2, 0, 0) == room + 30 * PAGE);
    HOLDS("a part of a mapping", REMAP(room + 31 * PAGE, 1, 1, 3, room + 50 * PAGE) == room + 50 * PAGE);
    show("the part", room + 50 * PAGE, 1);

    /* In place, and not. */
    p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, ANON, -1, 0);
    munmap(p + PAGE, 3 * PAGE);
    p[0] = 1;
    HOLDS("grows in place", REMAP(p, 1, 3, 0, 0) == p);
    show("with zeros", p, 4);
    mmap(p + 3 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
    CALL("no room", REMAP(p, 3, 8, 0, 0));
    char *q = REMAP(p, 3, 8, 1, 0);
    HOLDS("moves", q != p);
    show("content moves too", q, 8);
    show("what is left", p, 4);

    /* An old length of 0. */
    CALL("old length 0 of private memory", REMAP(q, 0, 2, 1, 0));
    char *s = map(4, MAP_SHARED | MAP_ANONYMOUS);
    char *t = REMAP(s + PAGE, 0, 2, 1, 0);
    HOLDS("old length 0 of shared memory", t != s && t[0] == 2 && t[PAGE] == 3);
    s[PAGE] = 77;
    t[PAGE] = 78;
    HOLDS("the same pages", t[0] == 77 && s[2 * PAGE] == 78);
    HOLDS("at a fixed address", REMAP(s, 0, 4, 3, room) == room && room[PAGE] == 77);
    munmap(s, 4 * PAGE);
    show("the second mapping stays", t, 2);
    show("the third too", room, 4);

    /* MREMAP_DONTUNMAP. */
    p = map(4, ANON);
    q = REMAP(p, 4, 4, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    HOLDS("dontunmap", q != p && (long)q > 0);
    show("the pages moved", q, 4);
    show("zeros stay", p, 4);
    CALL("dontunmap with another length", REMAP(p, 4, 5, 5, 0));
    CALL("dontunmap without maymove", REMAP(p, 4, 4, 4, 0));
    HOLDS("dontunmap and fixed", REMAP(q, 4, 4, 7, room + 32 * PAGE) == room + 32 * PAGE);
    show("moved there", room + 32 * PAGE, 4);
    show("zeros again", q, 4);

    /* Files. */
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 8 * PAGE);
    for (int i = 0; i < 8; i++)
        pwrite(fd, &(char){ i + 1 }, 1, i * PAGE);
    p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
    q = REMAP(p, 2, 6, 1, 0);
    show("a file mapping grows", q, 6);
    q[5 * PAGE] = 55;
    char c;
    pread(fd, &c, 1, 7 * PAGE);
    VALUE("and writes", c);
    p = REMAP(q + PAGE, 2, 3, 3, room + 40 * PAGE);
    show("a part moved and grew", p, 3);
    show("around it", q, 6);
    return 0;
}
