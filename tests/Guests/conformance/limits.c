/* getrlimit(2), setrlimit(2), prlimit(2), getrusage(2), sysinfo(2), uname(2), getpriority(2), sched_*(2), prctl(2), personality(2), umask(2). */
#include "case.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
    struct rlimit limit = { 100, 200 }, old;
    CALL("setrlimit", syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    CALL("getrlimit", syscall(SYS_getrlimit, RLIMIT_NOFILE, &old));
    printf("%lu %lu\n", (long)old.rlim_cur, (long)old.rlim_max);
    limit.rlim_cur = 300;
    CALL("soft above hard", syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    CALL("resource 16", syscall(SYS_getrlimit, 16, &old));
    CALL("resource -1", syscall(SYS_getrlimit, -1, &old));
    CALL("to NULL", syscall(SYS_getrlimit, RLIMIT_NOFILE, 0));
    limit = (struct rlimit){ 150, 150 };
    CALL("prlimit", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, &old));
    printf("%lu %lu\n", (long)old.rlim_cur, (long)old.rlim_max);
    CALL("prlimit of self", syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, 0, &old));
    CALL("prlimit of nobody", syscall(SYS_prlimit64, 999999, RLIMIT_NOFILE, 0, &old));
    CALL("prlimit of resource 99", syscall(SYS_prlimit64, 0, 99, 0, &old));
    CALL("prlimit to a bad pointer", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, 1));
    limit = (struct rlimit){ 1 << 30, 1 << 30 };
    CALL("more than nr_open", syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    struct rusage usage;
    CALL("getrusage", getrusage(RUSAGE_SELF, &usage));
    HOLDS("maxrss", usage.ru_maxrss > 0);
    CALL("of the thread", getrusage(1, &usage));
    CALL("of children", getrusage(RUSAGE_CHILDREN, &usage));
    VALUE("nothing", usage.ru_utime.tv_sec + usage.ru_utime.tv_usec);
    CALL("of 7", getrusage(7, &usage));
    struct sysinfo info;
    CALL("sysinfo", sysinfo(&info));
    HOLDS("memory", info.totalram > info.freeram && info.mem_unit == 1 && info.procs > 0);
    CALL("sysinfo to NULL", syscall(SYS_sysinfo, 0));
    struct utsname name;
    CALL("uname", uname(&name));
    TEXT("sysname", name.sysname);
    TEXT("machine", name.machine);
    CALL("uname to NULL", syscall(SYS_uname, 0));
    CALL("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    CALL("setpriority", syscall(SYS_setpriority, PRIO_PROCESS, 0, 5));
    CALL("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    CALL("setpriority of 100", syscall(SYS_setpriority, PRIO_PROCESS, 0, 100));
    CALL("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    CALL("getpriority of 7", syscall(SYS_getpriority, 7, 0));
    CALL("getpriority of nobody", syscall(SYS_getpriority, PRIO_PROCESS, 999999));
    CALL("sched_yield", sched_yield());
    CALL("sched_getscheduler", syscall(SYS_sched_getscheduler, 0));
    CALL("sched_getscheduler of -1", syscall(SYS_sched_getscheduler, -1));
    CALL("sched_getscheduler of nobody", syscall(SYS_sched_getscheduler, 999999));
    for (int policy = -1; policy < 7; policy++) {
        CALL("max", syscall(SYS_sched_get_priority_max, policy));
        CALL("min", syscall(SYS_sched_get_priority_min, policy));
    }
    struct sched_param param = { 0 };
    CALL("sched_getparam", syscall(SYS_sched_getparam, 0, &param));
    CALL("sched_getparam of NULL", syscall(SYS_sched_getparam, 0, 0));
    CALL("sched_setscheduler batch", syscall(SYS_sched_setscheduler, 0, 3, &param));
    CALL("now", syscall(SYS_sched_getscheduler, 0));
    param.sched_priority = 1;
    CALL("batch with a priority", syscall(SYS_sched_setscheduler, 0, 3, &param));
    CALL("unknown policy", syscall(SYS_sched_setscheduler, 0, 77, &param));
    CALL("sched_setparam", syscall(SYS_sched_setparam, 0, &param));
    unsigned long mask[16] = { 0 };
    HOLDS("sched_getaffinity", syscall(SYS_sched_getaffinity, 0, sizeof mask, mask) >= 8 && mask[0] & 1);
    CALL("of size 0", syscall(SYS_sched_getaffinity, 0, 0, mask));
    CALL("of size 9", syscall(SYS_sched_getaffinity, 0, 9, mask));
    CALL("of nobody", syscall(SYS_sched_getaffinity, 999999, sizeof mask, mask));
    mask[0] = 0;
    CALL("sched_setaffinity of none", syscall(SYS_sched_setaffinity, 0, sizeof mask, mask));
    mask[0] = 1;
    CALL("sched_setaffinity", syscall(SYS_sched_setaffinity, 0, sizeof mask, mask));

    char text[32] = "";
    CALL("PR_SET_NAME", prctl(PR_SET_NAME, "a name longer than fifteen"));
    CALL("PR_GET_NAME", prctl(PR_GET_NAME, text));
    TEXT("name", text);
    CALL("PR_SET_NAME of NULL", prctl(PR_SET_NAME, 0));
    CALL("PR_GET_DUMPABLE", prctl(PR_GET_DUMPABLE));
    CALL("PR_SET_DUMPABLE 2", prctl(PR_SET_DUMPABLE, 2));
    CALL("PR_SET_DUMPABLE 0", prctl(PR_SET_DUMPABLE, 0));
    CALL("PR_GET_DUMPABLE", prctl(PR_GET_DUMPABLE));
    CALL("PR_SET_PDEATHSIG", prctl(PR_SET_PDEATHSIG, 9));
    int value = 0;
    CALL("PR_GET_PDEATHSIG", prctl(PR_GET_PDEATHSIG, &value));
    VALUE("signal", value);
    CALL("PR_SET_PDEATHSIG 99", prctl(PR_SET_PDEATHSIG, 99));
    CALL("PR_GET_KEEPCAPS", prctl(PR_GET_KEEPCAPS));
    CALL("PR_SET_KEEPCAPS 2", prctl(PR_SET_KEEPCAPS, 2));
    CALL("PR_GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL("PR_SET_NO_NEW_PRIVS 0", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL("PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CALL("PR_GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL("PR_GET_TIMERSLACK", prctl(PR_GET_TIMERSLACK));
    CALL("PR_CAPBSET_READ 0", prctl(PR_CAPBSET_READ, 0));
    CALL("PR_CAPBSET_READ 999", prctl(PR_CAPBSET_READ, 999));
    CALL("prctl 99999", prctl(99999));
    VALUE("personality", syscall(SYS_personality, 0xffffffff));
    CALL("umask", umask(0277));
    CALL("umask", umask(07777));
    CALL("umask", umask(022));
    CALL("arch_prctl unknown", syscall(SYS_arch_prctl, 0x9999, 0));
    CALL("arch_prctl SET_FS in the kernel", syscall(SYS_arch_prctl, 0x1002, 0xffff800000000000UL));
    CALL("arch_prctl SET_GS", syscall(SYS_arch_prctl, 0x1001, 0x1234));
    unsigned long base = 0;
    CALL("arch_prctl GET_GS", syscall(SYS_arch_prctl, 0x1004, &base));
    VALUE("base", base);
    CALL("arch_prctl GET_FS to a bad pointer", syscall(SYS_arch_prctl, 0x1003, 1));
    CALL("getcpu to NULL", syscall(SYS_getcpu, 0, 0, 0));
    CALL("set_tid_address", syscall(SYS_set_tid_address, 0) == getpid());
    CALL("set_robust_list", syscall(SYS_set_robust_list, &base, 24));
    CALL("set_robust_list of another size", syscall(SYS_set_robust_list, &base, 8));
    unsigned long head, length;
    CALL("get_robust_list", syscall(SYS_get_robust_list, 0, &head, &length));
    HOLDS("kept", head == (unsigned long)&base && length == 24);
    syscall(SYS_set_robust_list, 0, 24);
    CALL("get_robust_list of nobody", syscall(SYS_get_robust_list, 999999, &head, &length));
    CALL("membarrier unknown", syscall(SYS_membarrier, 3, 0, 0));
    CALL("membarrier flags", syscall(SYS_membarrier, 0, 8, 0));
    HOLDS("membarrier query", syscall(SYS_membarrier, 0, 0, 0) > 0);
    return 0;
}
