/* madvise(2): what each advice does to private, shared and file mappings. */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PAGE 4096
#define BOTH (PROT_READ | PROT_WRITE)

static char *fill(char *p, int pages)
{
    for (int i = 0; i < pages; i++)
        p[i * PAGE] = i + 1;
    return p;
}

int main(void)
{
    char *a = fill(mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4);
    char *s = fill(mmap(NULL, 4 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0), 4);
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4 * PAGE);
    char *f = fill(mmap(NULL, 4 * PAGE, BOTH, MAP_SHARED, fd, 0), 4);
    char *p = fill(mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE, fd, 0), 1);
    char *r = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    char *n = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct { const char *name; char *at; } kinds[] = { { "anonymous", a }, { "shared", s }, { "file", f }, { "private file", p }, { "read-only file", r }, { "no access", n } };
    struct { const char *name; int advice; } all[] = {
        { "NORMAL", 0 }, { "RANDOM", 1 }, { "SEQUENTIAL", 2 }, { "WILLNEED", 3 }, { "FREE", 8 }, { "DONTFORK", 10 }, { "DOFORK", 11 },
        { "DONTDUMP", 16 }, { "DODUMP", 17 }, { "WIPEONFORK", 18 }, { "KEEPONFORK", 19 }, { "COLD", 20 },
        { "POPULATE_READ", 22 }, { "POPULATE_WRITE", 23 }, { "5", 5 }, { "7", 7 }, { "26", 26 }, { "-1", -1 } };
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < sizeof all / sizeof *all; i++) {
            char name[60];
            sprintf(name, "%s %s", kinds[k].name, all[i].name);
            CALL(name, syscall(SYS_madvise, kinds[k].at, PAGE, all[i].advice));
        }

    fill(a, 4), fill(s, 4), fill(f, 4), p[0] = 99;
    CALL("DONTNEED anonymous", madvise(a + PAGE, 2 * PAGE, MADV_DONTNEED));
    printf("%d %d %d %d\n", a[0], a[PAGE], a[2 * PAGE], a[3 * PAGE]);
    CALL("DONTNEED shared", madvise(s + PAGE, 2 * PAGE, MADV_DONTNEED));
    printf("%d %d %d %d\n", s[0], s[PAGE], s[2 * PAGE], s[3 * PAGE]);
    CALL("DONTNEED file", madvise(f, 4 * PAGE, MADV_DONTNEED));
    printf("%d %d %d %d\n", f[0], f[PAGE], f[2 * PAGE], f[3 * PAGE]);
    CALL("DONTNEED private file", madvise(p, PAGE, MADV_DONTNEED));
    VALUE("the file's byte again", p[0]);
    char c;
    pread(fd, &c, 1, PAGE);
    VALUE("what was stored is in the file", c);

    CALL("REMOVE anonymous", madvise(a, PAGE, MADV_REMOVE));
    CALL("REMOVE shared", madvise(s, PAGE, MADV_REMOVE));
    printf("%d %d\n", s[0], s[PAGE]);
    CALL("REMOVE private file", madvise(p, PAGE, MADV_REMOVE));

    CALL("mlock", mlock(a, 2 * PAGE));
    CALL("DONTNEED of locked pages", madvise(a, PAGE, MADV_DONTNEED));
    CALL("FREE of locked pages", madvise(a, PAGE, 8));
    CALL("COLD of locked pages", madvise(a, PAGE, 20));
    CALL("DONTNEED_LOCKED", madvise(a, PAGE, 24));
    VALUE("drops them", a[0]);
    CALL("msync invalidate of locked pages", msync(a, PAGE, MS_INVALIDATE));
    CALL("munlock", munlock(a, 2 * PAGE));
    CALL("DONTNEED again", madvise(a, PAGE, MADV_DONTNEED));

    unsigned char in[4] = { 0 };
    char *fresh = mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mincore(fresh, 4 * PAGE, in);
    printf("resident at first: %d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
    CALL("POPULATE_WRITE", madvise(fresh + PAGE, 2 * PAGE, 23));
    mincore(fresh, 4 * PAGE, in);
    printf("after POPULATE_WRITE: %d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
    CALL("POPULATE over a hole", (munmap(fresh + 2 * PAGE, PAGE), madvise(fresh, 4 * PAGE, 22)));
    char *populated = mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    mincore(populated, 4 * PAGE, in);
    printf("MAP_POPULATE: %d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
    ftruncate(fd, PAGE);
    CALL("POPULATE_READ behind the end", madvise(f, 2 * PAGE, 22));
    CALL("POPULATE_WRITE behind the end", madvise(f + PAGE, PAGE, 23));

    CALL("mlock2 on fault", syscall(SYS_mlock2, fresh + 3 * PAGE, PAGE, 1));
    CALL("mlockall future", mlockall(MCL_FUTURE));
    char *locked = mmap(NULL, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL("DONTNEED of what was mapped then", madvise(locked, PAGE, MADV_DONTNEED));
    CALL("munlockall", munlockall());
    CALL("DONTNEED after munlockall", madvise(locked, PAGE, MADV_DONTNEED));
    CALL("mlockall on fault alone", mlockall(4));
    return 0;
}
