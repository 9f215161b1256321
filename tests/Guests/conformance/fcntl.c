/* fcntl(2), ioctl(2) on files, flock(2). */
#include "case.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    write(fd, "hello", 5);
    CALL("F_GETFL", fcntl(fd, F_GETFL));
    CALL("F_SETFL", fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
    CALL("F_GETFL", fcntl(fd, F_GETFL));
    CALL("F_SETFL cannot change the mode", fcntl(fd, F_SETFL, O_WRONLY | O_CREAT));
    CALL("F_GETFL", fcntl(fd, F_GETFL));
    CALL("F_SETFD", fcntl(fd, F_SETFD, FD_CLOEXEC));
    CALL("F_GETFD", fcntl(fd, F_GETFD));
    CALL("F_SETFD 2", fcntl(fd, F_SETFD, 2));
    CALL("F_GETFD", fcntl(fd, F_GETFD));
    CALL("unknown command", fcntl(fd, 12345));
    CALL("closed", fcntl(99, F_GETFL));
    CALL("F_DUPFD of a huge number", fcntl(fd, F_DUPFD, 1 << 30));
    CALL("F_DUPFD of -1", fcntl(fd, F_DUPFD, -1));
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    CALL("F_SETLK", fcntl(fd, F_SETLK, &lock));
    CALL("F_GETLK", fcntl(fd, F_GETLK, &lock));
    VALUE("no conflict", lock.l_type);
    lock.l_type = 77;
    CALL("unknown type", fcntl(fd, F_SETLK, &lock));
    lock.l_type = F_RDLCK;
    lock.l_whence = 9;
    CALL("unknown whence", fcntl(fd, F_SETLK, &lock));
    lock.l_whence = SEEK_END;
    lock.l_start = -100;
    CALL("before the start", fcntl(fd, F_SETLK, &lock));
    lock.l_start = -2;
    lock.l_len = -3;
    CALL("backwards", fcntl(fd, F_SETLK, &lock));
    lock.l_whence = SEEK_SET;
    lock.l_start = 0;
    lock.l_len = 0;
    int reader = open("f", O_RDONLY);
    lock.l_type = F_WRLCK;
    CALL("write lock on a read-only descriptor", fcntl(reader, F_SETLK, &lock));
    lock.l_type = F_UNLCK;
    CALL("unlock", fcntl(fd, F_SETLK, &lock));
    CALL("F_SETLK of NULL", syscall(SYS_fcntl, fd, F_SETLK, 0));
    CALL("flock", flock(fd, LOCK_EX));
    CALL("flock unlock", flock(fd, LOCK_UN));
    CALL("flock of nothing", flock(fd, 0));
    CALL("flock of a closed one", flock(99, LOCK_SH));

    struct winsize size;
    struct termios mode;
    CALL("TIOCGWINSZ of a file", ioctl(fd, TIOCGWINSZ, &size));
    CALL("TCGETS of a file", syscall(SYS_ioctl, fd, TCGETS, &mode));
    CALL("TCSETS of a file, NULL", syscall(SYS_ioctl, fd, TCSETS, 0));
    CALL("ioctl of a closed one", ioctl(99, TIOCGWINSZ, &size));
    CALL("unknown request", ioctl(fd, 0x12345678, 0));
    CALL("FIOCLEX", ioctl(fd, FIOCLEX));
    CALL("F_GETFD", fcntl(fd, F_GETFD));
    CALL("FIONCLEX", ioctl(fd, FIONCLEX));
    CALL("F_GETFD", fcntl(fd, F_GETFD));
    int on = 1;
    CALL("FIONBIO", ioctl(fd, FIONBIO, &on));
    CALL("F_GETFL", fcntl(fd, F_GETFL));
    on = 0;
    CALL("FIONBIO off", ioctl(fd, FIONBIO, &on));
    CALL("F_GETFL", fcntl(fd, F_GETFL));
    CALL("FIONBIO of NULL", syscall(SYS_ioctl, fd, FIONBIO, 0));
    lseek(fd, 2, SEEK_SET);
    CALL("FIONREAD of a file", ioctl(fd, FIONREAD, &on));
    VALUE("bytes left", on);
    int null = open("/dev/null", O_RDWR);
    CALL("TIOCGWINSZ of /dev/null", ioctl(null, TIOCGWINSZ, &size));
    return 0;
}
