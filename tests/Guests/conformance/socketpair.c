/* socketpair(2), send(2), recv(2), sendmsg(2), recvmsg(2), shutdown(2): connected Unix sockets (unix(7)). */
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

static int events(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
    poll(&p, 1, 0);
    return p.revents;
}

static long give(int socket, const char *text, const int *fds, int count)
{
    char control[CMSG_SPACE(sizeof(int) * 4)] = { 0 };
    struct iovec iov = { (char *)text, strlen(text) };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(int) * count) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    return sendmsg(socket, &m, 0);
}

static long take(int socket, int room, int *fds, int *count, int *flags, int with)
{
    static char text[64];
    char control[256];
    struct iovec iov = { text, sizeof text };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room };
    long n = recvmsg(socket, &m, with);
    *count = 0;
    *flags = m.msg_flags;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
    {
        if (c->cmsg_type == SCM_RIGHTS)
        {
            *count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(c), sizeof(int) * *count);
        }
        else if (c->cmsg_type == 2)
        {
            int cred[3];
            memcpy(cred, CMSG_DATA(c), 12);
            HOLDS("sender", (cred[0] == getpid() || cred[0] == getppid()) && cred[1] == (int)getuid() && cred[2] == (int)getgid());
        }
    }

    printf("received %ld [%.*s] control %zu\n", n, n > 0 ? (int)n : 0, text, (size_t)m.msg_controllen);
    return n;
}

static void errors(void)
{
    int s[2], file = open("f", O_CREAT | O_RDWR, 0600);
    char b[8];
    CALL("IP", socketpair(AF_INET, SOCK_STREAM, 0, s));
    CALL("unknown family", socketpair(99, SOCK_STREAM, 0, s));
    CALL("unknown type", socketpair(AF_UNIX, 77, 0, s));
    CALL("type RDM", socketpair(AF_UNIX, SOCK_RDM, 0, s));
    CALL("protocol 5", socketpair(AF_UNIX, SOCK_STREAM, 5, s));
    CALL("unknown flag", socketpair(AF_UNIX, SOCK_STREAM | 0x1000, 0, s));
    CALL("bad pointer", socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
    CALL("send to a file", send(file, "x", 1, 0));
    CALL("receive from a file", recv(file, b, 1, 0));
    CALL("shutdown of a file", shutdown(file, SHUT_RD));
    CALL("send to nothing", send(99, "x", 1, 0));
    CALL("getsockopt of a file", getsockopt(file, SOL_SOCKET, SO_TYPE, b, &(socklen_t){ 4 }));
    CALL("getsockname of a file", getsockname(file, (struct sockaddr *)b, &(socklen_t){ 8 }));
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    CALL("shutdown, unknown way", shutdown(s[0], 3));
    CALL("out of band", send(s[0], "x", 1, MSG_OOB) < 0 && errno == EOPNOTSUPP ? 0 : 0);
    CALL("receive at once", recv(s[0], b, 8, MSG_DONTWAIT));
    CALL("bad buffer", send(s[0], (void *)8, 4, 0));
    struct sockaddr_un a = { AF_UNIX, "nowhere" };
    CALL("to a name", sendto(s[0], "x", 1, 0, (struct sockaddr *)&a, sizeof a));
    CALL("lseek", lseek(s[0], 0, SEEK_SET));
    CALL("pread", pread(s[0], b, 1, 0));
    CALL("ftruncate", ftruncate(s[0], 0));
    struct stat st;
    fstat(s[0], &st);
    VALUE("mode", st.st_mode);
    VALUE("size", st.st_size);
    int type = 0;
    socklen_t length = sizeof type;
    CALL("SO_TYPE", getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &length));
    VALUE("type", type);
    CALL("SO_DOMAIN", getsockopt(s[0], SOL_SOCKET, SO_DOMAIN, &type, &length));
    VALUE("domain", type);
    CALL("SO_ERROR", getsockopt(s[0], SOL_SOCKET, SO_ERROR, &type, &length));
    VALUE("error", type);
    CALL("unknown option", getsockopt(s[0], SOL_SOCKET, 9999, &type, &length));
    CALL("SO_TYPE cannot be set", setsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, 4));
    int cred[3];
    length = sizeof cred;
    CALL("SO_PEERCRED", getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, cred, &length));
    HOLDS("itself", cred[0] == getpid() && cred[1] == (int)getuid());
    length = sizeof a;
    CALL("getsockname", getsockname(s[0], (struct sockaddr *)&a, &length));
    VALUE("length", length);
    VALUE("family", a.sun_family);
    length = sizeof a;
    CALL("getpeername", getpeername(s[0], (struct sockaddr *)&a, &length));
    VALUE("length", length);
    CALL("readlink starts with socket:", 0);
    char path[40], link[40] = "";
    sprintf(path, "/proc/self/fd/%d", s[0]);
    readlink(path, link, 39);
    HOLDS("link", strncmp(link, "socket:[", 8) == 0);
    CALL("open again", open(path, O_RDWR));
    close(s[0]), close(s[1]), close(file);
}

static void streams(void)
{
    int s[2], n;
    char b[64];
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s);
    VALUE("flags", fcntl(s[0], F_GETFL));
    VALUE("close on exec", fcntl(s[0], F_GETFD));
    VALUE("poll", events(s[0]));
    CALL("nothing there", read(s[0], b, 10));
    CALL("write", write(s[0], "hello ", 6));
    CALL("send", send(s[0], "world", 5, 0));
    CALL("FIONREAD", ioctl(s[1], FIONREAD, &n));
    VALUE("bytes", n);
    CALL("peek", recv(s[1], b, 3, MSG_PEEK));
    CALL("read", read(s[1], b, 8));
    TEXT("glued", strncmp(b, "hello wo", 8) ? "no" : "yes");
    CALL("rest", recv(s[1], b, 64, 0));
    CALL("send nothing", send(s[0], b, 0, 0));
    CALL("nothing comes", recv(s[1], b, 64, 0));
    struct iovec v[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
    CALL("writev", writev(s[0], v, 3));
    char one[2], two[8];
    struct iovec w[2] = { { one, 2 }, { two, 8 } };
    CALL("readv", readv(s[1], w, 2));
    long total = 0, k;
    while ((k = write(s[0], b, 64)) > 0)
        total += k;
    CALL("full", k);
    HOLDS("thousands of bytes", total > 10000);
    VALUE("poll of the full one", events(s[0]) & POLLOUT);
    char *big = malloc(1 << 20);
    for (long got = 0; got < total;)
        got += read(s[1], big, 1 << 20);
    VALUE("poll", events(s[0]));
    CALL("shutdown of writing", shutdown(s[0], SHUT_WR));
    VALUE("this end", events(s[0]));
    VALUE("that end", events(s[1]));
    CALL("end", read(s[1], b, 10));
    signal(SIGPIPE, SIG_IGN);
    CALL("write after shutdown", write(s[0], "x", 1));
    CALL("the other way", write(s[1], "back", 4));
    CALL("read", read(s[0], b, 10));
    write(s[1], "unread", 6);
    close(s[0]);
    VALUE("closed with unread bytes", events(s[1]));
    CALL("reset", read(s[1], b, 10));
    CALL("then the end", read(s[1], b, 10));
    CALL("write to nobody", send(s[1], "x", 1, MSG_NOSIGNAL));
    close(s[1]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    write(s[0], "last", 4);
    close(s[0]);
    VALUE("closed with bytes on the way", events(s[1]));
    CALL("they come", read(s[1], b, 10));
    CALL("end", read(s[1], b, 10));
    close(s[1]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    int pid = fork();
    if (pid == 0)
    {
        close(s[0]);
        for (int i = 0; i < 5; i++)
        {
            usleep(3000);
            write(s[1], "12345", 5);
        }
        long left = 500000;
        while (left > 0)
            left -= write(s[1], big, left);
        _exit(left == 0);
    }

    close(s[1]);
    CALL("all of it", recv(s[0], big, 25, MSG_WAITALL));
    long got = 0;
    while ((k = read(s[0], big, 30000)) > 0)
        got += k;
    VALUE("half a million", got);
    int status;
    waitpid(pid, &status, 0);
    VALUE("all sent", WEXITSTATUS(status));
    close(s[0]);
    free(big);
}

static void messages(int type, const char *name)
{
    int s[2], n;
    char b[64];
    printf("== %s\n", name);
    socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, s);
    CALL("send", send(s[0], "first", 5, 0));
    CALL("send", send(s[0], "second", 6, 0));
    CALL("send nothing", send(s[0], "", 0, 0));
    CALL("FIONREAD", ioctl(s[1], FIONREAD, &n));
    VALUE("of the first", n);
    CALL("peek", recv(s[1], b, 64, MSG_PEEK));
    CALL("short", recv(s[1], b, 2, 0));
    CALL("true length", recv(s[1], b, 2, MSG_TRUNC));
    CALL("empty", recv(s[1], b, 64, 0));
    CALL("none", recv(s[1], b, 64, 0));
    struct iovec v[2] = { { "ab", 2 }, { "cde", 3 } };
    CALL("writev", writev(s[0], v, 2));
    char one[2], two[8];
    struct iovec w[2] = { { one, 2 }, { two, 8 } };
    CALL("readv", readv(s[1], w, 2));
    write(s[0], "message", 7);
    struct iovec iov = { b, 3 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
    CALL("recvmsg", recvmsg(s[1], &m, 0));
    VALUE("cut", m.msg_flags & MSG_TRUNC);
    char *big = calloc(1, 300000);
    CALL("too long", send(s[0], big, 300000, 0));
    CALL("100000 bytes", send(s[0], big, 100000, 0));
    CALL("in one", recv(s[1], big, 300000, 0));
    free(big);
    struct mmsghdr mm[3];
    memset(mm, 0, sizeof mm);
    struct iovec parts[3] = { { "1", 1 }, { "22", 2 }, { "333", 3 } };
    for (int i = 0; i < 3; i++)
        mm[i].msg_hdr.msg_iov = &parts[i], mm[i].msg_hdr.msg_iovlen = 1;
    CALL("sendmmsg", syscall(SYS_sendmmsg, s[0], mm, 3, 0));
    VALUE("lengths", mm[0].msg_len * 100 + mm[1].msg_len * 10 + mm[2].msg_len);
    char in[3][4];
    for (int i = 0; i < 3; i++)
        parts[i] = (struct iovec){ in[i], 4 };
    CALL("recvmmsg", syscall(SYS_recvmmsg, s[1], mm, 3, 0, NULL));
    VALUE("lengths", mm[0].msg_len * 100 + mm[1].msg_len * 10 + mm[2].msg_len);
    shutdown(s[0], SHUT_RD);
    VALUE("shutdown of reading", events(s[0]));
    VALUE("the other", events(s[1]));
    CALL("send to it", send(s[1], "x", 1, MSG_NOSIGNAL));
    close(s[0]);
    VALUE("closed", events(s[1]));
    CALL("send to nobody", send(s[1], "x", 1, MSG_NOSIGNAL));
    CALL("again", send(s[1], "x", 1, MSG_NOSIGNAL));
    CALL("receive", recv(s[1], b, 4, 0));
    close(s[1]);
}

static void rights(void)
{
    int s[2], p[2], fds[4], count, flags;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pipe(p);
    CALL("one file", give(s[0], "abc", p, 1));
    CALL("more bytes", send(s[0], "def", 3, 0));
    take(s[1], 256, fds, &count, &flags, MSG_CMSG_CLOEXEC);
    VALUE("files", count);
    VALUE("close on exec", fcntl(fds[0], F_GETFD));
    VALUE("flags", flags & (MSG_CTRUNC | MSG_CMSG_CLOEXEC));
    char c = 0;
    write(p[1], "z", 1);
    CALL("the same pipe", read(fds[0], &c, 1));
    VALUE("byte", c);
    take(s[1], 256, fds, &count, &flags, 0);
    CALL("before", send(s[0], "before", 6, 0));
    give(s[0], "with", p, 2);
    send(s[0], "after", 5, 0);
    take(s[1], 256, fds, &count, &flags, 0);
    VALUE("files", count);
    take(s[1], 256, fds, &count, &flags, 0);
    VALUE("files", count);
    give(s[0], "no room", p, 2);
    take(s[1], 0, fds, &count, &flags, 0);
    VALUE("cut", flags & MSG_CTRUNC);
    give(s[0], "room for one", p, 2);
    take(s[1], CMSG_LEN(sizeof(int)), fds, &count, &flags, 0);
    VALUE("files", count);
    VALUE("cut", flags & MSG_CTRUNC);
    int bad = 99;
    CALL("a closed descriptor", give(s[0], "bad", &bad, 1));
    give(s[0], "read", p, 1);
    char text[8];
    CALL("read drops them", read(s[1], text, 8));
    give(s[0], "peek", p, 1);
    take(s[1], 256, fds, &count, &flags, MSG_PEEK);
    VALUE("files", count);
    take(s[1], 256, fds, &count, &flags, 0);
    VALUE("files", count);

    /* Only in flight: the pipe's write end lives in the message alone. */
    int q[2];
    pipe(q);
    give(s[0], "w", &q[1], 1);
    close(q[1]);
    VALUE("no hang-up yet", events(q[0]));
    close(s[1]);
    VALUE("hang-up", events(q[0]));
    close(s[0]);

    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    int on = 1;
    CALL("SO_PASSCRED", setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CALL("send", send(s[0], "who", 3, 0));
    take(s[1], 256, fds, &count, &flags, 0);
    int pid = fork();
    if (pid == 0)
    {
        give(s[0], "from the child", p, 1);
        _exit(0);
    }

    waitpid(pid, NULL, 0);
    static char b[64], control[64];
    struct iovec iov = { b, 64 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = 64 };
    CALL("receive", recvmsg(s[1], &m, 0));
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    VALUE("credentials", h->cmsg_type);
    HOLDS("the child's", *(int *)CMSG_DATA(h) == pid);
    h = CMSG_NXTHDR(&m, h);
    HOLDS("and a file", h && h->cmsg_type == SCM_RIGHTS && fcntl(*(int *)CMSG_DATA(h), F_GETFD) == 0);
    char room[CMSG_SPACE(12)] = { 0 };
    m = (struct msghdr){ .msg_iov = &(struct iovec){ "x", 1 }, .msg_iovlen = 1, .msg_control = room, .msg_controllen = 8 };
    CALL("control too short to hold anything", sendmsg(s[0], &m, 0));
    m.msg_controllen = 20;
    CMSG_FIRSTHDR(&m)->cmsg_len = 40;
    CALL("control longer than it is", sendmsg(s[0], &m, 0));
    CMSG_FIRSTHDR(&m)->cmsg_len = 20;
    CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
    CMSG_FIRSTHDR(&m)->cmsg_type = 77;
    CALL("unknown control message", sendmsg(s[0], &m, 0));
}

static void epolls(void)
{
    int s[2], ep = epoll_create1(0);
    struct epoll_event e = { EPOLLIN | EPOLLRDHUP | EPOLLET, { .u32 = 1 } };
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
    epoll_ctl(ep, EPOLL_CTL_ADD, s[0], &e);
    CALL("nothing", epoll_wait(ep, &e, 1, 0));
    write(s[1], "abc", 3);
    CALL("readable", epoll_wait(ep, &e, 1, 0));
    char c[8];
    read(s[0], c, 1);
    CALL("no edge", epoll_wait(ep, &e, 1, 0));
    write(s[0], "x", 1);
    read(s[1], c, 1);
    CALL("no edge by space", epoll_wait(ep, &e, 1, 0));
    write(s[1], "d", 1);
    CALL("an edge", epoll_wait(ep, &e, 1, 0));
    shutdown(s[1], SHUT_WR);
    CALL("an edge", epoll_wait(ep, &e, 1, 0));
    VALUE("events", e.events);
    close(s[1]);
    CALL("an edge", epoll_wait(ep, &e, 1, 0));
    VALUE("events", e.events);
}

int main(void)
{
    errors();
    streams();
    messages(SOCK_DGRAM, "datagrams");
    messages(SOCK_SEQPACKET, "packets");
    rights();
    epolls();
    return 0;
}
