/* set_mempolicy(2), get_mempolicy(2), mbind(2) with one node; pkeys(7) without the processor's support; remap_file_pages(2). */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096
#define SET(mode, nodes, most) syscall(SYS_set_mempolicy, mode, nodes, most)

static void show(const char *what, unsigned long address, unsigned long flags)
{
    int mode = -1;
    unsigned long nodes[16] = { 0 };
    errno = 0;
    long result = syscall(SYS_get_mempolicy, &mode, nodes, 1024, address, flags);
    printf("%s: %ld mode %d nodes %lx\n", what, result < 0 ? -(long)errno : result, mode, nodes[0]);
}

int main(void)
{
    unsigned long one = 1, two = 2, none = 0;
    char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = 1;
    show("default", 0, 0);
    show("allowed", 0, 4);
    show("of an address", (long)p, 2);
    show("node of an address", (long)p, 3);
    show("node of nothing", 0, 1);
    show("an address without the flag", (long)p, 0);
    show("an address of nothing", 8, 2);
    show("unknown flags", 0, 8);
    show("allowed of an address", (long)p, 6);
    CALL("too short a mask", syscall(SYS_get_mempolicy, NULL, &one, 0, 0, 0));
    CALL("bind", SET(2, &one, 64));
    show("bound", 0, 0);
    CALL("bind to node 1", SET(2, &two, 64));
    CALL("bind to nothing", SET(2, &none, 64));
    CALL("bind to no mask", SET(2, NULL, 0));
    CALL("interleave", SET(3, &one, 64));
    show("interleaved", 0, 0);
    show("the next node", 0, 1);
    CALL("preferred", SET(1, &one, 64));
    CALL("preferred, none", SET(1, NULL, 0));
    CALL("local", SET(4, NULL, 0));
    CALL("local with nodes", SET(4, &one, 64));
    CALL("unknown", SET(77, &one, 64));
    CALL("default with nodes", SET(0, &one, 64));
    CALL("a bad mask", SET(2, 8, 64));
    CALL("default again", SET(0, NULL, 0));
    CALL("mbind", syscall(SYS_mbind, p, PAGE, 2, &one, 64, 0));
    CALL("mbind of nothing mapped", syscall(SYS_mbind, 0x10000, PAGE, 2, &one, 64, 0));
    CALL("mbind unaligned", syscall(SYS_mbind, p + 1, PAGE, 2, &one, 64, 0));
    CALL("mbind length 0", syscall(SYS_mbind, p, 0, 2, &one, 64, 0));
    CALL("mbind unknown flags", syscall(SYS_mbind, p, PAGE, 2, &one, 64, 64));
    CALL("mbind default", syscall(SYS_mbind, p, PAGE, 0, NULL, 0, 0));

    CALL("pkey_alloc with flags", syscall(SYS_pkey_alloc, 1, 0));
    CALL("pkey_alloc with unknown rights", syscall(SYS_pkey_alloc, 0, 8));
    CALL("pkey_free", syscall(SYS_pkey_free, 9));
    CALL("pkey_mprotect without a key", syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ, -1));
    CALL("pkey_mprotect with a key", syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ, 7));
    CALL("pkey_mprotect unaligned", syscall(SYS_pkey_mprotect, p + 1, PAGE, PROT_READ, 7));

    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4 * PAGE);
    for (int i = 0; i < 4; i++)
        pwrite(fd, &(char){ i + 1 }, 1, i * PAGE);
    char *m = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CALL("remap_file_pages", syscall(SYS_remap_file_pages, m, PAGE, 0, 3, 0));
    CALL("another", syscall(SYS_remap_file_pages, m + 3 * PAGE, PAGE, 0, 0, 0));
    printf("%d %d %d %d\n", m[0], m[PAGE], m[2 * PAGE], m[3 * PAGE]);
    m[0] = 99;
    char c;
    pread(fd, &c, 1, 3 * PAGE);
    VALUE("writes", c);
    CALL("with a protection", syscall(SYS_remap_file_pages, m, PAGE, PROT_READ, 3, 0));
    CALL("of private memory", syscall(SYS_remap_file_pages, p, PAGE, 0, 0, 0));
    CALL("of no bytes", syscall(SYS_remap_file_pages, m, 0, 0, 0, 0));
    CALL("of too much", syscall(SYS_remap_file_pages, m, 64 * PAGE, 0, 0, 0));
    return 0;
}
