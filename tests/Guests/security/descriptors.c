/* Measure 4: the descriptor table has the three standard descriptors and nothing of the emulator's own. */
#include "case.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

int main(void)
{
    int open_ones = 0;
    for (int fd = 3; fd < 4096; fd++)
        open_ones += fcntl(fd, F_GETFD) >= 0;
    VALUE("open beyond the standard ones", open_ones);
    char byte;
    long reachable = 0;
    for (int fd = 3; fd < 4096; fd++)
        reachable += read(fd, &byte, 1) >= 0 || write(fd, &byte, 0) >= 0 || dup(fd) >= 0 || lseek(fd, 0, SEEK_CUR) >= 0;
    VALUE("reachable", reachable);
    DIR *directory = opendir("/proc/self/fd");
    int listed = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        listed += atoi(entry->d_name) > 2 && atoi(entry->d_name) != dirfd(directory);
    VALUE("listed beyond the standard ones", listed);
    CALL("negative", read(-1, &byte, 1));
    CALL("huge", read(0x7fffffff, &byte, 1));
    CALL("the upper half of the register does not count", syscall(SYS_read, 0x100000000ul | 999, &byte, 1));
    return 0;
}
