/* prctl(2), PR_SET_SYSCALL_USER_DISPATCH: calls that go to the thread's own handler of SIGSYS. */
#define _GNU_SOURCE
#include "case.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { SET_SYSCALL_USER_DISPATCH = 59, OFF = 0, ON = 1, ALLOW = 0, BLOCK = 1, USER_DISPATCH = 2, NO_SUCH_CALL = 0xff00 };

static volatile char selector;
static volatile long taken, first, code, error, call, arch, flags;
static volatile int is_behind;

/* The instruction's own place, to compare si_call_addr with. */
static __attribute__((noinline)) long make(long number, unsigned long *place)
{
    long result;
    unsigned long here;
    __asm__ volatile("lea 0f(%%rip), %1\n\tsyscall\n0:" : "=a"(result), "=&r"(here) : "0"(number), "D"(11), "S"(12) : "rcx", "r11", "memory");
    if (place)
        *place = here;
    return result;
}

static unsigned long address;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    selector = ALLOW;
    ucontext_t *saved = context;
    taken++;
    code = info->si_code;
    error = info->si_errno;
    call = info->si_syscall;
    arch = info->si_arch;
    first = saved->uc_mcontext.gregs[REG_RDI];
    address = (unsigned long)info->si_call_addr;
    is_behind = address == (unsigned long)saved->uc_mcontext.gregs[REG_RIP];
    flags = saved->uc_mcontext.gregs[REG_RAX];
    if (call == SYS_getppid)
        saved->uc_mcontext.gregs[REG_RAX] = 4711;
}

static int set(unsigned long mode, unsigned long start, unsigned long length, volatile char *byte)
{
    return prctl(SET_SYSCALL_USER_DISPATCH, mode, start, length, byte);
}

static void *in_thread(void *unused)
{
    (void)unused;
    selector = BLOCK;
    long result = make(NO_SUCH_CALL, 0);
    selector = ALLOW;
    VALUE("another thread makes its calls", result);
    return 0;
}

/* How a child that does something ends. */
static void ends(const char *name, void (*act)(void))
{
    int status;
    fflush(stdout);
    pid_t pid = case_fork();
    if (pid == 0) {
        act();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    VALUE(name, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
}

static void wrong_selector(void)
{
    set(ON, 0, 0, &selector);
    selector = 5;
    make(NO_SUCH_CALL, 0);
}

static void selector_of_no_page(void)
{
    set(ON, 0, 0, (volatile char *)8);
    make(NO_SUCH_CALL, 0);
}

static void without_handler(void)
{
    signal(SIGSYS, SIG_DFL);
    set(ON, 0, 0, &selector);
    selector = BLOCK;
    make(NO_SUCH_CALL, 0);
}

static void ignored(void)
{
    signal(SIGSYS, SIG_IGN);
    set(ON, 0, 0, &selector);
    selector = BLOCK;
    make(NO_SUCH_CALL, 0);
}

static void blocked(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, 0);
    set(ON, 0, 0, &selector);
    selector = BLOCK;
    make(NO_SUCH_CALL, 0);
}

static void child_of_a_dispatcher(void)
{
    set(ON, 0, 0, &selector);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        selector = BLOCK;
        long result = make(NO_SUCH_CALL, 0);
        selector = ALLOW;
        _exit(result == -38 ? 7 : 8);
    }
    waitpid(pid, &status, 0);
    _exit(WEXITSTATUS(status));
}

int main(void)
{
    CALL("unknown mode", set(-1, 0, 0, &selector));
    CALL("unknown mode 2", set(2, 0, 0, 0));
    CALL("off with a start", set(OFF, 1, 0, 0));
    CALL("off with a length", set(OFF, 0, 1, 0));
    CALL("off with a selector", set(OFF, 0, 0, &selector));
    CALL("off", set(OFF, 0, 0, 0));
    CALL("a range of no length", set(ON, 1, 0, &selector));
    CALL("a range up to the start", set(ON, 1, -1, &selector));
    CALL("a range over the end", set(ON, -1, 1, &selector));
    CALL("a selector of the kernel's", set(ON, 0, 1, (volatile char *)-1));

    struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
    CALL("sigaction", sigaction(SIGSYS, &action, 0));
    CALL("on", set(ON, 0, 0, &selector));
    VALUE("allowed", make(NO_SUCH_CALL, 0));
    VALUE("taken", taken);
    selector = BLOCK;
    unsigned long place;
    long result = make(NO_SUCH_CALL, &place);
    VALUE("dispatched: result", result);
    VALUE("taken", taken);
    VALUE("code", code == USER_DISPATCH);
    VALUE("si_errno", error);
    VALUE("si_syscall", call);
    HOLDS("si_arch", (unsigned)arch == 0xC000003E);
    VALUE("first argument", first);
    VALUE("rax", flags);
    HOLDS("si_call_addr is behind the instruction", address == place);
    HOLDS("as rip is", is_behind);

    selector = BLOCK;
    result = make(SYS_getppid, 0);
    VALUE("the handler's own result", result);
    VALUE("taken", taken);
    selector = BLOCK;
    ssize_t written = write(1, "", 0);
    VALUE("a call of the library's", written);
    VALUE("its number", call);

    CALL("a range with everything", set(ON, 0, -1, &selector));
    selector = BLOCK;
    result = make(NO_SUCH_CALL, 0);
    selector = ALLOW;
    VALUE("made", result);
    unsigned long start = (unsigned long)make;
    CALL("a range with one function", set(ON, start, 128, &selector));
    taken = 0;
    selector = BLOCK;
    result = make(NO_SUCH_CALL, 0);
    long within = taken;
    selector = ALLOW;
    VALUE("within", result);
    VALUE("taken", within);
    selector = BLOCK;
    getppid();
    VALUE("outside", taken);

    CALL("on", set(ON, 0, 0, &selector));
    pthread_t thread;
    pthread_create(&thread, 0, in_thread, 0);
    pthread_join(thread, 0);
    CALL("off", set(OFF, 0, 0, 0));
    selector = BLOCK;
    VALUE("off: made", make(NO_SUCH_CALL, 0));
    selector = ALLOW;

    ends("a selector that says neither", wrong_selector);
    ends("a selector that is not mapped", selector_of_no_page);
    ends("no handler", without_handler);
    ends("ignored", ignored);
    ends("blocked", blocked);
    ends("a child makes its calls", child_of_a_dispatcher);
    return 0;
}
