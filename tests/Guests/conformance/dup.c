/* dup(2), dup2(2), dup3(2): descriptor numbers, shared offsets, close-on-exec. */
#include "case.h"
#include <fcntl.h>

int main(void)
{
    int fd = open("dup.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CALL("open", fd);
    CALL("dup takes the lowest number", dup(fd));
    CALL("dup2 to a chosen number", dup2(fd, 10));
    CALL("dup2 onto itself", dup2(fd, fd));
    CALL("dup2 of a closed descriptor onto itself", dup2(77, 77));
    CALL("dup3 onto itself", dup3(fd, fd, 0));
    CALL("dup3 with an unknown flag", dup3(fd, 11, 1));
    CALL("dup3 with O_CLOEXEC", dup3(fd, 11, O_CLOEXEC));
    CALL("F_GETFD of the copy", fcntl(11, F_GETFD));
    CALL("F_GETFD of the original", fcntl(fd, F_GETFD));
    CALL("write through one", write(10, "hello", 5));
    CALL("the offset is shared", lseek(fd, 0, SEEK_CUR));
    CALL("close one", close(10));
    CALL("the other stays open", write(fd, "!", 1));
    CALL("dup of a closed descriptor", dup(10));
    CALL("dup of -1", dup(-1));
    CALL("dup2 to a negative number", dup2(fd, -1));
    CALL("dup2 beyond the limit", dup2(fd, 1 << 30));
    CALL("F_DUPFD from a minimum", fcntl(fd, F_DUPFD, 20));
    CALL("F_DUPFD_CLOEXEC", fcntl(fd, F_DUPFD_CLOEXEC, 20));
    CALL("its flag", fcntl(21, F_GETFD));
    return 0;
}
