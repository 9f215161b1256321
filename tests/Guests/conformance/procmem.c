/* proc(5): /proc/PID/mem, syscall, wchan, oom_score, coredump_filter, personality, smaps_rollup, uptime. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static volatile int word = 42;
static const volatile int constant = 43;

static int function(void)
{
    return 1;
}

static void show(const char *name, const char *path)
{
    char text[4096] = "";
    int f = open(path, O_RDONLY);
    long n = read(f, text, sizeof text - 1);
    if (n > 0)
        text[n] = 0;
    printf("%s: %ld '%s'\n", name, n < 0 ? -(long)errno : n, text);
    close(f);
}

static long put(const char *path, const char *text)
{
    int f = open(path, O_WRONLY);
    long r = write(f, text, strlen(text));
    int e = errno;
    close(f);
    errno = e;
    return r;
}

static void modes(void)
{
    static const char *names[] = { "mem", "syscall", "wchan", "oom_score", "oom_score_adj", "coredump_filter", "personality", "smaps", "smaps_rollup",
        "environ", "auxv", "limits", "io", "loginuid", "sessionid", "maps", "status" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    {
        char path[64];
        struct stat st = { 0 };
        snprintf(path, 64, "/proc/self/%s", names[i]);
        int r = stat(path, &st);
        printf("%s: %d %o\n", names[i], r, st.st_mode);
    }
}

static void memory(void)
{
    int value = 0, new = 44;
    int m = open("/proc/self/mem", O_RDWR);
    CALL("read at an address", pread(m, &value, sizeof value, (off_t)(uintptr_t)&word));
    VALUE("is", value);
    CALL("write", pwrite(m, &new, sizeof new, (off_t)(uintptr_t)&word));
    VALUE("written", word);
    CALL("write what is read-only", pwrite(m, &new, sizeof new, (off_t)(uintptr_t)&constant));
    VALUE("written", constant);
    unsigned char *code = (unsigned char *)(uintptr_t)&function;
    unsigned char old[16];
    memcpy(old, code, 16);
    unsigned char patched[6] = { 0xb8, 7, 0, 0, 0, 0xc3 };
    CALL("write code", pwrite(m, patched, 6, (off_t)(uintptr_t)code));
    int (*volatile f)(void) = function;
    VALUE("runs", f());
    CALL("seek", lseek(m, (off_t)(uintptr_t)&word, SEEK_SET) == (off_t)(uintptr_t)&word ? 0 : -1);
    CALL("read there", read(m, &value, 4));
    CALL("and moved", lseek(m, 0, SEEK_CUR) == (off_t)(uintptr_t)&word + 4 ? 0 : -1);
    CALL("seek to the end", lseek(m, 0, SEEK_END));
    CALL("nothing there", pread(m, &value, 4, 4096));
    CALL("write to nothing", pwrite(m, &value, 4, 4096));
    CALL("no bytes of nothing", pread(m, &value, 0, 4096));
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 8192, 4096);
    memset(pages, 'x', 8192);
    static char buffer[16384];
    CALL("up to what is not there", pread(m, buffer, 16384, (off_t)(uintptr_t)pages));
    CALL("and a part of a page", pread(m, buffer, 16384, (off_t)(uintptr_t)pages + 8000));
    CALL("bad buffer", pread(m, (void *)8, 16, (off_t)(uintptr_t)pages));
    char *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CALL("write to what is shared and read-only", pwrite(m, &value, 4, (off_t)(uintptr_t)shared));
    close(m);
    int w = open("/proc/self/mem", O_WRONLY);
    CALL("read through one to write", pread(w, &value, 4, (off_t)(uintptr_t)&word));
    close(w);
}

static void others(void)
{
    int p[2], ready[2];
    char c, path[64], text[512] = "";
    pipe(p), pipe(ready);
    pid_t child = case_fork();
    if (child == 0)
    {
        prctl(PR_SET_NAME, "waiter");
        word = 77;
        write(ready[1], "x", 1);
        syscall(SYS_read, p[0], &c, 1);
        write(ready[1], "y", 1);
        pause();
        _exit(0);
    }

    read(ready[0], &c, 1);
    usleep(50000);
    int value = 0;
    snprintf(path, 64, "/proc/%d/mem", child);
    int m = open(path, O_RDWR);
    CALL("another's", pread(m, &value, 4, (off_t)(uintptr_t)&word));
    VALUE("is", value);
    value = 78;
    CALL("write", pwrite(m, &value, 4, (off_t)(uintptr_t)&word));
    CALL("read", pread(m, &value, 4, (off_t)(uintptr_t)&word));
    VALUE("is", value);
    VALUE("one's own is", word);
    snprintf(path, 64, "/proc/%d/syscall", child);
    int f = open(path, O_RDONLY);
    read(f, text, 511);
    long number, first, third;
    unsigned long second, rest[3], sp, ip;
    VALUE("parts", sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &number, (unsigned long *)&first, &second, (unsigned long *)&third, &rest[0], &rest[1], &rest[2], &sp, &ip));
    VALUE("number", number);
    HOLDS("its descriptor", first == p[0]);
    VALUE("its length", third);
    HOLDS("its stack and place", sp > ip);
    close(f);
    fflush(stdout);
    pid_t user = case_fork();
    if (user == 0)
    {
        setgid(1000), setuid(1000);
        snprintf(path, 64, "/proc/%d/mem", child);
        CALL("root's as a user", open(path, O_RDONLY));
        snprintf(path, 64, "/proc/%d/syscall", child);
        CALL("root's call as a user", open(path, O_RDONLY));
        CALL("one's own after that", open("/proc/self/mem", O_RDONLY) >= 0 ? 0 : -1);
        fflush(stdout);
        _exit(0);
    }

    waitpid(user, NULL, 0);
    kill(child, SIGKILL);
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    CALL("of one that has ended", pread(m, &value, 4, (off_t)(uintptr_t)&word));
    snprintf(path, 64, "/proc/%d/mem", child);
    waitpid(child, NULL, 0);
    CALL("of one that is gone", open(path, O_RDONLY));
    CALL("and its open file", pread(m, &value, 4, (off_t)(uintptr_t)&word));
    close(m);
}

static void times(void)
{
    double before = 0;
    int back = 0;
    for (int i = 0; i < 300; i++)
    {
        char text[64] = "";
        double up, idle;
        int f = open("/proc/uptime", O_RDONLY);
        read(f, text, 63);
        close(f);
        sscanf(text, "%lf %lf", &up, &idle);
        back += idle < before;
        before = idle;
        for (volatile int j = 0; j < 20000; j++)
            ;
        if (i % 50 == 0)
        {
            pid_t child = case_fork();
            if (child == 0)
                _exit(0);
            waitpid(child, NULL, 0);
        }
    }

    VALUE("idle time went back", back);
}

int main(void)
{
    modes();
    memory();
    others();
    show("filter", "/proc/self/coredump_filter");
    CALL("set", put("/proc/self/coredump_filter", "0x7f\n"));
    show("is", "/proc/self/coredump_filter");
    CALL("all", put("/proc/self/coredump_filter", "0xffffffff"));
    show("what there is", "/proc/self/coredump_filter");
    CALL("decimal", put("/proc/self/coredump_filter", "51"));
    show("is", "/proc/self/coredump_filter");
    CALL("no number", put("/proc/self/coredump_filter", "abc"));
    show("personality", "/proc/self/personality");
    personality(0x0040000);
    show("changed", "/proc/self/personality");
    personality(0);
    CALL("adjust", put("/proc/self/oom_score_adj", "1000"));
    char text[64] = "";
    int f = open("/proc/self/oom_score", O_RDONLY);
    read(f, text, 63);
    HOLDS("the score", atoi(text) >= 1330 && atoi(text) <= 1340);
    put("/proc/self/oom_score_adj", "0");
    close(f);
    char big[4096] = "";
    f = open("/proc/self/smaps_rollup", O_RDONLY);
    read(f, big, 4095);
    close(f);
    HOLDS("a sum", strstr(big, "[rollup]\nRss:") && strstr(big, "\nLocked: "));
    int lines = 0;
    for (char *c = big; *c; c++)
        lines += *c == '\n';
    HOLDS("its lines", lines >= 21);
    times();
    return 0;
}
