/* Clocks, sleeping, calendar arithmetic. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) ? -1 : t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(void)
{
    long long before = nanoseconds(CLOCK_MONOTONIC);
    struct timespec pause = { 0, 30000000 };
    printf("nanosleep %d\n", nanosleep(&pause, NULL));
    long long slept = nanoseconds(CLOCK_MONOTONIC) - before;
    printf("slept %s\n", slept >= 30000000 && slept < 5000000000 ? "as told" : "wrongly");
    printf("usleep %d\n", usleep(1000));
    pause.tv_nsec = 1000000000;
    int refused = nanosleep(&pause, NULL);
    printf("bad nanosleep %d %s\n", refused, strerror(errno));
    struct timeval now;
    gettimeofday(&now, NULL);
    long long real = nanoseconds(CLOCK_REALTIME);
    printf("clocks agree: %d\n", real / 1000 - (now.tv_sec * 1000000ll + now.tv_usec) < 2000000);
    printf("time agrees: %d\n", time(NULL) - now.tv_sec <= 2);
    printf("after 2020: %d\n", now.tv_sec > 1577836800);
    printf("boottime: %d\n", nanoseconds(CLOCK_BOOTTIME) > 0);
    printf("coarse: %d\n", nanoseconds(CLOCK_MONOTONIC_COARSE) > 0 && nanoseconds(CLOCK_REALTIME_COARSE) > 0);
    volatile double x = 1;
    for (int i = 0; i < 300000; i++)
        x = x * 1.0000001;
    printf("cpu time runs: %d %d\n", nanoseconds(CLOCK_PROCESS_CPUTIME_ID) > 0, clock() >= 0);
    struct timespec resolution;
    int known = clock_getres(CLOCK_MONOTONIC, &resolution);
    printf("resolution: %d %ld\n", known, resolution.tv_nsec);
    known = clock_gettime(77, &resolution);
    printf("unknown clock: %d %s\n", known, strerror(errno));
    long long last = 0;
    for (int i = 0; i < 2000; i++) {
        long long t = nanoseconds(CLOCK_MONOTONIC);
        if (t < last)
            puts("the clock went back");
        last = t;
    }
    struct rusage usage;
    printf("getrusage: %d\n", getrusage(RUSAGE_SELF, &usage));

    time_t moments[] = { 0, 86399, 951782400, 1709164800, 2147483647, 4102444800, -1 };
    for (unsigned i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct tm t;
        char text[64];
        gmtime_r(&moments[i], &t);
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %j %U %%", &t);
        printf("%lld %s %lld\n", (long long)moments[i], text, (long long)timegm(&t));
    }
    struct tm odd = { .tm_year = 124, .tm_mon = 13, .tm_mday = 35, .tm_hour = 25, .tm_isdst = -1 };
    setenv("TZ", "UTC0", 1);
    tzset();
    printf("%lld %s", (long long)mktime(&odd), asctime(&odd));
    return 0;
}
