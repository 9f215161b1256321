/* Measure 3: nothing leads to another process's memory. Only ever run on KPIO: on Linux root may do much of this. */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

/* The pid of a process that the guest must not reach is given as the argument: the emulator's own, or 1. */
int main(int argc, char **argv)
{
    int other = argc > 1 ? atoi(argv[1]) : 1;
    char buffer[64], path[64];
    struct iovec here = { buffer, sizeof buffer }, there = { (void *)0x400000, sizeof buffer };
    HOLDS("process_vm_readv is refused", syscall(SYS_process_vm_readv, other, &here, 1, &there, 1, 0) < 0);
    HOLDS("process_vm_writev is refused", syscall(SYS_process_vm_writev, other, &here, 1, &there, 1, 0) < 0);
    HOLDS("ptrace is refused", syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, other, 0, 0) < 0);
    const char *files[] = { "mem", "maps", "environ", "exe", "root/etc/passwd", "cwd/x", "fd/0" };
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", other, files[i]);
        HOLDS(files[i], open(path, O_RDWR) < 0 && open(path, O_RDONLY) < 0);
    }
    HOLDS("/dev/mem is closed", open("/dev/mem", O_RDWR) < 0);
    HOLDS("/dev/kmem is closed", open("/dev/kmem", O_RDWR) < 0);
    HOLDS("/proc/kcore is closed", open("/proc/kcore", O_RDONLY) < 0);
    HOLDS("kill does not reach it", syscall(SYS_kill, other, 0) < 0);
    return 0;
}
