/* The regions of mmap(2), mprotect(2), munmap(2), mremap(2) as proc(5) shows them in /proc/self/maps: how they split and join. */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 512 };

static char *base;

/* Prints the regions between the borders of the reservation, in pages from its start. No stdio buffers: they would be mapped in the gaps. */
static void show(const char *what)
{
    static char text[65536];
    int length = 0, count;
    int fd = open("/proc/self/maps", O_RDONLY);
    while ((count = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += count;
    text[length] = 0;
    close(fd);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        unsigned long from, to, offset;
        char access[8];
        *end = 0;
        if (sscanf(line, "%lx-%lx %7s %lx", &from, &to, access, &offset) != 4)
            continue;
        if ((char *)from < base || (char *)to > base + PAGES * PAGE)
            continue;
        printf("%s: %ld-%ld %s %lx%s\n", what, (long)(from - (long)base) / PAGE, (long)(to - (long)base) / PAGE, access, offset,
            strchr(line, '/') ? " file" : "");
    }
}

static void *map(int page, int pages, int access, int flags, int fd)
{
    return mmap(base + page * PAGE, pages * PAGE, access, flags | MAP_FIXED, fd, fd < 0 ? 0 : PAGE);
}

int main(int argc, char **argv)
{
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    setvbuf(stdout, (char[4096]) { 0 }, _IOFBF, 4096);
    base = mmap(0, PAGES * PAGE, PROT_NONE, anonymous | MAP_NORESERVE, -1, 0);
    show("reserve");
    mprotect(base, 8 * PAGE, PROT_READ | PROT_WRITE);
    show("writable part");
    mprotect(base + 2 * PAGE, PAGE, PROT_READ);
    show("split");
    mprotect(base + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
    show("joined");
    munmap(base + 4 * PAGE, 2 * PAGE);
    show("gap");
    map(20, 4, PROT_READ | PROT_WRITE, anonymous, -1);
    show("fixed");
    map(30, 3, PROT_READ, MAP_PRIVATE, open(argv[0], O_RDONLY));
    show("file");
    mprotect(base + 31 * PAGE, PAGE, PROT_READ | PROT_WRITE);
    show("file split");
    SUCCEEDS("mremap", mremap(base + 20 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + 100 * PAGE) != MAP_FAILED);
    show("moved");
    SUCCEEDS("mremap", mremap(base + 100 * PAGE, 2 * PAGE, PAGE, 0) != MAP_FAILED);
    show("shrunk");
    CALL("protection over a gap", mprotect(base, 10 * PAGE, PROT_READ | PROT_WRITE));
    show("up to the gap");
    map(200, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
    map(201, 1, PROT_READ | PROT_WRITE, anonymous | MAP_NORESERVE, -1);
    map(202, 1, PROT_READ | PROT_WRITE, anonymous, -1);
    map(203, 1, PROT_READ | PROT_WRITE, anonymous | MAP_DENYWRITE, -1);
    show("flags");
    return 0;
}
