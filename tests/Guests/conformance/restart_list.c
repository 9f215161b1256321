/* signal(7), "Interruption of system calls and library functions by signal handlers": the rest of its two lists (restart.c has the first part). */
#include "case.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#ifndef F_OFD_SETLKW
#define F_OFD_SETLKW 38
#endif

/* What the program and the child that disturbs it tell each other. */
static volatile struct { int handled, armed, returned; } *shared;

static void handler(int signal)
{
    (void)signal;
    shared->handled++;
}

static void begin(int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    errno = 0;
    shared->armed = 1;
}

static void end(const char *name, long result)
{
    shared->returned = 1;
    int error = errno;
    printf("%s: %ld, handlers %d\n", name, result == -1 ? -error : result, shared->handled);
    fflush(stdout);
}

/* In the child: waits until the parent waits in its call with so many signals handled; ends when the call is over. */
static void wait_for_sleep(int handled)
{
    char name[64], line[512];
    snprintf(name, sizeof name, "/proc/%d/stat", getppid());
    for (;; usleep(500)) {
        if (shared->returned)
            _exit(7);
        if (!shared->armed || shared->handled != handled)
            continue;
        int fd = open(name, O_RDONLY);
        ssize_t length = read(fd, line, sizeof line - 1);
        close(fd);
        line[length < 0 ? 0 : length] = 0;
        char *end = strrchr(line, ')');
        if (end != NULL && end[2] == 'S' && !shared->returned)
            return;
    }
}

/*
 * The call without SA_RESTART and with it. A child signals its parent when that sleeps in the call, and once more when it sleeps again; when it
 * sleeps for the third time the child does `act`, which ends the wait. What the child does before all this is `before`, and what follows, `after`.
 */
#define BOTH(name, before, act, call, after)                                      \
    do {                                                                          \
        for (int flags_ = 0;; flags_ = SA_RESTART) {                              \
            int ready_[2];                                                        \
            char byte_;                                                           \
            pipe(ready_);                                                         \
            shared->handled = shared->armed = shared->returned = 0;               \
            pid_t helper_ = case_fork();                                          \
            if (helper_ == 0) {                                                   \
                before;                                                           \
                write(ready_[1], "r", 1);                                         \
                for (int sent_ = 0; sent_ < 2; sent_++) {                         \
                    wait_for_sleep(sent_);                                        \
                    kill(getppid(), SIGALRM);                                     \
                }                                                                 \
                wait_for_sleep(2);                                                \
                act;                                                              \
                _exit(7);                                                         \
            }                                                                     \
            read(ready_[0], &byte_, 1);                                           \
            close(ready_[0]);                                                     \
            close(ready_[1]);                                                     \
            begin(flags_);                                                        \
            long result_ = (long)(call);                                          \
            end(flags_ ? name ", SA_RESTART" : name ", no SA_RESTART", result_);  \
            kill(helper_, SIGKILL);                                               \
            waitpid(helper_, NULL, 0);                                            \
            after;                                                                \
            if (flags_)                                                           \
                break;                                                            \
        }                                                                         \
    } while (0)

#define NEVER(name, call) BOTH(name, , , call, )

static void drain(int fd)
{
    char buffer[65536];
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}

/* The same for the child, which may be killed meanwhile: leaves the file's flags, which both share, alone. */
static void empty(int fd)
{
    char buffer[65536];
    int count;
    while (ioctl(fd, FIONREAD, &count) == 0 && count > 0)
        read(fd, buffer, sizeof buffer);
}

static void wake(int *word)
{
    while (syscall(SYS_futex, word, 1, 1) == 0)
        usleep(1000);
}

static void fill(int fd)
{
    char buffer[4096] = { 0 };
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, buffer, sizeof buffer) > 0)
        ;
    while (write(fd, buffer, 1) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char buffer[65536];
    struct iovec vector = { buffer, 100 };

    mkfifo("fifo", 0600);
    BOTH("open of a fifo to read", , close(open("fifo", O_WRONLY)), open("fifo", O_RDONLY) >= 0 ? 1 : -1, );
    BOTH("open of a fifo to write", , close(open("fifo", O_RDONLY)), open("fifo", O_WRONLY) >= 0 ? 1 : -1, );

    int ends[2];
    pipe(ends);
    fill(ends[1]);
    BOTH("writev", , empty(ends[0]), writev(ends[1], &vector, 1), (drain(ends[0]), fill(ends[1])));
    drain(ends[0]);
    int other[2];
    pipe(other);
    BOTH("splice", , write(ends[1], "spliced", 7), splice(ends[0], NULL, other[1], NULL, 100, 0), drain(ends[0]));
    BOTH("tee", , write(ends[1], "teed", 4), tee(ends[0], other[1], 100, 0), drain(ends[0]));
    drain(other[0]);
    fill(other[1]);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    write(file, "contents", 8);
    BOTH("sendfile", , empty(other[0]), (lseek(file, 0, SEEK_SET), sendfile(other[1], file, NULL, 8)), (drain(other[0]), fill(other[1])));

    BOTH("wait4", , , wait4(helper_, NULL, 0, NULL) > 0 ? 1 : -1, );
    siginfo_t info;
    BOTH("waitid", , , waitid(P_PID, helper_, &info, WEXITED), );
    BOTH("waitid for a stop", , raise(SIGSTOP), waitid(P_PID, helper_, &info, WSTOPPED), );

    BOTH("flock", flock(open("file", O_RDWR), LOCK_EX), , flock(file, LOCK_EX), flock(file, LOCK_UN));
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct flock unlock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
    BOTH("F_SETLKW", fcntl(open("file", O_RDWR), F_SETLK, &lock), , fcntl(file, F_SETLKW, &lock), fcntl(file, F_SETLK, &unlock));
    BOTH("F_OFD_SETLKW", fcntl(open("file", O_RDWR), F_SETLK, &lock), , fcntl(file, F_OFD_SETLKW, &lock), fcntl(file, F_OFD_SETLKW - 1, &unlock));

    struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 16 };
    mq_unlink("/kpio-restart-list");
    mqd_t queue = mq_open("/kpio-restart-list", O_RDWR | O_CREAT, 0600, &attributes);
    struct timespec late;
    clock_gettime(CLOCK_REALTIME, &late);
    late.tv_sec += 60;
    BOTH("mq_receive", , mq_send(queue, "abc", 3, 0), mq_receive(queue, buffer, 16, NULL), );
    BOTH("mq_timedreceive", , mq_send(queue, "abc", 3, 0), mq_timedreceive(queue, buffer, 16, NULL, &late), );
    while (mq_timedsend(queue, "full", 4, 0, &(struct timespec){ 0 }) == 0)
        ;
    BOTH("mq_send", , mq_receive(queue, buffer, 16, NULL), mq_send(queue, "abc", 3, 0), mq_timedsend(queue, "abc", 3, 0, &(struct timespec){ 0 }));
    BOTH("mq_timedsend", , mq_receive(queue, buffer, 16, NULL), mq_timedsend(queue, "abc", 3, 0, &late), );
    mq_unlink("/kpio-restart-list");

    int *word = (int *)shared + 100;
    BOTH("FUTEX_WAIT_BITSET", , wake(word), syscall(SYS_futex, word, 9, 0, NULL, NULL, -1), );
    BOTH("FUTEX_WAIT_BITSET to a time", , wake(word), syscall(SYS_futex, word, 9 | 256, 0, &late, NULL, -1), );
    BOTH("FUTEX_LOCK_PI", syscall(SYS_futex, word, 6, 0, NULL), syscall(SYS_futex, word, 7), syscall(SYS_futex, word, 6, 0, NULL), syscall(SYS_futex, word, 7));

    int watcher = inotify_init1(0);
    inotify_add_watch(watcher, ".", IN_CREATE);
    BOTH("read of inotify", unlink("new"), close(creat("new", 0600)), read(watcher, buffer, sizeof buffer) > 0 ? 1 : -1, );
    int counter = eventfd(0, 0);
    BOTH("read of an eventfd", , write(counter, &(long){ 3 }, 8), read(counter, buffer, 8), );
    write(counter, &(unsigned long){ -2UL }, 8);
    BOTH("write of an eventfd", , read(counter, buffer, 8), write(counter, &(long){ 3 }, 8), );
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec once = { .it_value = { 0, 1000 } };
    BOTH("read of a timerfd", , timerfd_settime(timer, 0, &once, NULL), read(timer, buffer, 8), );
    sigset_t users;
    sigemptyset(&users);
    sigaddset(&users, SIGUSR1);
    sigprocmask(SIG_BLOCK, &users, NULL);
    int signals = signalfd(-1, &users, 0);
    BOTH("read of a signalfd", , kill(getppid(), SIGUSR1), read(signals, buffer, sizeof buffer), );

    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    unlockpt(master);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    BOTH("read of a terminal", , write(master, "line\n", 5), read(terminal, buffer, 100), );
    drain(master);
    BOTH("read of a master", , write(terminal, "out", 3), read(master, buffer, 100), drain(master));

    int pair[2], packets[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets);
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    BOTH("recv", , write(pair[1], "socket", 6), recv(pair[0], buffer, 100, 0), );
    BOTH("recvmsg", , write(pair[1], "socket", 6), recvmsg(pair[0], &message, 0), );
    BOTH("read of a socket", , write(pair[1], "socket", 6), read(pair[0], buffer, 100), );
    BOTH("recv of packets", , write(packets[1], "packet", 6), recv(packets[0], buffer, 100, 0), );
    fill(pair[0]);
    BOTH("send", , empty(pair[1]), send(pair[0], "x", 1, 0), (drain(pair[1]), fill(pair[0])));
    BOTH("sendmsg", , empty(pair[1]), sendmsg(pair[0], &message, 0), (drain(pair[1]), fill(pair[0])));

    /* Never restarted. */
    sigset_t none;
    sigemptyset(&none);
    NEVER("rt_sigsuspend", sigsuspend(&none));
    /* musl's own goes on by itself. */
    NEVER("rt_sigtimedwait", syscall(SYS_rt_sigtimedwait, &users, NULL, &(struct timespec){ 60, 0 }, 8));
    NEVER("rt_sigtimedwait without a time", syscall(SYS_rt_sigtimedwait, &users, NULL, NULL, 8));
    int set = epoll_create1(0);
    struct epoll_event event;
    NEVER("epoll_wait", epoll_wait(set, &event, 1, 60000));
    NEVER("epoll_wait without a time", epoll_wait(set, &event, 1, -1));
    NEVER("epoll_pwait", epoll_pwait(set, &event, 1, 60000, &none));
    NEVER("epoll_pwait2", syscall(441, set, &event, 1, &(struct timespec){ 60, 0 }, &none, 8));
    fd_set read_set;
    FD_ZERO(&read_set);
    NEVER("pselect", pselect(0, &read_set, NULL, NULL, &(struct timespec){ 60, 0 }, &none));
    NEVER("ppoll", ppoll(NULL, 0, &(struct timespec){ 60, 0 }, &none));
    int messages = msgget(IPC_PRIVATE, 0600);
    struct { long type; char text[8]; } mail = { 1, "mail" };
    NEVER("msgrcv", msgrcv(messages, &mail, 8, 0, 0));
    msgctl(messages, IPC_RMID, NULL);
    int semaphores = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf down = { 0, -1, 0 };
    NEVER("semop", semop(semaphores, &down, 1));
    NEVER("semtimedop", semtimedop(semaphores, &down, 1, &(struct timespec){ 60, 0 }));
    semctl(semaphores, 0, IPC_RMID);
    return 0;
}
