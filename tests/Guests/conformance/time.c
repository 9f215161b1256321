/* clock_gettime(2), clock_getres(2), gettimeofday(2), time(2), nanosleep(2), clock_nanosleep(2), times(2), and setting clocks. */
#include "case.h"
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static long long llabs_(long long x)
{
    return x < 0 ? -x : x;
}

static long long now(clockid_t clock)
{
    struct timespec t;
    if (syscall(SYS_clock_gettime, clock, &t) != 0)
        return -1;
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long sleep_for(long seconds, long nanoseconds)
{
    struct timespec t = { seconds, nanoseconds };
    return syscall(SYS_nanosleep, &t, 0);
}

int main(void)
{
    struct timespec t, r;
    for (int clock = 0; clock < 16; clock++) {
        if (clock == 8 || clock == 9)
            continue; /* the alarm clocks need a real-time clock that the machine may lack */
        CALL("clock_gettime", syscall(SYS_clock_gettime, clock, &t));
        CALL("clock_getres", syscall(SYS_clock_getres, clock, &r));
    }
    CALL("own process's clock", syscall(SYS_clock_gettime, (~0 << 3) | 2, &t));
    CALL("own thread's clock", syscall(SYS_clock_gettime, (~0 << 3) | 6, &t));
    CALL("nobody's clock", syscall(SYS_clock_gettime, (~999999 << 3) | 2, &t));
    CALL("clock -1", syscall(SYS_clock_gettime, -1, &t));
    CALL("to NULL", syscall(SYS_clock_gettime, 0, 0));
    CALL("resolution to NULL", syscall(SYS_clock_getres, 0, 0));
    HOLDS("realtime is after 2020", now(0) > 1577836800LL * 1000000000);
    long long a = now(1), b = now(1);
    HOLDS("monotonic", a <= b && a > 0);
    struct timeval tv;
    CALL("gettimeofday", syscall(SYS_gettimeofday, &tv, 0));
    HOLDS("agrees", llabs_(tv.tv_sec - now(0) / 1000000000) <= 1);
    struct timezone tz = { 7, 7 };
    CALL("with a zone", syscall(SYS_gettimeofday, &tv, &tz));
    CALL("both NULL", syscall(SYS_gettimeofday, 0, 0));
    CALL("bad pointer", syscall(SYS_gettimeofday, 1, 0));
    long seconds;
    HOLDS("time", syscall(SYS_time, &seconds) == seconds);
    CALL("time to a bad pointer", syscall(SYS_time, 1));
    CALL("nanosleep 0", sleep_for(0, 0));
    a = now(1);
    CALL("nanosleep", sleep_for(0, 20000000));
    HOLDS("slept", now(1) - a >= 20000000);
    CALL("a second of nanoseconds", sleep_for(0, 1000000000));
    CALL("negative nanoseconds", sleep_for(0, -1));
    CALL("negative seconds", sleep_for(-1, 0));
    CALL("NULL", syscall(SYS_nanosleep, 0, 0));
    t = (struct timespec){ 0, 10000000 };
    CALL("clock_nanosleep", syscall(SYS_clock_nanosleep, 1, 0, &t, 0));
    syscall(SYS_clock_gettime, 1, &t);
    t.tv_sec -= 1;
    CALL("until the past", syscall(SYS_clock_nanosleep, 1, 1, &t, 0));
    long long until = now(0) + 15000000;
    t = (struct timespec){ until / 1000000000, until % 1000000000 };
    CALL("until a time of day", syscall(SYS_clock_nanosleep, 0, 1, &t, 0));
    HOLDS("reached", now(0) >= until);
    t = (struct timespec){ 0, 0 };
    for (int clock = 0; clock < 14; clock++)
        if (clock != 8 && clock != 9)
            CALL("clock_nanosleep of 0", syscall(SYS_clock_nanosleep, clock, 0, &t, 0));
    t.tv_nsec = -1;
    CALL("clock_nanosleep invalid", syscall(SYS_clock_nanosleep, 1, 0, &t, 0));
    struct tms tms;
    HOLDS("times", syscall(SYS_times, &tms) > 0 && tms.tms_cutime == 0);
    HOLDS("times of NULL", syscall(SYS_times, 0) > 0);
    CALL("times to a bad pointer", syscall(SYS_times, 1));
    t = (struct timespec){ 0, 2000000000 };
    CALL("clock_settime invalid", syscall(SYS_clock_settime, 0, &t));
    CALL("clock_settime of monotonic", syscall(SYS_clock_settime, 1, &t));
    return 0;
}
