/* What differs between the interfaces that --abi and --tier choose: a call beyond Tier A, made twice, and the room in a pipe. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 2; i++)
        printf("umask: %s\n", syscall(SYS_umask, 022) < 0 ? "refused" : "done");
    printf("getppid: %s\n", syscall(SYS_getppid) < 0 ? "refused" : "done");
    struct utsname name;
    uname(&name);
    printf("release: %s\n", name.release);
    int ends[2], room = 0;
    pipe2(ends, O_NONBLOCK);
    while (write(ends[1], "x", 1) == 1)
        room++;
    printf("pipe: %d\n", room);
    return 0;
}
