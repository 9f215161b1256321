/* process_vm_readv(2), process_vm_writev(2). */
#include "case.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define PAGE 4096
#define READ(l, nl, r, nr, f) process_vm_readv(pid, l, nl, r, nr, f)
#define WRITE(l, nl, r, nr, f) process_vm_writev(pid, l, nl, r, nr, f)

int main(void)
{
    char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char own[3 * PAGE];
    int in[2], out[2], status;
    pipe(in), pipe(out);
    mprotect(p + 2 * PAGE, PAGE, PROT_READ);
    munmap(p + 3 * PAGE, PAGE);
    int pid = fork();
    if (pid == 0) {
        char c;
        for (int i = 0; i < 2 * PAGE; i++)
            p[i] = 'A' + i % 26;
        write(out[1], "", 1);
        read(in[0], &c, 1);
        printf("child sees %.6s and %.3s\n", p, p + PAGE);
        fflush(stdout);
        _exit(0);
    }
    read(out[0], own, 1);
    memset(own, '.', sizeof own);
    struct iovec l = { own, 10 }, r = { p + 5, 10 };
    CALL("read", READ(&l, 1, &r, 1, 0));
    printf("%.12s, here %d\n", own, p[5]);
    struct iovec ll[] = { { own, 3 }, { own + 100, 0 }, { own + 10, 20 } }, rr[] = { { p, 5 }, { p + PAGE - 2, 4 }, { p + 20, 1 } };
    memset(own, '.', 64);
    CALL("scattered", READ(ll, 3, rr, 3, 0));
    printf("%.24s\n", own);
    CALL("too little room", READ(ll, 1, rr, 3, 0));
    r = (struct iovec){ p + 2 * PAGE - 4, 2 * PAGE }, l.iov_len = 3 * PAGE;
    CALL("up to a hole", READ(&l, 1, &r, 1, 0));
    r = (struct iovec){ p + 3 * PAGE, 4 };
    CALL("from a hole", READ(&l, 1, &r, 1, 0));
    r = (struct iovec){ p, 4 };
    CALL("to nowhere", READ(&((struct iovec){ (void *)8, 4 }), 1, &r, 1, 0));
    CALL("no bytes here", READ(&((struct iovec){ own, 0 }), 1, &r, 1, 0));
    CALL("no bytes there", READ(&l, 1, &((struct iovec){ p, 0 }), 1, 0));
    CALL("flags", READ(&l, 1, &r, 1, 1));
    CALL("too many here", READ(&l, 1025, &r, 1, 0));
    CALL("too many there", READ(&l, 1, &r, 1025, 0));
    CALL("a bad vector", READ((void *)8, 1, &r, 1, 0));
    CALL("a bad remote vector", READ(&l, 1, (void *)8, 1, 0));
    CALL("a negative length", READ(&l, 1, &((struct iovec){ p, -1 }), 1, 0));
    strcpy(own, "hello");
    l = (struct iovec){ own, 5 }, r = (struct iovec){ p, 100 };
    CALL("write", WRITE(&l, 1, &r, 1, 0));
    rr[0] = (struct iovec){ p + PAGE, 2 }, rr[1] = (struct iovec){ p + 2 * PAGE, 10 };
    CALL("write to what is read-only", WRITE(&l, 1, rr, 2, 0));
    CALL("that alone", WRITE(&l, 1, rr + 1, 1, 0));
    if (fork() == 0) {
        setresuid(1000, 1000, 1000);
        CALL("another user's", READ(&l, 1, &r, 1, 0));
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    write(in[1], "", 1);
    waitpid(pid, &status, 0);
    CALL("after its end", READ(&l, 1, &r, 1, 0));
    pid = getpid();
    r = (struct iovec){ own, 3 }, l = (struct iovec){ own + 100, 3 };
    CALL("oneself", READ(&l, 1, &r, 1, 0));
    printf("%.3s\n", own + 100);
    return 0;
}
