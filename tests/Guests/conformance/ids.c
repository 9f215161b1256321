/* Process, user and group ids, capabilities, groups. Run as root. */
#include "case.h"
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

struct header { unsigned version; int pid; };
struct data { unsigned effective, permitted, inheritable; };
#define VERSION_3 0x20080522

static void show(void)
{
    unsigned a, b, c;
    syscall(SYS_getresuid, &a, &b, &c);
    printf("uids %u %u %u", a, b, c);
    syscall(SYS_getresgid, &a, &b, &c);
    printf(" gids %u %u %u\n", a, b, c);
}

int main(void)
{
    HOLDS("pid is tid", getpid() == syscall(SYS_gettid));
    HOLDS("parent", getppid() != getpid());
    HOLDS("group of self", syscall(SYS_getpgid, 0) == syscall(SYS_getpgid, getpid()));
    HOLDS("getpgrp", syscall(SYS_getpgrp) == syscall(SYS_getpgid, 0));
    CALL("group of nobody", syscall(SYS_getpgid, 999999));
    CALL("session of nobody", syscall(SYS_getsid, 999999));
    CALL("setpgid negative", syscall(SYS_setpgid, 0, -1));
    CALL("setpgid of nobody", syscall(SYS_setpgid, 999999, 0));
    VALUE("getuid", getuid());
    VALUE("geteuid", geteuid());
    VALUE("getgid", getgid());
    VALUE("getegid", getegid());
    show();
    CALL("getresuid to a bad pointer", syscall(SYS_getresuid, 1, 1, 1));
    unsigned groups[] = { 30, 10, 20 }, read[8] = { 0 };
    CALL("setgroups", syscall(SYS_setgroups, 3, groups));
    CALL("getgroups asks", syscall(SYS_getgroups, 0, 0));
    CALL("getgroups", syscall(SYS_getgroups, 8, read));
    printf("%u %u %u\n", read[0], read[1], read[2]);
    CALL("getgroups too small", syscall(SYS_getgroups, 2, read));
    CALL("getgroups -1", syscall(SYS_getgroups, -1, read));
    CALL("setgroups -1", syscall(SYS_setgroups, -1, groups));
    CALL("setgroups bad pointer", syscall(SYS_setgroups, 3, 1));

    struct header header = { VERSION_3, 0 };
    struct data data[2];
    CALL("capget", syscall(SYS_capget, &header, data));
    HOLDS("root has chown", data[0].effective & 1);
    header.version = 0x1234;
    CALL("capget unknown version", syscall(SYS_capget, &header, data));
    printf("%x\n", header.version);
    header.version = 0x1234;
    CALL("capget probe", syscall(SYS_capget, &header, 0));
    header.pid = -1;
    CALL("capget of -1", syscall(SYS_capget, &header, data));
    header.pid = 999999;
    CALL("capget of nobody", syscall(SYS_capget, &header, data));

    VALUE("setfsuid", syscall(SYS_setfsuid, 5));
    VALUE("setfsuid asked", syscall(SYS_setfsuid, -1));
    VALUE("setfsgid", syscall(SYS_setfsgid, 6));
    VALUE("setfsgid asked", syscall(SYS_setfsgid, -1));
    CALL("setresgid", syscall(SYS_setresgid, 100, 200, 300));
    show();
    CALL("setregid", syscall(SYS_setregid, -1, 400));
    show();
    CALL("setgid as root", syscall(SYS_setgid, 50));
    show();
    CALL("setuid of -1", syscall(SYS_setuid, -1));
    CALL("setreuid", syscall(SYS_setreuid, 1000, 0));
    show();
    CALL("setresuid", syscall(SYS_setresuid, 1000, 1001, 1002));
    show();
    CALL("setuid to another", syscall(SYS_setuid, 5));
    CALL("setuid to the saved", syscall(SYS_setuid, 1002));
    show();
    CALL("setreuid not allowed", syscall(SYS_setreuid, 7, -1));
    CALL("setresuid not allowed", syscall(SYS_setresuid, -1, 7, -1));
    CALL("setresuid swap", syscall(SYS_setresuid, 1002, 1000, -1));
    show();
    CALL("setgid not allowed", syscall(SYS_setgid, 7));
    CALL("setgroups not allowed", syscall(SYS_setgroups, 0, 0));
    header.version = VERSION_3;
    header.pid = 0;
    CALL("capget", syscall(SYS_capget, &header, data));
    VALUE("no capabilities", data[0].effective);
    data[0].permitted = 1;
    CALL("capset more", syscall(SYS_capset, &header, data));
    CALL("sethostname", syscall(SYS_sethostname, "x", 1));
    CALL("clock_settime", syscall(SYS_clock_settime, 0, &(long[2]){ 1, 1 }));
    CALL("chroot", syscall(SYS_chroot, "/"));
    CALL("mknod of a device", syscall(SYS_mknod, "dev", 020600, 0x103));
    return 0;
}
