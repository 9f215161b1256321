/* memfd_create(2) and fcntl(2)'s seals. */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096
#define ADD(fd, seals) fcntl(fd, F_ADD_SEALS, seals)
#define GET(fd) fcntl(fd, F_GET_SEALS)
#define SHARED(fd, prot) syscall(SYS_mmap, 0, PAGE, prot, MAP_SHARED, fd, 0)
#define BOTH (PROT_READ | PROT_WRITE)

static int make(unsigned seals)
{
    int fd = memfd_create("m", MFD_ALLOW_SEALING);
    ftruncate(fd, 2 * PAGE);
    pwrite(fd, "abc", 3, 0);
    if (seals)
        ADD(fd, seals);
    return fd;
}

int main(void)
{
    char name[300], link[300], text[2 * PAGE];
    struct stat st;
    int fd = memfd_create("hello world/x", MFD_CLOEXEC);
    SUCCEEDS("memfd_create", fd);
    fstat(fd, &st);
    VALUE("mode", st.st_mode);
    VALUE("size", st.st_size);
    VALUE("links", st.st_nlink);
    CALL("close on exec", fcntl(fd, F_GETFD));
    VALUE("flags", fcntl(fd, F_GETFL) & ~0100000);
    sprintf(name, "/proc/self/fd/%d", fd);
    link[readlink(name, link, sizeof link - 1)] = 0;
    TEXT("shown as", link);
    CALL("write", write(fd, "hello", 5));
    CALL("read back", pread(fd, text, 10, 0));
    char *m = mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0);
    m[0] = 'j';
    pread(fd, text, 1, 0);
    VALUE("a store", text[0]);
    char line[400];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "memfd"))
            TEXT("in maps", strchr(line, '/'));
    fclose(maps);
    int again = open(name, O_RDONLY);
    CALL("opened again", read(again, text, 5));
    close(fd);
    VALUE("stays while it is mapped", m[1]);

    memset(name, 'n', sizeof name);
    name[249] = 0;
    SUCCEEDS("the longest name", memfd_create(name, 0));
    name[249] = 'n', name[250] = 0;
    CALL("too long a name", memfd_create(name, 0));
    SUCCEEDS("no name", memfd_create("", 0));
    CALL("a bad name", syscall(SYS_memfd_create, 8, 0));
    CALL("unknown flags", memfd_create("x", 0x100));

    CALL("seals of a file without", GET(memfd_create("x", 0)));
    CALL("sealing it", ADD(memfd_create("x", 0), F_SEAL_GROW));
    CALL("seals of a pipe", ({ int p[2]; pipe(p); GET(p[0]); }));
    CALL("seals of a bad descriptor", GET(99));
    fd = make(0);
    CALL("none at first", GET(fd));
    CALL("unknown seals", ADD(fd, 0x1000));
    CALL("none added", ADD(fd, 0));
    CALL("shrink", ADD(fd, F_SEAL_SHRINK));
    CALL("ftruncate down", ftruncate(fd, PAGE));
    CALL("ftruncate the same", ftruncate(fd, 2 * PAGE));
    CALL("ftruncate up", ftruncate(fd, 3 * PAGE));
    CALL("grow", ADD(fd, F_SEAL_GROW));
    CALL("ftruncate further up", ftruncate(fd, 4 * PAGE));
    CALL("both", GET(fd));
    CALL("write within", pwrite(fd, "x", 1, 3 * PAGE - 1));
    CALL("write behind", pwrite(fd, "x", 1, 3 * PAGE));
    CALL("fallocate behind", fallocate(fd, 0, 0, 4 * PAGE));
    CALL("open it to truncate", ({ char p[40]; sprintf(p, "/proc/self/fd/%d", fd); open(p, O_RDWR | O_TRUNC); }));
    CALL("seal", ADD(fd, F_SEAL_SEAL));
    CALL("one more", ADD(fd, F_SEAL_WRITE));

    fd = make(0);
    m = mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0);
    CALL("write while it is mapped", ADD(fd, F_SEAL_WRITE));
    CALL("future write", ADD(fd, F_SEAL_FUTURE_WRITE));
    m[0] = 'z';
    VALUE("the mapping writes", (pread(fd, text, 1, 0), text[0]));
    CALL("write", pwrite(fd, "x", 1, 0));
    CALL("map for writing", SHARED(fd, BOTH));
    char *r = (char *)SHARED(fd, PROT_READ);
    HOLDS("map for reading", r[0] == 'z');
    CALL("make that writable", mprotect(r, PAGE, BOTH));
    munmap(m, PAGE), munmap(r, PAGE);
    CALL("write when it is no longer", ADD(fd, F_SEAL_WRITE));
    CALL("all", GET(fd));

    fd = make(F_SEAL_WRITE);
    CALL("sealed write", write(fd, "x", 1));
    CALL("of nothing", write(fd, "x", 0));
    CALL("sealed map", SHARED(fd, BOTH));
    HOLDS("private map", ({ char *p = mmap(NULL, PAGE, BOTH, MAP_PRIVATE, fd, 0); p[0] = 'q'; p[1] == 'b'; }));
    CALL("sealed hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE));
    CALL("sealed ftruncate", ftruncate(fd, PAGE));
    int reader = open(({ sprintf(name, "/proc/self/fd/%d", fd); name; }), O_RDONLY);
    CALL("seal through a reader", ADD(reader, F_SEAL_GROW));
    CALL("ask through a reader", GET(reader));
    CALL("a file in /dev/shm", GET(open("/dev/shm", O_TMPFILE | O_RDWR, 0600)));
    return 0;
}
