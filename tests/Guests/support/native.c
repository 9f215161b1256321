/*
 * Starts a program as a machine that has just started would: no descriptors beside the standard ones, no ignored or blocked signals,
 * umask 022, no core dumps, nobody logged in. What a test runner has of these would otherwise be inherited, and only on the native side.
 *   native PROGRAM [ARG...]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2)
        return 125;
    for (int number = 1; number < 65; number++)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (syscall(SYS_close_range, 3, ~0U, 0) != 0)
        for (int fd = 3; fd < 65536; fd++)
            close(fd);
    umask(022);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    int login = open("/proc/self/loginuid", O_WRONLY);
    if (login >= 0 && (write(login, "4294967295", 10) != 10 || close(login) != 0))
        return 126;
    execv(argv[1], argv + 1);
    return 127;
}
