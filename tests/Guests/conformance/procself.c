/* proc(5): what /proc/self says after the calls that change it. */
#include "case.h"
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char text[4096];

static const char *contents(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    close(fd);
    text[length < 0 ? 0 : length] = 0;
    return text;
}

/* A line of /proc/self/status. */
static const char *line(const char *name)
{
    char *start = strstr((char *)contents("/proc/self/status"), name);
    if (start == NULL)
        return "missing";
    *strchr(start, '\n') = 0;
    return start;
}

/* A field of /proc/self/stat, from 1; those behind the name. */
static long field(int number)
{
    char *at = strrchr((char *)contents("/proc/self/stat"), ')') + 1;
    for (int i = 3; i < number; i++)
        at = strchr(at + 1, ' ');
    return strtol(at, NULL, 10);
}

static long put(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY);
    long result = fd < 0 ? fd : write(fd, value, strlen(value));
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

int main(void)
{
    TEXT("loginuid", contents("/proc/self/loginuid"));
    TEXT("sessionid", contents("/proc/self/sessionid"));
    CALL("oom_score_adj", put("/proc/self/oom_score_adj", "300\n"));
    TEXT("oom_score_adj", contents("/proc/self/oom_score_adj"));
    VALUE("nice", getpriority(PRIO_PROCESS, 0));
    CALL("nice", setpriority(PRIO_PROCESS, 0, 7));
    TEXT("oom_score_adj", contents("/proc/self/oom_score_adj"));
    VALUE("priority", field(18));
    VALUE("nice", field(19));
    CALL("oom_score_adj out of range", put("/proc/self/oom_score_adj", "1001"));
    CALL("batch", syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &(struct sched_param){ 0 }));
    VALUE("policy", field(41));
    VALUE("threads", field(20));
    TEXT("name", (prctl(PR_SET_NAME, "a name"), line("Name:")));
    TEXT("name", contents("/proc/self/comm"));
    CALL("another name", put("/proc/self/comm", "a name that is longer\n"));
    TEXT("name", contents("/proc/self/comm"));
    TEXT("privileges", line("NoNewPrivs:"));
    CALL("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    TEXT("privileges", line("NoNewPrivs:"));
    unsigned long before = strtoul(line("CapBnd:") + 8, NULL, 16);
    CALL("drop CAP_CHOWN", prctl(PR_CAPBSET_DROP, 0));
    CALL("drop CAP_SYS_CHROOT", prctl(PR_CAPBSET_DROP, 18));
    unsigned long after = strtoul(line("CapBnd:") + 8, NULL, 16);
    HOLDS("the bounding set", before - after == (1 | 1 << 18));
    CALL("CAP_CHOWN", prctl(PR_CAPBSET_READ, 0));
    CALL("CAP_KILL", prctl(PR_CAPBSET_READ, 5));
    CALL("no capability", prctl(PR_CAPBSET_DROP, 99));
    return 0;
}
