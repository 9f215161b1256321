/* ioprio_set(2), ioprio_get(2), adjtimex(2), clock_adjtime(2), syslog(2). */
#include "case.h"
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timex.h>

#define VALUE_OF(class, data) ((class) << 13 | (data))

static long get(int which, int who)
{
    return syscall(SYS_ioprio_get, which, who);
}

static long set(int which, int who, int value)
{
    return syscall(SYS_ioprio_set, which, who, value);
}

int main(void)
{
    setpgid(0, 0);
    CALL("none was set", get(1, 0));
    CALL("of the group, by the nice value", get(2, 0));
    CALL("after nice(10)", setpriority(PRIO_PROCESS, 0, 10));
    CALL("of the group", get(2, getpgrp()));
    CALL("of the process", get(1, getpid()));
    CALL("best effort 3", set(1, 0, VALUE_OF(2, 3)));
    CALL("of the process", get(1, 0));
    CALL("of the group", get(2, 0));
    CALL("idle", set(2, 0, VALUE_OF(3, 0)));
    CALL("of the process", get(1, 0));
    CALL("idle, with a level", set(1, 0, VALUE_OF(3, 5)));
    CALL("of the process", get(1, 0));
    CALL("real time", set(1, getpid(), VALUE_OF(1, 7)));
    CALL("of the process", get(1, 0));
    CALL("none, with a level", set(1, 0, VALUE_OF(0, 1)));
    CALL("an unknown class", set(1, 0, VALUE_OF(4, 0)));
    CALL("none", set(1, 0, 0));
    CALL("of the process", get(1, 0));
    CALL("set of an unknown kind", set(9, 0, 0));
    CALL("get of an unknown kind", get(0, 0));
    CALL("set of nobody", set(1, 99999999, 0));
    CALL("get of nobody", get(1, 99999999));
    CALL("get of no group", get(2, 99999999));
    CALL("get of a negative pid", get(1, -1));
    CALL("get of no user", get(3, 54321));

    struct timex t;
    memset(&t, 0xff, sizeof t);
    t.modes = 0;
    HOLDS("adjtimex", syscall(SYS_adjtimex, &t) >= 0);
    HOLDS("tells", t.modes == 0 && t.tick == 10000 && t.tolerance == 32768000 && t.time.tv_sec > 1600000000);
    t.modes = ADJ_OFFSET_SS_READ;
    HOLDS("adjtime's state", syscall(SYS_clock_adjtime, 0, &t) >= 0);
    t.modes = 0x8000;
    CALL("adjtime's bit alone", syscall(SYS_adjtimex, &t));
    t.modes = ADJ_TICK;
    t.tick = 1;
    CALL("an impossible tick", syscall(SYS_adjtimex, &t));
    CALL("to NULL", syscall(SYS_adjtimex, 0));
    CALL("the monotonic clock", syscall(SYS_clock_adjtime, 1, &t));
    CALL("no clock", syscall(SYS_clock_adjtime, 99, &t));

    char text[64];
    HOLDS("the log's size", syscall(SYS_syslog, 10, 0, 0) > 0);
    CALL("all to NULL", syscall(SYS_syslog, 3, 0, 10));
    CALL("all of a negative length", syscall(SYS_syslog, 3, text, -1));
    CALL("all of nothing", syscall(SYS_syslog, 3, text, 0));
    CALL("open", syscall(SYS_syslog, 1, 0, 0));
    CALL("close", syscall(SYS_syslog, 0, 0, 0));
    CALL("an unknown action", syscall(SYS_syslog, 11, text, 10));
    CALL("a negative action", syscall(SYS_syslog, -1, text, 10));

    CALL("as another user", setuid(54321));
    CALL("real time without the right", set(1, 0, VALUE_OF(1, 0)));
    CALL("best effort", set(1, 0, VALUE_OF(2, 7)));
    CALL("of the process", get(1, 0));
    CALL("of the user", get(3, 54321));
    t.modes = ADJ_TICK;
    CALL("a tick without the right", syscall(SYS_adjtimex, &t));
    t.modes = ADJ_OFFSET_SINGLESHOT;
    CALL("adjtime without the right", syscall(SYS_adjtimex, &t));
    t.modes = ADJ_OFFSET_SS_READ;
    HOLDS("reading it", syscall(SYS_adjtimex, &t) >= 0);
    CALL("clearing the log without the right", syscall(SYS_syslog, 5, 0, 0));
    CALL("an unknown action without the right", syscall(SYS_syslog, 11, 0, 0));
    return 0;
}
