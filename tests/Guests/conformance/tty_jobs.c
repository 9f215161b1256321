/*
 * Job control (termios(3), credentials(7), setpgid(2), ioctl_tty(2)): controlling terminals, foreground and background, keys that make
 * signals, hangup. Each case runs in a session of its own, whose leader reports here through a pipe.
 */
#define _GNU_SOURCE
#include "case.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static int master, slave;
static char name[64];
static volatile sig_atomic_t caught[65];

static void settle(void) { usleep(30000); }

static void on_signal(int signal) { caught[signal]++; }

static void catch(int signal, int flags)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    sigaction(signal, &action, 0);
}

static pid_t split(void)
{
    fflush(stdout);
    return fork();
}

static void make(void)
{
    int number;
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    ioctl(master, TIOCGPTN, &number);
    ioctl(master, TIOCSPTLCK, &(int){0});
    snprintf(name, sizeof name, "/dev/pts/%d", number);
}

/* Runs a case as the leader of a new session whose terminal is the slave; the parent keeps the master. */
static void in_session(const char *title, void (*leader)(void), void (*parent)(pid_t))
{
    printf("-- %s\n", title);
    fflush(stdout);
    make();
    pid_t pid = split();
    if (pid == 0) {
        setsid();
        slave = open(name, O_RDWR);
        if (!parent)
            close(master);
        leader();
        fflush(stdout);
        _exit(7);
    }
    int status = 0;
    if (parent)
        parent(pid);
    waitpid(pid, &status, 0);
    printf("status of the leader: %x\n", status);
    close(master);
}

static void report(const char *what, pid_t pid, int options)
{
    int status = 0;
    pid_t found = waitpid(pid, &status, options);
    if (found != pid)
        printf("%s: wait %d\n", what, found == -1 ? -errno : (int)found);
    else if (WIFSTOPPED(status))
        printf("%s: stopped by %d\n", what, WSTOPSIG(status));
    else if (WIFCONTINUED(status))
        printf("%s: continued\n", what);
    else if (WIFSIGNALED(status))
        printf("%s: killed by %d\n", what, WTERMSIG(status));
    else
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
    fflush(stdout);
}

static void controlling(void)
{
    int value = 0, tty;
    HOLDS("the slave is the controlling terminal", tcgetsid(slave) == getpid());
    HOLDS("the leader is in the foreground", tcgetpgrp(slave) == getpgrp());
    HOLDS("/dev/tty", (tty = open("/dev/tty", O_RDWR)) >= 0);
    CALL("write to it", write(tty, "x", 1));
    HOLDS("its group", tcgetpgrp(tty) == getpgrp());
    HOLDS("its name", ttyname(tty) != 0);
    close(tty);
    CALL("TIOCSCTTY again", ioctl(slave, TIOCSCTTY, 0));
    CALL("tcsetpgrp of no group", tcsetpgrp(slave, 999999));
    CALL("tcsetpgrp of a negative one", ioctl(slave, TIOCSPGRP, &(int){-1}));
    CALL("tcsetpgrp of another session", tcsetpgrp(slave, getpgid(getppid())));
    pid_t child = split();
    if (child == 0) {
        setpgid(0, 0);
        CALL("tcsetpgrp in the background, ignored", (signal(SIGTTOU, SIG_IGN), tcsetpgrp(slave, getpgrp())));
        HOLDS("now in the foreground", tcgetpgrp(slave) == getpgrp());
        CALL("a child in the session", ioctl(slave, TIOCSCTTY, 0));
        fflush(stdout);
        _exit(2);
    }
    report("the child", child, 0);
    child = split();
    if (child == 0) {
        CALL("setsid", setsid() > 0 ? 0 : -1);
        CALL("after setsid", open("/dev/tty", O_RDWR));
        CALL("TIOCGPGRP", ioctl(slave, TIOCGPGRP, &value));
        CALL("tcsetpgrp", tcsetpgrp(slave, getpgrp()));
        CALL("TIOCSCTTY of a taken terminal", ioctl(slave, TIOCSCTTY, 0));
        int other = open(name, O_RDWR);
        CALL("not adopted by open", open("/dev/tty", O_RDWR));
        close(other);
        if (geteuid() == 0)
            CALL("TIOCSCTTY of a stolen terminal", ioctl(slave, TIOCSCTTY, 1));
        fflush(stdout);
        _exit(3);
    }
    report("the child", child, 0);
    CALL("TIOCGPGRP after it", ioctl(slave, TIOCGPGRP, &value));
    CALL("/dev/tty after it", open("/dev/tty", O_RDWR));
}

static void no_controlling(void)
{
    signal(SIGHUP, SIG_IGN);
    CALL("TIOCNOTTY", ioctl(slave, TIOCNOTTY));
    pid_t child = split();
    if (child == 0) {
        setsid();
        int write_only = open(name, O_WRONLY);
        CALL("write only", open("/dev/tty", O_RDWR));
        close(write_only);
        int fd = open(name, O_RDWR | O_NOCTTY);
        CALL("with O_NOCTTY", open("/dev/tty", O_RDWR));
        int value;
        CALL("TIOCGPGRP", ioctl(fd, TIOCGPGRP, &value));
        CALL("TIOCNOTTY", ioctl(fd, TIOCNOTTY));
        CALL("TIOCSCTTY", ioctl(fd, TIOCSCTTY, 0));
        HOLDS("group", tcgetpgrp(fd) == getpgrp());
        pid_t inner = split();
        if (inner == 0) {
            CALL("TIOCNOTTY of a child", ioctl(fd, TIOCNOTTY));
            CALL("it has none", open("/dev/tty", O_RDWR));
            fflush(stdout);
            _exit(0);
        }
        report("the child", inner, 0);
        catch(SIGHUP, 0);
        catch(SIGCONT, 0);
        CALL("TIOCNOTTY of the leader", ioctl(fd, TIOCNOTTY));
        VALUE("SIGHUP", caught[SIGHUP]);
        VALUE("SIGCONT", caught[SIGCONT]);
        CALL("it has none", open("/dev/tty", O_RDWR));
        fflush(stdout);
        _exit(0);
    }
    report("the leader", child, 0);
}

static void background(void)
{
    struct termios modes;
    char buffer[100];
    pid_t child = split();
    if (child == 0) {
        setpgid(0, 0);
        settle();
        long got = read(slave, buffer, 100);
        _exit(got == 4 ? 4 : 99);
    }
    setpgid(child, child);
    report("a background reader", child, WUNTRACED);
    tcsetpgrp(slave, child);
    kill(-child, SIGCONT);
    settle();
    signal(SIGTTOU, SIG_IGN);
    write(master, "abc\n", 4);
    report("in the foreground", child, 0);
    tcsetpgrp(slave, getpgrp());

    child = split();
    if (child == 0) {
        signal(SIGTTOU, SIG_DFL);
        setpgid(0, 0);
        write(slave, "x", 1);
        _exit(5);
    }
    setpgid(child, child);
    report("a background writer", child, WUNTRACED);
    tcgetattr(slave, &modes);
    modes.c_lflag |= TOSTOP;
    tcsetattr(slave, TCSANOW, &modes);
    child = split();
    if (child == 0) {
        signal(SIGTTOU, SIG_DFL);
        setpgid(0, 0);
        write(slave, "x", 1);
        _exit(5);
    }
    setpgid(child, child);
    report("with TOSTOP", child, WUNTRACED);
    tcsetpgrp(slave, child);
    kill(child, SIGCONT);
    report("in the foreground", child, 0);
    tcsetpgrp(slave, getpgrp());

    child = split();
    if (child == 0) {
        signal(SIGTTOU, SIG_DFL);
        setpgid(0, 0);
        tcsetattr(slave, TCSANOW, &modes);
        _exit(6);
    }
    setpgid(child, child);
    report("tcsetattr in the background", child, WUNTRACED);
    kill(child, SIGKILL);
    report("it", child, 0);

    child = split();
    if (child == 0) {
        setpgid(0, 0);
        CALL("SIGTTOU ignored: write", write(slave, "x", 1));
        signal(SIGTTIN, SIG_IGN);
        CALL("SIGTTIN ignored: read", read(slave, buffer, 100));
        signal(SIGTTIN, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTTIN);
        sigprocmask(SIG_BLOCK, &set, 0);
        CALL("SIGTTIN blocked: read", read(slave, buffer, 100));
        sigprocmask(SIG_UNBLOCK, &set, 0);
        catch(SIGTTIN, 0);
        CALL("SIGTTIN caught: read", read(slave, buffer, 100));
        VALUE("SIGTTIN", caught[SIGTTIN]);
        catch(SIGTTOU, 0);
        CALL("SIGTTOU caught: tcsetpgrp", tcsetpgrp(slave, getpgrp()));
        CALL("SIGTTOU caught: tcflush", tcflush(slave, TCIFLUSH));
        VALUE("SIGTTOU", caught[SIGTTOU]);
        CALL("tcgetattr", tcgetattr(slave, &modes));
        CALL("window size", ioctl(slave, TIOCSWINSZ, &(struct winsize){1, 2, 3, 4}));
        fflush(stdout);
        _exit(0);
    }
    setpgid(child, child);
    report("signals", child, WUNTRACED);

    /* An orphaned group: its leader's parent ends, and nobody in the session looks after it. */
    int pipes[2];
    pipe(pipes);
    child = split();
    if (child == 0) {
        pid_t inner = split();
        if (inner == 0) {
            setpgid(0, 0);
            signal(SIGTTOU, SIG_DFL);
            char byte;
            usleep(100000);
            CALL("an orphan reads", read(slave, buffer, 100));
            CALL("an orphan writes with TOSTOP", write(slave, "x", 1));
            CALL("an orphan changes the group", tcsetpgrp(slave, getpgrp()));
            raise(SIGTSTP);
            CALL("an orphan does not stop", 0);
            fflush(stdout);
            write(pipes[1], &byte, 1);
            _exit(0);
        }
        setpgid(inner, inner);
        _exit(0);
    }
    report("the parent", child, 0);
    read(pipes[0], buffer, 1);
}

static void stopped_orphans(void)
{
    int pipes[2], go[2];
    char byte;
    pipe(pipes);
    pipe(go);
    pid_t child = split();
    if (child == 0) {
        setpgid(0, 0);
        pid_t inner = split();
        if (inner == 0) {
            catch(SIGHUP, SA_RESTART);
            catch(SIGCONT, SA_RESTART);
            setpgid(0, 0);
            raise(SIGSTOP);
            read(go[0], &byte, 1);
            VALUE("SIGHUP", caught[SIGHUP]);
            VALUE("SIGCONT", caught[SIGCONT]);
            fflush(stdout);
            write(pipes[1], &byte, 1);
            _exit(0);
        }
        setpgid(inner, inner);
        report("the job", inner, WUNTRACED);
        _exit(0);
    }
    report("its parent", child, 0);
    write(go[1], "g", 1);
    read(pipes[0], &byte, 1);
}

static void typed_keys(void)
{
    const char keys[] = "\003\034\032";
    const char *titles[] = {"Ctrl-C", "Ctrl-\\", "Ctrl-Z"};
    signal(SIGTTOU, SIG_IGN);
    for (int i = 0; i < 3; i++) {
        int ready[2];
        char byte;
        pipe(ready);
        pid_t child = split();
        if (child == 0) {
            setpgid(0, 0);
            tcsetpgrp(slave, getpgrp());
            pid_t second = split();
            if (second == 0) {
                write(ready[1], "a", 1);
                pause();
            }
            write(ready[1], "b", 1);
            pause();
        }
        read(ready[0], &byte, 1);
        read(ready[0], &byte, 1);
        settle();
        write(master, keys + i, 1);
        report(titles[i], child, WUNTRACED);
        kill(-child, SIGKILL);
        tcsetpgrp(slave, getpgrp());
        while (waitpid(-1, 0, WNOHANG) > 0)
            ;
    }
    catch(SIGINT, 0);
    catch(SIGTSTP, SA_RESTART);
    catch(SIGWINCH, SA_RESTART);
    char buffer[100];
    pid_t typist = split();
    if (typist == 0) {
        settle();
        write(master, "ab\003", 3);
        _exit(0);
    }
    CALL("a read ended by Ctrl-C", read(slave, buffer, 100));
    VALUE("SIGINT", caught[SIGINT]);
    report("typist", typist, 0);
    typist = split();
    if (typist == 0) {
        settle();
        write(master, "ab\032", 3);
        settle();
        ioctl(master, TIOCSWINSZ, &(struct winsize){5, 6, 0, 0});
        settle();
        write(master, "cd\n", 3);
        _exit(0);
    }
    CALL("a read that goes on after Ctrl-Z", read(slave, buffer, 100));
    VALUE("SIGTSTP", caught[SIGTSTP]);
    VALUE("SIGWINCH", caught[SIGWINCH]);
    report("typist", typist, 0);
    struct termios modes;
    tcgetattr(slave, &modes);
    modes.c_lflag |= NOFLSH;
    tcsetattr(slave, TCSANOW, &modes);
    write(master, "ab\003cd\n", 6);
    settle();
    VALUE("SIGINT with NOFLSH", caught[SIGINT]);
    CALL("the line", read(slave, buffer, 100));
    ioctl(slave, TIOCSWINSZ, &(struct winsize){5, 6, 0, 0});
    VALUE("SIGWINCH for the same size", caught[SIGWINCH]);
    CALL("TIOCSIG", ioctl(master, 0x40045436, SIGINT));
    settle();
    VALUE("SIGINT by the master", caught[SIGINT]);
}

static void hung_up_leader(void)
{
    catch(SIGHUP, SA_RESTART);
    catch(SIGCONT, SA_RESTART);
    close(master);
    pid_t child = split();
    if (child == 0) {
        signal(SIGHUP, SIG_DFL);
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, getpgrp());
        pause();
        _exit(0);
    }
    char buffer[100];
    signal(SIGTTIN, SIG_IGN);
    while (!caught[SIGHUP])
        usleep(10000);
    settle();
    VALUE("SIGHUP", caught[SIGHUP]);
    VALUE("SIGCONT", caught[SIGCONT]);
    CALL("read", read(slave, buffer, 100));
    CALL("write", write(slave, "x", 1));
    CALL("/dev/tty", open("/dev/tty", O_RDWR));
    VALUE("the foreground job lives", waitpid(child, 0, WNOHANG));
    fflush(stdout);
}

static void hang_up(pid_t leader)
{
    usleep(200000);
    close(master);
}

static void leader_ends(void)
{
    int pipes[2];
    pipe(pipes);
    pid_t child = split();
    if (child == 0) {
        catch(SIGHUP, 0);
        catch(SIGCONT, 0);
        write(pipes[1], "x", 1);
        usleep(300000);
        usleep(300000);
        VALUE("SIGHUP for the foreground", caught[SIGHUP]);
        VALUE("SIGCONT for the foreground", caught[SIGCONT]);
        CALL("its terminal", open("/dev/tty", O_RDWR));
        CALL("its file still writes", write(slave, "x", 1));
        fflush(stdout);
        _exit(0);
    }
    char byte;
    read(pipes[0], &byte, 1);
}

static void wait_for_the_rest(pid_t leader)
{
    int status;
    waitpid(leader, &status, 0);
    sleep(1);
}

int main(void)
{
    setvbuf(stdout, 0, _IOFBF, 1 << 16);
    in_session("controlling terminals", controlling, hang_up);
    in_session("no controlling terminal", no_controlling, 0);
    in_session("background", background, wait_for_the_rest);
    in_session("stopped orphans", stopped_orphans, wait_for_the_rest);
    in_session("keys", typed_keys, wait_for_the_rest);
    in_session("hangup", hung_up_leader, hang_up);
    in_session("the leader ends", leader_ends, wait_for_the_rest);
    return 0;
}
