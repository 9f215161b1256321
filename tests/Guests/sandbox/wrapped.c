// Makes calls by their numbers, through libc's syscall(2): one is made, one is there and never made; and one operation of prctl(2).
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return (int)syscall(SYS_swapoff, "/never");
    return syscall(SYS_getppid) < 0 || prctl(PR_GET_DUMPABLE) < 0;
}
