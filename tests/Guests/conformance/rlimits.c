/* RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK (getrlimit(2)): what they refuse. */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static void set_limit(int resource, unsigned long soft)
{
    setrlimit(resource, &(struct rlimit){ soft, RLIM_INFINITY });
}

static void *map(size_t size, int prot, int flags)
{
    return mmap(0, size, prot, flags, -1, 0);
}

int main(void)
{
    set_limit(RLIMIT_AS, RLIM_INFINITY);
    set_limit(RLIMIT_DATA, RLIM_INFINITY);

    /* Descriptors: numbers below the limit only; those that are open already stay. */
    CALL("a high number", dup2(0, 20));
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 6, 1000 });
    CALL("open", open("/", O_RDONLY));
    CALL("dup", dup(0));
    CALL("the last", open("/", O_RDONLY));
    CALL("open beyond", open("/", O_RDONLY));
    CALL("dup beyond", dup(0));
    CALL("a new file beyond", open("made", O_RDWR | O_CREAT, 0644));
    CALL("and it was not made", access("made", F_OK));
    int ends[2];
    CALL("a pipe beyond", pipe(ends));
    CALL("close one", close(5));
    CALL("a pipe with room for one end", pipe(ends));
    CALL("dup2 beyond", dup2(0, 6));
    CALL("dup3 beyond", dup3(0, 7, 0));
    CALL("dup2 to the last", dup2(0, 5));
    CALL("F_DUPFD from the limit", fcntl(0, F_DUPFD, 6));
    CALL("F_DUPFD below it", fcntl(0, F_DUPFD, 5));
    CALL("an open one beyond", fcntl(20, F_GETFD));
    CALL("dup2 onto itself", dup2(20, 20));
    CALL("close it", close(20));
    struct pollfd polled[8] = { { 0 } };
    CALL("poll of more than the limit", poll(polled, 7, 0));
    CALL("a limit of 0", setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, 1000 }));
    CALL("open", open("/", O_RDONLY));
    CALL("raised again", setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 100, 1000 }));
    CALL("open", open("/", O_RDONLY));

    /* Address space: all that is mapped counts, whatever it can be used for. */
    char *first = map(1 << 20, PROT_READ | PROT_WRITE, ANONYMOUS);
    set_limit(RLIMIT_AS, 64 << 20);
    HOLDS("a mapping within", map(16 << 20, PROT_READ | PROT_WRITE, ANONYMOUS) != MAP_FAILED);
    CALL("a mapping beyond", map(64 << 20, PROT_READ | PROT_WRITE, ANONYMOUS));
    CALL("one without access", map(64 << 20, PROT_NONE, ANONYMOUS));
    CALL("a shared one", map(64 << 20, PROT_READ, MAP_SHARED | MAP_ANONYMOUS));
    CALL("one that reserves nothing", map(64 << 20, PROT_NONE, ANONYMOUS | MAP_NORESERVE));
    CALL("mremap beyond", mremap(first, 1 << 20, 64 << 20, MREMAP_MAYMOVE));
    HOLDS("mremap within", (first = mremap(first, 1 << 20, 2 << 20, MREMAP_MAYMOVE)) != MAP_FAILED);
    char *end = (char *)syscall(SYS_brk, 0);
    HOLDS("brk beyond", (char *)syscall(SYS_brk, end + (64 << 20)) == end);
    HOLDS("brk within", (char *)syscall(SYS_brk, end + 4096) == end + 4096);
    CALL("below what there is", setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 20, RLIM_INFINITY }));
    CALL("a page", map(4096, PROT_READ, ANONYMOUS));
    HOLDS("what there is stays", (first[0] = 1) == 1);
    CALL("over a mapping of the same size", mmap(first, 1 << 20, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == first);
    set_limit(RLIMIT_AS, RLIM_INFINITY);

    /* Data: private writable pages, and brk. */
    set_limit(RLIMIT_DATA, 8 << 20);
    CALL("private writable pages beyond", map(16 << 20, PROT_READ | PROT_WRITE, ANONYMOUS));
    HOLDS("shared ones are no data", map(16 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS) != MAP_FAILED);
    char *readable = map(16 << 20, PROT_READ, ANONYMOUS);
    HOLDS("nor are those that can only be read", readable != MAP_FAILED);
    CALL("until they can be written", mprotect(readable, 16 << 20, PROT_READ | PROT_WRITE));
    end = (char *)syscall(SYS_brk, 0);
    HOLDS("brk beyond", (char *)syscall(SYS_brk, end + (16 << 20)) == end);
    HOLDS("brk within", (char *)syscall(SYS_brk, end + 4096) == end + 4096);
    set_limit(RLIMIT_DATA, RLIM_INFINITY);
    CALL("now they can", mprotect(readable, 16 << 20, PROT_READ | PROT_WRITE));

    /* Stack: how far it grows. The kernel's own access shows it without a signal. */
    int zero = open("/dev/zero", O_RDONLY);
    char *here = (char *)__builtin_frame_address(0);
    set_limit(RLIMIT_STACK, 1 << 20);
    CALL("600 KiB down", read(zero, here - (600 << 10), 1));
    CALL("2 MiB down", read(zero, here - (2 << 20), 1));
    set_limit(RLIMIT_STACK, 4 << 20);
    CALL("2 MiB down with more", read(zero, here - (2 << 20), 1));
    CALL("6 MiB down", read(zero, here - (6 << 20), 1));
    set_limit(RLIMIT_STACK, 1 << 20);
    CALL("what it has grown to stays", read(zero, here - (2 << 20), 1));
    CALL("a page more does not come", read(zero, here - (2 << 20) - 8192, 1));
    return 0;
}
