/* fallocate(2): ranges taken out, put in and zeroed, on a file system that can and on tmpfs, which cannot. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define KEEP_SIZE 1
#define PUNCH_HOLE 2
#define COLLAPSE_RANGE 8
#define ZERO_RANGE 0x10
#define INSERT_RANGE 0x20
#define UNSHARE_RANGE 0x40

static void fill(int f, int pages)
{
    char page[4096];
    ftruncate(f, 0);
    for (int i = 0; i < pages; i++)
    {
        memset(page, 'a' + i, 4096);
        pwrite(f, page, 4096, i * 4096L);
    }
}

/* The first byte of each page, and the size. */
static void show(const char *name, int f)
{
    struct stat st;
    fstat(f, &st);
    printf("%s: %lld ", name, (long long)st.st_size);
    for (long at = 0; at < st.st_size; at += 4096)
    {
        char c = 0;
        pread(f, &c, 1, at);
        printf("%c", c ? c : '.');
    }

    printf("\n");
}

static void modes(int f, const char *where)
{
    printf("on: %s\n", where);
    fill(f, 6);
    CALL("collapse", fallocate(f, COLLAPSE_RANGE, 4096, 8192));
    show("collapsed", f);
    fill(f, 6);
    CALL("collapse to the end", fallocate(f, COLLAPSE_RANGE, 4096, 5 * 4096));
    CALL("collapse beyond the end", fallocate(f, COLLAPSE_RANGE, 4096, 8 * 4096));
    CALL("collapse, not whole blocks", fallocate(f, COLLAPSE_RANGE, 100, 4096));
    CALL("collapse, not a whole length", fallocate(f, COLLAPSE_RANGE, 4096, 100));
    CALL("collapse and keep the size", fallocate(f, COLLAPSE_RANGE | KEEP_SIZE, 4096, 4096));
    show("unchanged", f);
    CALL("insert", fallocate(f, INSERT_RANGE, 4096, 8192));
    show("inserted", f);
    fill(f, 3);
    CALL("insert at the end", fallocate(f, INSERT_RANGE, 3 * 4096, 4096));
    CALL("insert, not whole blocks", fallocate(f, INSERT_RANGE, 100, 4096));
    CALL("insert, not a whole length", fallocate(f, INSERT_RANGE, 4096, 100));
    CALL("insert and keep the size", fallocate(f, INSERT_RANGE | KEEP_SIZE, 4096, 4096));
    CALL("insert at the start", fallocate(f, INSERT_RANGE, 0, 4096));
    show("one more", f);
    ftruncate(f, 3 * 4096 + 100);
    CALL("a part of a page at the end", fallocate(f, COLLAPSE_RANGE, 4096, 4096));
    show("it is there", f);
    CALL("unshare", fallocate(f, UNSHARE_RANGE, 0, 4096));
    CALL("two modes", fallocate(f, COLLAPSE_RANGE | INSERT_RANGE, 0, 4096));
    CALL("zero and punch", fallocate(f, ZERO_RANGE | PUNCH_HOLE | KEEP_SIZE, 0, 4096));
    CALL("an unknown mode", fallocate(f, 0x1000, 0, 4096));
    fill(f, 3);
    CALL("zero", fallocate(f, ZERO_RANGE, 4096, 4096));
    show("zeroed", f);
    CALL("zero beyond the end", fallocate(f, ZERO_RANGE, 8192, 8192));
    show("longer", f);
    CALL("zero beyond the end, keep the size", fallocate(f, ZERO_RANGE | KEEP_SIZE, 8192, 16384));
    show("as long", f);
    fill(f, 3);
    CALL("punch", fallocate(f, PUNCH_HOLE | KEEP_SIZE, 4096, 4096));
    show("punched", f);
    VALUE("a hole", lseek(f, 0, SEEK_HOLE));
    VALUE("data behind it", lseek(f, 4096, SEEK_DATA));
    CALL("punch across pages", fallocate(f, PUNCH_HOLE | KEEP_SIZE, 100, 12288));
    show("punched across pages", f);
    CALL("punch within a page", fallocate(f, PUNCH_HOLE | KEEP_SIZE, 10, 20));
    show("punched within a page", f);
    CALL("punch beyond the end", fallocate(f, PUNCH_HOLE | KEEP_SIZE, 8192, 1 << 20));
    show("punched beyond the end", f);
    CALL("punch without keeping", fallocate(f, PUNCH_HOLE, 4096, 4096));
    CALL("no length", fallocate(f, COLLAPSE_RANGE, 4096, 0));
    CALL("negative", fallocate(f, INSERT_RANGE, -4096, 4096));
    CALL("too far", fallocate(f, INSERT_RANGE, 4096, 0x7ffffffffffff000));
}

int main(void)
{
    int f = open("f", O_RDWR | O_CREAT, 0644);
    modes(f, "the scratch folder");
    modes(memfd_create("m", 0), "memfd");
    int s = open("/dev/shm/kpio-fallocate", O_RDWR | O_CREAT, 0600);
    unlink("/dev/shm/kpio-fallocate");
    modes(s, "tmpfs");

    fill(f, 6);
    lseek(f, 5, SEEK_SET);
    char *shared = mmap(NULL, 6 * 4096, PROT_READ, MAP_SHARED, f, 0);
    HOLDS("mapped", shared[4096] == 'b');
    CALL("collapse what is mapped", fallocate(f, COLLAPSE_RANGE, 0, 4096));
    HOLDS("seen", shared[0] == 'b' && shared[4096] == 'c');
    VALUE("position", lseek(f, 0, SEEK_CUR));
    int r = open("f", O_RDONLY), p[2];
    CALL("not open for writing", fallocate(r, COLLAPSE_RANGE, 0, 4096));
    pipe(p);
    CALL("a pipe", fallocate(p[1], INSERT_RANGE, 0, 4096));
    CALL("a directory", fallocate(open(".", O_RDONLY), INSERT_RANGE, 0, 4096));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { 6 * 4096, 6 * 4096 };
    setrlimit(RLIMIT_FSIZE, &limit);
    CALL("more than the limit", fallocate(f, INSERT_RANGE, 0, 8192));
    CALL("as much as the limit", fallocate(f, INSERT_RANGE, 0, 4096));
    show("rest", f);
    return 0;
}
