/* SIGBUS of mmap(2): pages of a mapping that lie wholly behind the end of the file, before and after it changes its size. */
#include "case.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE 4096

static sigjmp_buf back;
static volatile int number, code;
static void *volatile address;

static void handler(int sig, siginfo_t *info, void *context)
{
    number = sig;
    code = info->si_code;
    address = info->si_addr;
    siglongjmp(back, 1);
}

static void show(const char *what, char *at, int store)
{
    number = code = 0;
    address = NULL;
    if (!sigsetjmp(back, 1)) {
        if (store)
            *(volatile char *)at = 1;
        else
            (void)*(volatile char *)at;
    }
    printf("%s: signal %d code %d %s\n", what, number, code, address == (number ? at : NULL) ? "there" : "elsewhere");
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, PAGE + 1);
    char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    show("load within", shared + PAGE, 0);
    show("load in the last page", shared + 2 * PAGE - 1, 0);
    show("load behind", shared + 2 * PAGE, 0);
    show("store behind", shared + 3 * PAGE + 7, 1);
    show("private load behind", private + 2 * PAGE, 0);
    show("private store behind", private + 2 * PAGE, 1);
    show("private store in the last page", private + PAGE + 9, 1);
    ftruncate(fd, 4 * PAGE);
    show("after it grew", shared + 2 * PAGE, 0);
    show("store after it grew", shared + 3 * PAGE, 1);
    show("private after it grew", private + 3 * PAGE, 1);
    ftruncate(fd, 1);
    show("after it shrank", shared + PAGE, 0);
    show("store after it shrank", shared + 3 * PAGE, 1);
    show("a private copy is gone too", private + PAGE + 9, 0);
    show("within still", shared, 1);
    mprotect(shared, PAGE, PROT_READ);
    show("store where reading is allowed", shared, 1);
    mprotect(shared, PAGE, PROT_NONE);
    show("load where nothing is", shared + 5, 0);
    munmap(shared, PAGE);
    show("load where nothing is mapped", shared + 5, 0);
    char empty[1] = { 0 };
    int none = open("e", O_RDWR | O_CREAT, 0600);
    char *nothing = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, none, 0);
    show("an empty file", nothing, 0);
    CALL("read into it", read(open("f", O_RDONLY), nothing, 1));
    CALL("write from it", write(fd, nothing, 1));
    return empty[0];
}
