/*
 * Plays a user at a terminal: runs a command on a pseudoterminal, types what a script says and prints what was shown.
 *
 *   ptydriver SCRIPT COMMAND [ARGUMENT…]
 *
 * Lines of the script (empty ones and those with # are skipped); texts know \n \r \t \e \\ and \xHH:
 *   expect TEXT     waits until TEXT is shown, and prints everything up to it, numbers of three digits and more,
 *                   and those of new jobs, as N
 *   send TEXT       types
 *   paste N         types N bytes of every value
 *   size ROWS COLS  makes the window another size
 *   sleep MS        waits
 *   signal N        sends a signal to the command
 *   modes           prints whether the terminal is set as it was at the start
 *   hangup          closes the terminal
 *   wait            waits for the command's end and prints how it ended, and what was shown since
 * A text that is not shown within 60 seconds ends it with exit code 1.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 60

static int master = -1;
static char shown[1 << 20];
static size_t length, printed;
static struct termios first;

static size_t decode(char *text)
{
    char *to = text;
    for (char *from = text; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        switch (*++from) {
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case 'e': *to++ = '\033'; break;
        case 'x': {
            char digits[3] = {from[1], from[2], 0};
            *to++ = (char)strtol(digits, 0, 16);
            from += 2;
            break;
        }
        default: *to++ = *from;
        }
    }
    *to = 0;
    return to - text;
}

/* Prints a piece of what was shown so that it can be compared between runs. */
static void print(size_t end)
{
    fputs("> ", stdout);
    for (size_t i = printed; i < end;) {
        size_t digits = 0;
        while (i + digits < end && isdigit((unsigned char)shown[i + digits]))
            digits++;
        int is_job = digits > 0 && i >= 2 && shown[i - 1] == ' ' && shown[i - 2] == ']';
        if (digits >= 3 || is_job) {
            putchar('N');
            i += digits;
            continue;
        }
        unsigned char c = shown[i++];
        if (c == '\n')
            fputs("\\n\n> ", stdout);
        else if (c == '\r')
            fputs("\\r", stdout);
        else if (c < 0x20 || c == 0x7f || c == '\\')
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    putchar('\n');
    fflush(stdout);
    printed = end;
}

/* Takes what the terminal shows within a time; 0 when there was nothing, -1 at its end. */
static int take(int milliseconds)
{
    if (master < 0)
        return -1;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    if (poll(&ready, 1, milliseconds) <= 0)
        return 0;
    if (length == sizeof shown)
        return -1;
    ssize_t got = read(master, shown + length, sizeof shown - length);
    if (got <= 0)
        return -1;
    length += got;
    return 1;
}

static int expect(const char *text, size_t size)
{
    time_t end = time(0) + PATIENCE;
    while (time(0) < end) {
        char *found = memmem(shown + printed, length - printed, text, size);
        if (found) {
            print(found + size - shown);
            return 1;
        }
        if (take(200) < 0) {
            if (!memmem(shown + printed, length - printed, text, size))
                break;
        }
    }
    print(length);
    printf("not shown: %s\n", text);
    return 0;
}

static void type(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t done = write(master, text, size);
        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            printf("cannot type: %s\n", strerror(errno));
            return;
        }
        if (done > 0) {
            text += done;
            size -= done;
        }
        take(0);
    }
}

static void paste(long count)
{
    unsigned state = 4711;
    char piece[1000];
    while (count > 0) {
        size_t size = count < (long)sizeof piece ? count : sizeof piece;
        for (size_t i = 0; i < size; i++) {
            state = state * 1103515245 + 12345;
            piece[i] = (char)(state >> 16);
        }
        type(piece, size);
        count -= size;
    }
}

static pid_t start(char **command)
{
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        perror("ptydriver");
        exit(2);
    }
    ioctl(master, TIOCSWINSZ, &(struct winsize){24, 80, 0, 0});
    tcgetattr(master, &first);
    char name[64];
    snprintf(name, sizeof name, "%s", ptsname(master));
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* keeps the terminal's settings readable until the end */
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int fd = open(name, O_RDWR);
        for (int i = 0; i < 3; i++)
            dup2(fd, i);
        if (fd > 2)
            close(fd);
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    close(slave);
    return pid;
}

static void finish(pid_t pid)
{
    int status = 0;
    time_t end = time(0) + PATIENCE;
    pid_t ended;
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && time(0) < end)
        if (take(50) < 0)
            usleep(50000);
    while (take(50) > 0)
        ;
    if (length > printed)
        print(length);
    if (ended == 0) {
        printf("it did not end\n");
        kill(pid, SIGKILL);
        exit(1);
    }
    /* As a shell says it, and as kpio does: 128 and the signal. */
    printf("ended with %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static int same_modes(void)
{
    struct termios now;
    tcgetattr(master, &now);
    return now.c_iflag == first.c_iflag && now.c_oflag == first.c_oflag && now.c_cflag == first.c_cflag && now.c_lflag == first.c_lflag
        && !memcmp(now.c_cc, first.c_cc, sizeof now.c_cc);
}

int main(int argc, char **argv)
{
    FILE *script = argc > 2 ? fopen(argv[1], "r") : 0;
    if (!script) {
        fprintf(stderr, "usage: ptydriver SCRIPT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    pid_t pid = start(argv + 2);
    char line[4096];
    int good = 1;
    while (good && fgets(line, sizeof line, script)) {
        line[strcspn(line, "\n")] = 0;
        if (!*line || *line == '#')
            continue;
        char *text = strchr(line, ' ');
        if (text)
            *text++ = 0;
        else
            text = line + strlen(line);
        if (!strcmp(line, "send"))
            type(text, decode(text));
        else if (!strcmp(line, "paste"))
            paste(atol(text));
        else if (!strcmp(line, "expect"))
            good = expect(text, decode(text));
        else if (!strcmp(line, "size")) {
            struct winsize size = {0};
            sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col);
            ioctl(master, TIOCSWINSZ, &size);
        } else if (!strcmp(line, "sleep")) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            long end = until.tv_sec * 1000 + until.tv_nsec / 1000000 + atol(text);
            for (;;) {
                clock_gettime(CLOCK_MONOTONIC, &until);
                long left = end - (until.tv_sec * 1000 + until.tv_nsec / 1000000);
                if (left <= 0)
                    break;
                if (take(left) < 0)
                    usleep(left * 1000);
            }
        } else if (!strcmp(line, "signal"))
            kill(pid, atoi(text));
        else if (!strcmp(line, "modes"))
            printf("modes: %s\n", same_modes() ? "as at the start" : "others");
        else if (!strcmp(line, "hangup")) {
            close(master);
            master = -1;
        } else if (!strcmp(line, "wait"))
            finish(pid);
        else {
            fprintf(stderr, "ptydriver: unknown line: %s\n", line);
            good = 0;
        }
        fflush(stdout);
    }
    if (!good)
        kill(pid, SIGKILL);
    return good ? 0 : 1;
}
