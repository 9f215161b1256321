/* mq_open(3), mq_send(3), mq_receive(3), mq_notify(3), mq_getattr(3), mq_unlink(3): the calls beneath them. */
#include "case.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static char name[64];
static volatile sig_atomic_t code, value;

static void told(int number, siginfo_t *info, void *context)
{
    (void)context;
    code = number == SIGUSR1 ? info->si_code : 0;
    value = info->si_value.sival_int;
}

static void quiet(int number)
{
    (void)number;
}

static int opened(const char *what, int flags, mode_t mode, struct mq_attr *limits)
{
    return syscall(SYS_mq_open, what, flags, mode, limits);
}

static short ready(int q)
{
    struct pollfd p = { q, POLLIN | POLLOUT, 0 };
    poll(&p, 1, 0);
    return p.revents;
}

static void describe(int q)
{
    struct mq_attr a;
    CALL("getattr", syscall(SYS_mq_getsetattr, q, 0, &a));
    VALUE("flags", a.mq_flags);
    VALUE("messages at most", a.mq_maxmsg);
    VALUE("bytes at most", a.mq_msgsize);
    VALUE("messages", a.mq_curmsgs);
}

int main(void)
{
    char buffer[64], text[128];
    unsigned priority;
    struct mq_attr limits = { .mq_maxmsg = 3, .mq_msgsize = 16 };
    snprintf(name, sizeof name, "kpio-case-%d", getpid());
    umask(022);

    CALL("open of none", opened(name, O_RDWR, 0, 0));
    int q = opened(name, O_RDWR | O_CREAT | O_EXCL, 0666, &limits);
    HOLDS("made", q >= 0);
    VALUE("close on exec", fcntl(q, F_GETFD));
    VALUE("status flags", fcntl(q, F_GETFL) & ~0100000);
    CALL("made again", opened(name, O_RDWR | O_CREAT | O_EXCL, 0666, &limits));
    describe(q);
    struct stat s;
    CALL("stat", fstat(q, &s));
    VALUE("mode", s.st_mode);
    VALUE("size", s.st_size);

    VALUE("poll of an empty queue", ready(q));
    CALL("send", syscall(SYS_mq_timedsend, q, "low", 3, 1, 0));
    CALL("send", syscall(SYS_mq_timedsend, q, "high", 4, 32767, 0));
    CALL("send", syscall(SYS_mq_timedsend, q, "again", 5, 1, 0));
    VALUE("poll of a full queue", ready(q));
    describe(q);
    memset(text, 0, sizeof text);
    CALL("read of the description", pread(q, text, sizeof text - 1, 0));
    HOLDS("size in it", strncmp(text, "QSIZE:12 ", 9) == 0);
    struct timespec past = { 1, 0 }, wrong = { 1, 1000000000 };
    CALL("send into a full queue until long ago", syscall(SYS_mq_timedsend, q, "x", 1, 0, &past));
    CALL("send until no time", syscall(SYS_mq_timedsend, q, "x", 1, 0, &wrong));
    CALL("send of too much", syscall(SYS_mq_timedsend, q, buffer, 17, 0, 0));
    CALL("send with too high a priority", syscall(SYS_mq_timedsend, q, "x", 1, 32768, 0));
    CALL("receive into too little", syscall(SYS_mq_timedreceive, q, buffer, 15, &priority, 0));
    for (int i = 0; i < 3; i++) {
        memset(buffer, 0, sizeof buffer);
        CALL("receive", syscall(SYS_mq_timedreceive, q, buffer, 16, &priority, 0));
        VALUE("priority", priority);
        VALUE("first byte", buffer[0]);
    }
    CALL("receive until long ago", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, &past));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_sec++;
        soon.tv_nsec -= 1000000000;
    }
    CALL("receive until soon", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, &soon));
    CALL("send of nothing", syscall(SYS_mq_timedsend, q, "", 0, 0, 0));
    CALL("receive of nothing", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));

    struct mq_attr wanted = { .mq_flags = O_NONBLOCK, .mq_maxmsg = 99 }, before;
    CALL("setattr", syscall(SYS_mq_getsetattr, q, &wanted, &before));
    VALUE("flags before", before.mq_flags);
    describe(q);
    CALL("receive without waiting", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));
    wanted.mq_flags = O_APPEND;
    CALL("setattr of another flag", syscall(SYS_mq_getsetattr, q, &wanted, 0));
    wanted.mq_flags = 0;
    CALL("setattr back", syscall(SYS_mq_getsetattr, q, &wanted, 0));

    int reader = opened(name, O_RDONLY | O_NONBLOCK, 0, 0), writer = opened(name, O_WRONLY, 0, 0);
    CALL("send by a reader", syscall(SYS_mq_timedsend, reader, "x", 1, 0, 0));
    CALL("receive by a writer", syscall(SYS_mq_timedreceive, writer, buffer, 16, 0, 0));
    CALL("receive of nothing by a reader", syscall(SYS_mq_timedreceive, reader, buffer, 16, 0, 0));
    CALL("send to no queue", syscall(SYS_mq_timedsend, 0, "x", 1, 0, 0));
    CALL("send to nothing", syscall(SYS_mq_timedsend, -1, "x", 1, 0, 0));
    CALL("getattr of no queue", syscall(SYS_mq_getsetattr, 0, 0, &before));
    CALL("send from a bad address", syscall(SYS_mq_timedsend, q, (void *)8, 4, 0, 0));
    CALL("write", write(q, "x", 1));

    struct sigaction action = { .sa_sigaction = told, .sa_flags = SA_SIGINFO };
    sigaction(SIGUSR1, &action, 0);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42 };
    CALL("notify", syscall(SYS_mq_notify, q, &event));
    CALL("notify again", syscall(SYS_mq_notify, q, &event));
    CALL("send", syscall(SYS_mq_timedsend, q, "one", 3, 0, 0));
    VALUE("code", code);
    VALUE("value", value);
    code = 0;
    CALL("send without notice", syscall(SYS_mq_timedsend, q, "two", 3, 0, 0));
    VALUE("code", code);
    CALL("receive", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));
    CALL("receive", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));
    CALL("notify", syscall(SYS_mq_notify, q, &event));
    CALL("notify of nobody", syscall(SYS_mq_notify, q, 0));
    CALL("send", syscall(SYS_mq_timedsend, q, "one", 3, 0, 0));
    VALUE("code", code);
    CALL("receive", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));
    event.sigev_notify = 77;
    CALL("notify in an unknown way", syscall(SYS_mq_notify, q, &event));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 65;
    CALL("notify with an unknown signal", syscall(SYS_mq_notify, q, &event));
    CALL("notify by no queue", syscall(SYS_mq_notify, 0, 0));
    event.sigev_signo = SIGUSR1;
    CALL("notify through a descriptor", syscall(SYS_mq_notify, writer, &event));
    CALL("close of it", close(writer));
    CALL("send", syscall(SYS_mq_timedsend, q, "one", 3, 0, 0));
    VALUE("code after the close", code);
    CALL("receive", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));

    /* Two processes: one waits for a message, the other for room. */
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 8; i++) {
            char c = 'a' + i;
            if (syscall(SYS_mq_timedsend, q, &c, 1, 0, 0) != 0)
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < 8; i++) {
        if (syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0) != 1)
            return 1;
        buffer[16 + i] = buffer[0];
    }
    HOLDS("in order", memcmp(buffer + 16, "abcdefgh", 8) == 0);
    int status;
    waitpid(child, &status, 0);
    VALUE("child", status);

    struct sigaction alarmed = { .sa_handler = quiet };
    sigaction(SIGALRM, &alarmed, 0);
    struct itimerval timer = { .it_value.tv_usec = 20000 };
    setitimer(ITIMER_REAL, &timer, 0);
    CALL("receive that is interrupted", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));

    CALL("unlink", syscall(SYS_mq_unlink, name));
    CALL("unlink again", syscall(SYS_mq_unlink, name));
    CALL("open after that", opened(name, O_RDWR, 0, 0));
    CALL("send after that", syscall(SYS_mq_timedsend, q, "still", 5, 0, 0));
    CALL("receive after that", syscall(SYS_mq_timedreceive, q, buffer, 16, 0, 0));
    fstat(q, &s);
    VALUE("links", s.st_nlink);

    memset(text, 'n', sizeof text);
    char longer[300];
    memset(longer, 'n', sizeof longer);
    longer[256] = 0;
    CALL("a name too long", opened(longer, O_RDWR | O_CREAT, 0600, 0));
    CALL("a name with a slash", opened("a/b", O_RDWR | O_CREAT, 0600, 0));
    CALL("no name", opened("", O_RDWR | O_CREAT, 0600, 0));
    limits.mq_maxmsg = 0;
    CALL("no messages", opened(name, O_RDWR | O_CREAT, 0600, &limits));
    limits.mq_maxmsg = 65537;
    CALL("too many messages", opened(name, O_RDWR | O_CREAT, 0600, &limits));
    limits.mq_maxmsg = 10;
    limits.mq_msgsize = 20 << 20;
    CALL("too long messages", opened(name, O_RDWR | O_CREAT, 0600, &limits));
    struct rlimit little = { 1000, 1000 };
    CALL("setrlimit", setrlimit(RLIMIT_MSGQUEUE, &little));
    limits.mq_msgsize = 1024;
    CALL("more than the limit", opened(name, O_RDWR | O_CREAT, 0600, &limits));
    CALL("nothing was made", syscall(SYS_mq_unlink, name));
    return 0;
}
