/* Pseudoterminals as files (pty(7), ptmx(4), ioctl_tty(2)): names, settings, both sides' ends, packet mode. */
#define _GNU_SOURCE
#include "case.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

struct termios2 {
    unsigned iflag, oflag, cflag, lflag;
    unsigned char line, cc[19];
    unsigned ispeed, ospeed;
};

struct termio_old {
    unsigned short iflag, oflag, cflag, lflag;
    unsigned char line, cc[8];
};

#define GETS2 0x802c542a
#define SETS2 0x402c542b
#define GETA 0x5405
#define SETA 0x5406

static int master, slave, number;
static char name[64];

static void settle(void) { usleep(30000); }

static void make(void)
{
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ioctl(master, TIOCGPTN, &number);
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    int off = 0;
    ioctl(master, TIOCSPTLCK, &off);
    slave = open(name, O_RDWR | O_NOCTTY);
}

static int count_events(int fd, short asked)
{
    struct pollfd ready = {.fd = fd, .events = asked};
    poll(&ready, 1, 0);
    return ready.revents;
}

static void show(const char *what, const struct termios2 *t)
{
    printf("%s: %x %x %x %x line %d speeds %u %u:", what, t->iflag, t->oflag, t->cflag, t->lflag, t->line, t->ispeed, t->ospeed);
    for (int i = 0; i < 19; i++)
        printf(" %x", t->cc[i]);
    putchar('\n');
}

static void names(void)
{
    struct stat node, file;
    int value = -1;
    HOLDS("open of ptmx", (master = open("/dev/ptmx", O_RDWR | O_NOCTTY)) >= 0);
    CALL("TIOCGPTN", ioctl(master, TIOCGPTN, &number));
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    CALL("TIOCGPTLCK", ioctl(master, TIOCGPTLCK, &value));
    VALUE("locked", value);
    CALL("open of a locked slave", open(name, O_RDWR | O_NOCTTY));
    value = 0;
    CALL("TIOCSPTLCK", ioctl(master, TIOCSPTLCK, &value));
    HOLDS("open of the slave", (slave = open(name, O_RDWR | O_NOCTTY)) >= 0);
    CALL("stat", stat(name, &node));
    CALL("fstat", fstat(slave, &file));
    HOLDS("a character device", S_ISCHR(node.st_mode) && S_ISCHR(file.st_mode));
    HOLDS("the same inode", node.st_ino == file.st_ino && node.st_dev == file.st_dev);
    HOLDS("its device", node.st_rdev == makedev(136, number) && file.st_rdev == node.st_rdev);
    HOLDS("its owner", node.st_uid == getuid());
    VALUE("its links", node.st_nlink);
    CALL("fstat of the master", fstat(master, &file));
    HOLDS("the master's device", file.st_rdev == makedev(5, 2));
    HOLDS("isatty", isatty(slave) && isatty(master));
    HOLDS("ttyname", ttyname(slave) && !strcmp(ttyname(slave), name));
    CALL("chmod", chmod(name, 0640));
    stat(name, &node);
    VALUE("mode", node.st_mode & 07777);
    unsigned device = 0;
    CALL("TIOCGDEV", ioctl(slave, TIOCGDEV, &device));
    HOLDS("device of TIOCGDEV", device == node.st_rdev);
    int found = 0;
    DIR *directory = opendir("/dev/pts");
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        found |= atoi(entry->d_name) == number && entry->d_type == DT_CHR && strcmp(entry->d_name, "ptmx");
    closedir(directory);
    HOLDS("listed", found);

    int peer;
    HOLDS("TIOCGPTPEER", (peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) >= 0);
    VALUE("its descriptor flags", fcntl(peer, F_GETFD));
    VALUE("its status flags", fcntl(peer, F_GETFL) & O_ACCMODE);
    CALL("TIOCGPTPEER of a slave", ioctl(slave, TIOCGPTPEER, O_RDWR));
    CALL("TIOCGPTN of a slave", ioctl(slave, TIOCGPTN, &value));
    CALL("TIOCSPTLCK of a slave", ioctl(slave, TIOCSPTLCK, &value));
    CALL("unlink", unlink(name) == 0);
    CALL("open of a missing one", open("/dev/pts/987654", O_RDWR));
    CALL("open of no number", open("/dev/pts/01", O_RDWR));

    int other = open("/dev/ptmx", O_RDWR | O_NOCTTY), second = -1;
    ioctl(other, TIOCGPTN, &second);
    HOLDS("another number", second != number);
    close(other);
    other = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ioctl(other, TIOCGPTN, &value);
    HOLDS("a free number is used again", value == second);
    close(other);
    snprintf(name, sizeof name, "/dev/pts/%d", second);
    CALL("its node has gone", access(name, F_OK));
    CALL("lseek", lseek(slave, 0, SEEK_SET));
    CALL("pread", pread(slave, name, 1, 0));
    CALL("pwrite of a master", pwrite(master, name, 1, 0));
    CALL("ftruncate", ftruncate(slave, 0));
    close(peer);
    close(slave);
    close(master);
}

static void settings(void)
{
    struct termios2 modes = {0}, set;
    struct termio_old old = {0};
    make();
    CALL("TCGETS2", ioctl(slave, GETS2, &modes));
    show("a new terminal", &modes);
    memset(&modes, 0, sizeof modes);
    CALL("TCGETS2 of the master", ioctl(master, GETS2, &modes));
    show("seen by its master", &modes);
    CALL("TCGETA", ioctl(slave, GETA, &old));
    printf("old form: %x %x %x %x %d %x %x\n", old.iflag, old.oflag, old.cflag, old.lflag, old.line, old.cc[0], old.cc[7]);
    old.iflag = 0x123;
    old.cc[3] = 7;
    CALL("TCSETA", ioctl(slave, SETA, &old));
    ioctl(slave, GETS2, &modes);
    show("after TCSETA", &modes);

    set = modes;
    set.cflag = (modes.cflag & ~CBAUD) | B9600 | CSTOPB | PARENB | CS5;
    set.line = 9;
    CALL("TCSETS2 with codes", ioctl(slave, SETS2, &set));
    ioctl(slave, GETS2, &modes);
    show("after it", &modes);
    set.cflag = (modes.cflag & ~CBAUD) | 0x1000;
    set.ospeed = 12345;
    set.ispeed = 777;
    CALL("TCSETS2 with speeds", ioctl(slave, SETS2, &set));
    ioctl(slave, GETS2, &modes);
    show("after it", &modes);
    set.cflag = (modes.cflag & ~(CBAUD | CBAUD << 16)) | B115200 | 0x1000u << 16;
    CALL("TCSETS2 with a speed of input", ioctl(slave, SETS2, &set));
    ioctl(slave, GETS2, &modes);
    show("after it", &modes);
    CALL("TCGETS2 to nowhere", ioctl(slave, GETS2, 1));
    CALL("TCSETS2 from nowhere", ioctl(slave, SETS2, 1));

    struct winsize size = {1, 2, 3, 4};
    CALL("TIOCGWINSZ", ioctl(slave, TIOCGWINSZ, &size));
    printf("window: %d %d %d %d\n", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
    size = (struct winsize){25, 80, 640, 400};
    CALL("TIOCSWINSZ", ioctl(master, TIOCSWINSZ, &size));
    memset(&size, 0, sizeof size);
    CALL("TIOCGWINSZ", ioctl(slave, TIOCGWINSZ, &size));
    printf("window: %d %d %d %d\n", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);

    int value = -1;
    CALL("TIOCGETD", ioctl(slave, TIOCGETD, &value));
    VALUE("discipline", value);
    CALL("TIOCOUTQ", ioctl(slave, TIOCOUTQ, &value));
    VALUE("output queue", value);
    CALL("TIOCGSOFTCAR", ioctl(slave, TIOCGSOFTCAR, &value));
    VALUE("soft carrier", value);
    CALL("TCSBRK", ioctl(slave, TCSBRK, 1));
    CALL("tcsendbreak", tcsendbreak(slave, 0));
    CALL("TIOCEXCL", ioctl(slave, TIOCEXCL));
    CALL("TIOCGEXCL", ioctl(slave, TIOCGEXCL, &value));
    VALUE("exclusive", value);
    CALL("TIOCNXCL", ioctl(slave, TIOCNXCL));
    CALL("TIOCMGET", ioctl(slave, TIOCMGET, &value));
    CALL("an unknown request", ioctl(slave, 0x54ff, &value));
    CALL("another unknown request", ioctl(slave, 0x4004abcd, &value));
    CALL("TIOCGPGRP of no session", ioctl(slave, TIOCGPGRP, &value));
    CALL("TIOCGSID of no session", ioctl(slave, TIOCGSID, &value));
    CALL("TIOCGPGRP of a master", ioctl(master, TIOCGPGRP, &value));
    VALUE("group", value);
    CALL("TIOCGSID of a master", ioctl(master, TIOCGSID, &value));
    CALL("TIOCNOTTY", ioctl(slave, TIOCNOTTY));
    CALL("TIOCSIG", ioctl(master, 0x40045436, SIGINT));
    CALL("TIOCSIG of another signal", ioctl(master, 0x40045436, SIGTERM));
    CALL("TIOCSIG of a slave", ioctl(slave, 0x40045436, SIGINT));
    int null = open("/dev/null", O_RDWR);
    CALL("TCGETS of no terminal", ioctl(null, TCGETS, &modes));
    CALL("TIOCGPGRP of no terminal", ioctl(null, TIOCGPGRP, &value));
    close(null);
    close(slave);
    close(master);
}

static void ends(void)
{
    char buffer[100];
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    ioctl(master, TIOCGPTN, &number);
    ioctl(master, TIOCSPTLCK, &(int){0});
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    CALL("read before the slave is open", read(master, buffer, 100));
    VALUE("poll before", count_events(master, POLLIN | POLLOUT));
    CALL("write before", write(master, "early\n", 6));
    settle();
    CALL("echo before", read(master, buffer, 100));
    slave = open(name, O_RDWR | O_NOCTTY);
    CALL("read", read(slave, buffer, 100));
    CALL("write", write(slave, "last", 4));
    settle();
    VALUE("poll of both", count_events(master, POLLIN | POLLOUT) << 16 | count_events(slave, POLLIN | POLLOUT));
    close(slave);
    settle();
    VALUE("poll after the slave was closed", count_events(master, POLLIN | POLLOUT));
    CALL("what was left", read(master, buffer, 100));
    CALL("read after", read(master, buffer, 100));
    VALUE("poll after", count_events(master, POLLIN | POLLOUT));
    slave = open(name, O_RDWR | O_NOCTTY);
    CALL("read after it was opened again", read(master, buffer, 100));
    VALUE("poll", count_events(master, POLLIN | POLLOUT));
    int second = dup(slave);
    CALL("typed", write(master, "abc\n", 4));
    settle();
    close(master);
    settle();
    VALUE("poll of a slave without master", count_events(slave, POLLIN | POLLOUT));
    CALL("read", read(slave, buffer, 100));
    CALL("write", write(slave, "x", 1));
    CALL("TCGETS", ioctl(slave, TCGETS, buffer));
    CALL("TIOCSPGRP", ioctl(slave, TIOCSPGRP, &(int){1}));
    CALL("isatty", isatty(slave));
    CALL("open", open(name, O_RDWR));
    CALL("read of the other", read(second, buffer, 100));
    close(slave);
    close(second);

    make();
    CALL("TIOCVHANGUP", ioctl(slave, TIOCVHANGUP));
    CALL("read after a hangup", read(slave, buffer, 100));
    CALL("write after a hangup", write(slave, "x", 1));
    second = open(name, O_RDWR | O_NOCTTY);
    HOLDS("opened again", second >= 0);
    CALL("write", write(second, "x", 1));
    settle();
    CALL("read by the master", read(master, buffer, 100));
    close(second);
    close(slave);
    close(master);

    /* One read takes one line, whatever the pieces of memory. */
    make();
    write(master, "ab\ncd\n", 6);
    settle();
    struct iovec pieces[2] = {{buffer, 2}, {buffer + 2, 50}};
    CALL("readv", readv(slave, pieces, 2));
    CALL("readv", readv(slave, pieces, 2));
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    CALL("read of nothing", read(slave, buffer, 100));
    CALL("read of 0 bytes", read(slave, buffer, 0));
    CALL("write of 0 bytes", write(slave, buffer, 0));
    CALL("read to nowhere", (write(master, "x\n", 2), settle(), read(slave, (void *)1, 10)));
    close(slave);
    close(master);
}

static void packets(void)
{
    unsigned char buffer[100];
    struct termios modes;
    make();
    int on = 1, value = -1;
    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    CALL("TIOCPKT", ioctl(master, TIOCPKT, &on));
    CALL("TIOCGPKT", ioctl(master, 0x80045438, &value));
    VALUE("packet mode", value);
    CALL("TIOCPKT of a slave", ioctl(slave, TIOCPKT, &on));
    write(slave, "data", 4);
    settle();
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    CALL("no packet", read(master, buffer, 100));
    tcflush(slave, TCIFLUSH);
    VALUE("poll", count_events(master, POLLIN | POLLPRI));
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    tcflush(slave, TCOFLUSH);
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    write(master, "\023", 1);
    settle();
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    write(master, "\021", 1);
    settle();
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    tcgetattr(slave, &modes);
    modes.c_iflag &= ~IXON;
    tcsetattr(slave, TCSANOW, &modes);
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    modes.c_iflag |= IXON;
    modes.c_lflag |= EXTPROC;
    tcsetattr(slave, TCSANOW, &modes);
    CALL("a packet", read(master, buffer, 100));
    VALUE("its kind", buffer[0]);
    on = 0;
    ioctl(master, TIOCPKT, &on);
    write(slave, "data", 4);
    settle();
    CALL("no packet mode", read(master, buffer, 100));
    close(slave);
    close(master);
}

int main(void)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    names();
    settings();
    ends();
    packets();
    return 0;
}
