/* mmap(2) of files with MAP_SHARED, seen by read(2), write(2), ftruncate(2) and other mappings at once; msync(2); SIGBUS behind the end. */
#include "case.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096
#define MAP(pages, prot, flags, fd, first) (char *)mmap(NULL, (pages) * PAGE, prot, flags, fd, (long)(first) * PAGE)

static int at(int fd, long offset)
{
    char c = -1;
    return pread(fd, &c, 1, offset) == 1 ? c : -1;
}

static int filled(const char *from, int value, long count)
{
    for (long i = 0; i < count; i++)
        if (from[i] != value)
            return 0;
    return 1;
}

int main(void)
{
    const int both = PROT_READ | PROT_WRITE;
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char text[PAGE];
    memset(text, 'a', sizeof text);
    for (int i = 0; i < 3; i++)
        write(fd, text, PAGE);
    write(fd, text, 100);

    char *m = MAP(4, both, MAP_SHARED, fd, 0);
    HOLDS("maps", m != MAP_FAILED && filled(m, 'a', 3 * PAGE + 100));
    HOLDS("zeros behind the end", filled(m + 3 * PAGE + 100, 0, PAGE - 100));
    m[0] = 'b';
    m[PAGE] = 'c';
    VALUE("read sees a store", at(fd, 0));
    VALUE("and another", at(fd, PAGE));
    pwrite(fd, "d", 1, 1);
    VALUE("a load sees a write", m[1]);
    pwrite(fd, "e", 1, 2 * PAGE + 5);
    VALUE("on a page not seen yet", m[2 * PAGE + 5]);
    VALUE("next to what was stored", m[0]);

    char *second = MAP(2, PROT_READ, MAP_SHARED, fd, 1);
    char *private = MAP(4, both, MAP_PRIVATE, fd, 0);
    VALUE("a second mapping", second[0]);
    VALUE("a private one", private[PAGE]);
    m[PAGE] = 'f';
    VALUE("a second mapping sees a store", second[0]);
    VALUE("a private one too", private[PAGE]);
    private[PAGE] = 'g';
    m[PAGE] = 'h';
    VALUE("a private copy does not", private[PAGE]);
    VALUE("nor is it seen", second[0]);
    VALUE("nor read", at(fd, PAGE));
    int other = open("f", O_RDWR);
    VALUE("another descriptor sees it", at(other, PAGE));
    pwrite(other, "i", 1, PAGE);
    VALUE("and is seen", m[PAGE]);
    char *through = MAP(1, both, MAP_SHARED, other, 1);
    through[0] = 'j';
    VALUE("through another's mapping", m[PAGE]);
    CALL("write from the mapping to itself", pwrite(fd, m, 2 * PAGE, 100));
    HOLDS("moved", m[100] == 'b' && m[101] == 'd' && m[102] == 'a');

    int reader = open("f", O_RDONLY);
    char *closed = MAP(1, PROT_READ, MAP_SHARED, reader, 0);
    CALL("mprotect for writing what was opened for reading", mprotect(closed, PAGE, both));
    CALL("a private one", mprotect(MAP(1, PROT_READ, MAP_PRIVATE, reader, 0), PAGE, both));
    CALL("mprotect of the second for writing", mprotect(second, PAGE, both));
    second[0] = 'k';
    VALUE("writes", at(fd, PAGE));
    CALL("mprotect for reading", mprotect(m, PAGE, PROT_READ));
    CALL("mprotect for writing", mprotect(m, PAGE, both));
    m[0] = 'l';
    VALUE("a store again", at(fd, 0));

    CALL("msync", msync(m, 4 * PAGE, MS_SYNC));
    m[0] = 'm';
    VALUE("a store after msync", at(fd, 0));
    CALL("msync async", msync(m, PAGE, MS_ASYNC));
    CALL("msync invalidate", msync(m, PAGE, MS_INVALIDATE));
    CALL("fsync", fsync(fd));
    m[0] = 'n';
    VALUE("a store after fsync", at(fd, 0));

    /* The file grows and shrinks below its mappings. */
    m[3 * PAGE + 200] = 'z';
    CALL("what lies behind the end is not read", at(fd, 3 * PAGE + 200));
    CALL("ftruncate up", ftruncate(fd, 4 * PAGE));
    VALUE("stored behind the end, it is lost", m[3 * PAGE + 200]);
    m[3 * PAGE + 200] = 'y';
    VALUE("within, it stays", at(fd, 3 * PAGE + 200));
    CALL("ftruncate down", ftruncate(fd, PAGE + 10));
    HOLDS("zeros in the last page", filled(m + PAGE + 10, 0, PAGE - 10));
    HOLDS("the rest stays", m[PAGE] == 'a' || m[PAGE] == 'k' || m[PAGE] == 'n');
    CALL("ftruncate up again", ftruncate(fd, 4 * PAGE));
    HOLDS("zeros", filled(m + PAGE + 10, 0, 3 * PAGE - 10));
    pwrite(fd, "o", 1, 3 * PAGE);
    VALUE("a write behind", m[3 * PAGE]);
    CALL("append", lseek(fd, 0, SEEK_END) + write(fd, "pqr", 3));
    char *grown = MAP(5, both, MAP_SHARED, fd, 0);
    VALUE("mapped behind", grown[4 * PAGE + 1]);
    int trunc = open("f", O_RDWR | O_TRUNC);
    struct stat st;
    fstat(fd, &st);
    VALUE("O_TRUNC", st.st_size);
    write(trunc, "new", 3);
    TEXT("new content", m);

    /* Closed and unlinked files stay as long as they are mapped. */
    close(trunc), close(other), close(reader);
    close(fd);
    m[0] = 'N';
    fd = open("f", O_RDWR);
    VALUE("a store after close", at(fd, 0));
    unlink("f");
    m[1] = 'E';
    VALUE("after unlink", at(fd, 1));
    CALL("munmap", munmap(m, 4 * PAGE) | munmap(grown, 5 * PAGE) | munmap(second, 2 * PAGE) | munmap(through, PAGE));
    VALUE("read after munmap", at(fd, 1));
    close(fd);

    /* What was written goes to the file. */
    fd = open("g", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 100 * PAGE);
    m = MAP(100, both, MAP_SHARED, fd, 0);
    for (int i = 0; i < 100; i++)
        m[i * PAGE + i] = i + 1;
    munmap(m + 10 * PAGE, 50 * PAGE);
    int right = 1;
    for (int i = 0; i < 100; i++)
        right &= at(fd, (long)i * PAGE + i) == i + 1;
    HOLDS("a hundred pages", right);
    munmap(m, 100 * PAGE);
    for (int i = 0; i < 100; i++)
        right &= at(fd, (long)i * PAGE + i) == i + 1;
    HOLDS("after munmap", right);
    m = MAP(2, both, MAP_SHARED, fd, 98);
    VALUE("mapped at an offset", m[PAGE + 99]);
    char *bigger = mremap(m, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    HOLDS("mremap", bigger != MAP_FAILED && bigger[PAGE + 99] == 100);
    bigger[0] = 'x';
    VALUE("after mremap", at(fd, 98 * PAGE));
    CALL("MAP_SHARED_VALIDATE with an unknown flag", MAP(1, both, MAP_SHARED_VALIDATE | 0x800000, fd, 0) == MAP_FAILED ? -1 : 0);
    CALL("MAP_SHARED_VALIDATE with MAP_SYNC", MAP(1, both, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0) == MAP_FAILED ? -1 : 0);
    CALL("MAP_SHARED_VALIDATE with old flags", MAP(1, both, MAP_SHARED_VALIDATE | MAP_POPULATE | MAP_NORESERVE, fd, 0) == MAP_FAILED ? -1 : 0);
    CALL("MAP_SHARED with an unknown flag", MAP(1, both, MAP_SHARED | 0x800000, fd, 0) == MAP_FAILED ? -1 : 0);
    m = MAP(1, both, MAP_SHARED_VALIDATE, fd, 0);
    m[0] = 'v';
    VALUE("MAP_SHARED_VALIDATE", at(fd, 0));
    return 0;
}
