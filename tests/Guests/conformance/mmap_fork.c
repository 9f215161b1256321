/* Mappings across fork(2): shared ones stay shared, private ones are copied when they are written, MADV_DONTFORK and MADV_WIPEONFORK, POSIX shared memory. */
#include "case.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define BOTH (PROT_READ | PROT_WRITE)

static char *a, *s, *f, *p, *d, *w, *r;

static int in_child(int (*run)(void))
{
    int status;
    fflush(stdout);
    if (fork() == 0)
        _exit(run());
    wait(&status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int stores(void) { a[0] = 11, s[0] = 12, f[0] = 13, p[0] = 14; return a[PAGE] + s[PAGE] + f[PAGE] + p[PAGE]; }
static int dontfork(void) { int n[2]; pipe(n); return write(n[1], d, 1) == 1 ? 1 : errno; }
static int wiped(void) { return w[0] + w[PAGE] + w[2 * PAGE]; }
static int truncates(void) { int fd = open("f", O_RDWR); ftruncate(fd, PAGE); return 0; }
static int grand(void) { return in_child(stores); }
static int pagewise(void) { for (int i = 0; i < 64; i++) r[i * PAGE] = i; return 0; }
static int posix(void)
{
    int fd = shm_open("/kpio-test", O_RDWR, 0);
    char *m = mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0);
    int c = m[0];
    m[0] = 55;
    return c;
}

int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4 * PAGE);
    a = mmap(NULL, 2 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    s = mmap(NULL, 2 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    f = mmap(NULL, 4 * PAGE, BOTH, MAP_SHARED, fd, 0);
    p = mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE, fd, 0);
    d = mmap(NULL, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    w = mmap(NULL, 3 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    r = mmap(NULL, 64 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    a[0] = s[0] = f[0] = p[0] = d[0] = 1;
    a[PAGE] = 2, s[PAGE] = 3, f[PAGE] = 4, p[PAGE] = 5;
    VALUE("what the child sees", in_child(stores));
    printf("after its stores: %d %d %d %d\n", a[0], s[0], f[0], p[0]);
    a[0] = s[0] = f[0] = p[0] = 1;
    VALUE("a grandchild", in_child(grand));
    printf("after its stores: %d %d %d %d\n", a[0], s[0], f[0], p[0]);
    char c;
    pread(fd, &c, 1, 0);
    VALUE("in the file", c);
    pwrite(fd, "x", 1, PAGE);
    VALUE("a write", f[PAGE]);
    VALUE("not in the copy", p[PAGE]);

    madvise(d, PAGE, MADV_DONTFORK);
    VALUE("DONTFORK", in_child(dontfork));
    madvise(d, PAGE, MADV_DOFORK);
    VALUE("DOFORK", in_child(dontfork));
    w[0] = 1, w[PAGE] = 2, w[2 * PAGE] = 4;
    madvise(w + PAGE, PAGE, MADV_WIPEONFORK);
    VALUE("WIPEONFORK", in_child(wiped));
    VALUE("kept here", w[PAGE]);
    in_child(pagewise);
    int sum = 0;
    for (int i = 0; i < 64; i++)
        sum += r[i * PAGE];
    VALUE("pages first touched by a child", sum);
    in_child(truncates);
    unsigned char resident;
    VALUE("still mapped when another cut it", mincore(f + 3 * PAGE, PAGE, &resident));
    f[1] = 77;
    pread(fd, &c, 1, 1);
    VALUE("what is left", c);

    int shm = shm_open("/kpio-test", O_RDWR | O_CREAT | O_EXCL, 0600);
    SUCCEEDS("shm_open", shm);
    ftruncate(shm, PAGE);
    char *m = mmap(NULL, PAGE, BOTH, MAP_SHARED, shm, 0);
    m[0] = 44;
    VALUE("the child's view", in_child(posix));
    VALUE("its store", m[0]);
    CALL("shm_unlink", shm_unlink("/kpio-test"));
    VALUE("still there", m[0]);
    return 0;
}
