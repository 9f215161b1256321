/* Dies in the way that the argument names; prints first what it is about to do. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline, noipa)) long overflow(long n)
{
    volatile char room[4096];
    room[0] = n;
    return overflow(n + 1) + room[0];
}

static const char in_rodata[] = "constant";

/* Signals again, until there is no room for another frame. */
static void greedy(int number)
{
    volatile char room[16];
    room[0] = 1;
    raise(number);
    room[1] = room[0];
}

static void faulty(int number) { (void)number; *(volatile char *)8 = 1; }

static void catch(int flags)
{
    static char area[65536];
    stack_t stack = { .ss_sp = area, .ss_size = sizeof area };
    struct sigaction action = { .sa_handler = greedy, .sa_flags = flags };
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = faulty;
    sigaction(SIGSEGV, &action, NULL);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    volatile long zero = 0;
    printf("about to %s\n", way);
    fflush(stdout);
#define WAY(name) if (strcmp(way, name) == 0)
    WAY("read-null") return *(volatile char *)zero;
    WAY("write-null") *(volatile char *)zero = 1;
    WAY("write-code") *(volatile char *)main = 1;
    WAY("write-constant") *(volatile char *)in_rodata = 1;
    WAY("execute-data") { static char code[] = { (char)0xc3 }; ((void (*)(void))code)(); }
    WAY("execute-stack") { char code[] = { (char)0xc3 }; ((void (*)(void))code)(); }
    WAY("execute-heap") { char *code = malloc(16); *code = (char)0xc3; ((void (*)(void))code)(); }
    WAY("execute-null") ((void (*)(void))zero)();
    WAY("stack-overflow") return overflow(0) > 0;
    WAY("handled-overflow") { catch(0); return overflow(0) > 0; }
    WAY("alternate-overflow") { catch(SA_ONSTACK | SA_NODEFER); raise(SIGUSR1); }
    WAY("blocked-fault") { catch(0); sigset_t all; sigfillset(&all); sigprocmask(SIG_SETMASK, &all, NULL); return *(volatile char *)zero; }
    WAY("ignored-fault") { signal(SIGSEGV, SIG_IGN); return *(volatile char *)zero; }
    WAY("fault-in-handler") { catch(0); return *(volatile char *)zero; }
    WAY("read-kernel") return *(volatile char *)(0xffff800000000000 + zero);
    WAY("write-kernel") *(volatile char *)(0xffff800000000000 + zero) = 1;
    WAY("jump-kernel") ((void (*)(void))(0xffffffff81000000 + zero))();
    WAY("non-canonical") return *(volatile char *)(0x1234567812345678 + zero);
    WAY("divide") { volatile int one = 1; return one / (int)zero; }
    WAY("divide-overflow") { volatile int least = 0x80000000; volatile int minus = -1; return least / minus; }
    WAY("ud2") __asm__ volatile("ud2");
    WAY("int3") __asm__ volatile("int3");
    WAY("hlt") __asm__ volatile("hlt");
    WAY("cli") __asm__ volatile("cli");
    WAY("in") __asm__ volatile("inb $0x80, %%al" ::: "rax");
    WAY("mov-cr3") __asm__ volatile("mov %%cr3, %%rax" ::: "rax");
    WAY("wrmsr") __asm__ volatile("wrmsr" :: "a"(0), "d"(0), "c"(0xc0000082));
    WAY("lgdt") { char table[10] = { 0 }; __asm__ volatile("lgdt %0" :: "m"(table)); }
    WAY("iret") __asm__ volatile("pushq $0x10; pushfq; pushq $0x08; pushq $0; pushq $0; iretq");
    WAY("sysret") __asm__ volatile("sysretq");
    WAY("unaligned-sse") { char area[64] __attribute__((aligned(16))); __asm__ volatile("movaps %%xmm0, 1(%0)" :: "r"(area) : "memory"); }
    WAY("bus") {
        int fd = open("short", O_RDWR | O_CREAT | O_TRUNC, 0600);
        char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
        return *(volatile char *)(map + 4096);
    }
    WAY("abort") abort();
    WAY("kill") kill(getpid(), SIGKILL);
    WAY("term") kill(getpid(), SIGTERM);
    WAY("guard") {
        char *map = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(map + 4096, 4096, PROT_NONE);
        memset(map, 1, 12288);
    }
    WAY("unmapped") {
        char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munmap(map, 4096);
        return *(volatile char *)map;
    }
    WAY("loop") for (;;) zero++;
    WAY("ignore-interrupt-loop") { signal(SIGINT, SIG_IGN); puts("ready"); fflush(stdout); for (;;) zero++; }
    WAY("sleep") for (;;) pause();
    WAY("memory") {
        long blocks = 0;
        for (char *p; blocks < 4096 && (p = malloc(1 << 20)); blocks++)
            memset(p, 1, 1 << 20);
        printf("refused: %s\n", blocks < 4096 ? "yes" : "no");
        return blocks < 4096 ? 0 : 1;
    }
    return 0;
}
