/*
 * The line discipline (termios(3)) through a pseudoterminal: what is typed into the master, what a program reads from the slave, and
 * what is shown. Each case starts with a fresh terminal.
 */
#define _GNU_SOURCE
#include "case.h"
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;
static struct termios modes;

static void print(const char *name, const char *bytes, long length)
{
    printf("%s: ", name);
    if (length < 0)
        printf("-%d", errno);
    else
        printf("%ld ", length);
    for (long i = 0; i < length; i++) {
        unsigned char c = bytes[i];
        if (c == '\n')
            printf("\\n");
        else if (c == '\r')
            printf("\\r");
        else if (c < 0x20 || c >= 0x7f || c == '\\')
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    putchar('\n');
}

static void begin(const char *name)
{
    printf("-- %s\n", name);
    master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    tcgetattr(slave, &modes);
}

static void apply(void) { tcsetattr(slave, TCSANOW, &modes); }

static void end(void)
{
    close(slave);
    close(master);
}

/* Everything that is shown within a short time. */
static void shown(void)
{
    char buffer[8192];
    long length = 0;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (length < (long)sizeof buffer && poll(&ready, 1, 60) > 0 && (ready.revents & POLLIN)) {
        long got = read(master, buffer + length, sizeof buffer - length);
        if (got <= 0)
            break;
        length += got;
    }
    print("shown", buffer, length);
}

static void type_bytes(const char *keys, long length)
{
    if (write(master, keys, length) != length)
        printf("typing failed\n");
    shown();
}

static void type(const char *keys) { type_bytes(keys, strlen(keys)); }

/* What a read finds, without waiting. */
static void take(long size)
{
    char buffer[8192];
    int flags = fcntl(slave, F_GETFL);
    fcntl(slave, F_SETFL, flags | O_NONBLOCK);
    long got = read(slave, buffer, size);
    print("read", buffer, got);
    fcntl(slave, F_SETFL, flags);
}

static void say(const char *text)
{
    if (write(slave, text, strlen(text)) != (long)strlen(text))
        printf("writing failed\n");
    shown();
}

static void unread(void)
{
    int count = -1;
    CALL("FIONREAD", ioctl(slave, FIONREAD, &count));
    VALUE("unread", count);
}

static void lines(void)
{
    begin("lines");
    type("abc");
    take(100);
    type("\n");
    unread();
    take(100);
    type("one\ntwo\n");
    unread();
    take(100);
    take(2);
    take(100);
    type("carriage\r");
    take(100);
    end();

    begin("end of file");
    type("\004");
    unread();
    take(100);
    take(100);
    type("abc\004");
    unread();
    take(100);
    take(100);
    type("abc\004");
    take(3);
    take(3);
    type("abc\004def\n");
    take(2);
    take(100);
    take(100);
    end();

    begin("VEOL and VEOL2");
    modes.c_cc[VEOL] = ';';
    modes.c_cc[VEOL2] = '!';
    apply();
    type("a;b!c\n");
    take(100);
    take(100);
    take(100);
    modes.c_lflag &= ~IEXTEN;
    apply();
    type("a!b;");
    take(100);
    end();

    begin("a line that is too long");
    static char line[5000];
    memset(line, 'x', sizeof line);
    type_bytes(line, 4094);
    type_bytes(line, 100);
    type("y\n");
    static char buffer[8192];
    long got = read(slave, buffer, sizeof buffer);
    VALUE("length", got);
    print("its end", buffer + got - 4, 4);
    end();
}

static void erasing(void)
{
    begin("VERASE");
    type("abc\177");
    type("\177\177\177\177");
    type("a\001b\177\177");
    type("x\ty\177\177\177");
    type("12345\t\t\177\177");
    type("\n");
    take(100);
    end();

    begin("VERASE without ECHOE");
    modes.c_lflag &= ~ECHOE;
    apply();
    type("abc\177\n");
    take(100);
    end();

    begin("VERASE without ECHOCTL");
    modes.c_lflag &= ~ECHOCTL;
    apply();
    type("a\001b\177\177\n");
    take(100);
    end();

    begin("VWERASE");
    type("one two_3 ++ ..\027\027\027\027\n");
    take(100);
    type("some words  here  \027\n");
    take(100);
    modes.c_lflag &= ~IEXTEN;
    apply();
    type("a b\027\n");
    take(100);
    end();

    begin("VKILL");
    type("some\tthing\001\025\n");
    take(100);
    modes.c_lflag &= ~ECHOKE;
    apply();
    type("some\025\n");
    take(100);
    modes.c_lflag &= ~ECHOK;
    apply();
    type("some\025\n");
    take(100);
    end();

    begin("ECHOPRT");
    modes.c_lflag |= ECHOPRT;
    apply();
    type("abc\177\177d\177\177\n");
    take(100);
    type("word other\027x\n");
    take(100);
    end();

    begin("UTF-8");
    modes.c_iflag |= IUTF8;
    apply();
    type("a\303\244\342\202\254\177\177\n");
    take(100);
    modes.c_iflag &= ~IUTF8;
    apply();
    type("a\303\244\177\n");
    take(100);
    end();

    begin("a tab after output");
    say("prompt> ");
    type("a\tb\177\177\177");
    type("\n");
    take(100);
    end();
}

static void keys(void)
{
    begin("VLNEXT");
    type("\026\177x\026\003\026\n\n");
    take(100);
    modes.c_lflag &= ~ECHOCTL;
    apply();
    type("\026\026\n");
    take(100);
    end();

    begin("VREPRINT");
    type("abc\001\022d\n");
    take(100);
    end();

    begin("echo");
    type("\001\002\033\t\010 \237 \n");
    take(100);
    modes.c_lflag &= ~ECHO;
    apply();
    type("hidden\n");
    take(100);
    modes.c_lflag |= ECHONL;
    apply();
    type("hidden\n");
    take(100);
    end();

    begin("translations of input");
    modes.c_iflag |= INLCR;
    modes.c_iflag &= ~ICRNL;
    modes.c_cc[VEOL] = ';';
    apply();
    type("a\nb\rc;");
    take(100);
    modes.c_iflag |= IGNCR;
    apply();
    type("a\rb\n;");
    take(100);
    modes.c_iflag |= ISTRIP;
    apply();
    type("\301\302;");
    take(100);
    modes.c_iflag = IUCLC;
    apply();
    type("ABC\304;");
    take(100);
    modes.c_iflag = PARMRK;
    apply();
    type("a\377b;");
    take(100);
    end();

    begin("stop and start");
    type("\023");
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    CALL("write while stopped", write(slave, "x", 1));
    struct pollfd ready = {.fd = slave, .events = POLLOUT};
    VALUE("poll while stopped", poll(&ready, 1, 0));
    type("ab");
    type("\021");
    CALL("write", write(slave, "y", 1));
    shown();
    modes.c_iflag |= IXANY;
    apply();
    type("\023");
    type("c");
    type("\n");
    take(100);
    CALL("TCOOFF", tcflow(slave, TCOOFF));
    CALL("write while held", write(slave, "x", 1));
    type("\021");
    CALL("write while held", write(slave, "x", 1));
    CALL("TCOON", tcflow(slave, TCOON));
    CALL("write", write(slave, "z", 1));
    shown();
    CALL("TCIOFF", tcflow(slave, TCIOFF));
    shown();
    CALL("TCION", tcflow(slave, TCION));
    shown();
    CALL("tcflow of nothing", tcflow(slave, 7));
    modes.c_iflag &= ~IXON;
    apply();
    type("\023\n");
    take(100);
    end();
}

static void output(void)
{
    begin("output");
    say("a\nb\rc\td\be\n");
    modes.c_oflag |= TABDLY;
    apply();
    say("\tx\ty\rz\t\n");
    modes.c_oflag = OPOST | OCRNL;
    apply();
    say("a\rb\n");
    modes.c_oflag = OPOST | ONOCR;
    apply();
    say("\ra\r\rb\n\r");
    modes.c_oflag = OPOST | ONLRET | ONOCR;
    apply();
    say("ab\n\rc\r");
    modes.c_oflag = OPOST | OLCUC;
    apply();
    say("abc\344\n");
    modes.c_oflag = 0;
    apply();
    say("a\n\r\tb");
    modes.c_oflag = OPOST | ONLCR;
    apply();
    static char text[3000];
    for (int i = 0; i < (int)sizeof text; i++)
        text[i] = i % 50 == 49 ? '\n' : 'a' + i % 26;
    CALL("a long write", write(slave, text, sizeof text));
    long sum = 0, length = 0;
    char buffer[8192];
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (poll(&ready, 1, 60) > 0) {
        long got = read(master, buffer, sizeof buffer);
        for (long i = 0; i < got; i++)
            sum = (sum * 31 + buffer[i]) % 1000003;
        length += got;
    }
    VALUE("shown bytes", length);
    VALUE("their sum", sum);
    end();
}

static void raw(void)
{
    begin("raw");
    cfmakeraw(&modes);
    apply();
    type_bytes("a\003\004\0\377\r\n\023", 8);
    unread();
    take(3);
    take(100);
    take(100);
    modes.c_cc[VMIN] = 0;
    apply();
    take(100);
    CALL("read with VMIN 0", read(slave, (char[10]){0}, 10));
    modes.c_cc[VMIN] = 3;
    apply();
    struct pollfd ready = {.fd = slave, .events = POLLIN};
    type("ab");
    VALUE("poll below VMIN", poll(&ready, 1, 0));
    type("c");
    VALUE("poll at VMIN", poll(&ready, 1, 0));
    char buffer[100];
    print("read", buffer, read(slave, buffer, 100));
    type("de");
    print("a smaller read", buffer, read(slave, buffer, 2));
    modes.c_cc[VTIME] = 1;
    apply();
    type("fg");
    VALUE("poll with VTIME", poll(&ready, 1, 0));
    print("read until VTIME", buffer, read(slave, buffer, 100));
    modes.c_cc[VMIN] = 0;
    apply();
    print("read with VTIME alone", buffer, read(slave, buffer, 100));
    end();

    begin("from raw to lines and back");
    modes.c_lflag &= ~(ICANON | ECHO);
    apply();
    type("abc");
    modes.c_lflag |= ICANON;
    apply();
    unread();
    take(100);
    type("def");
    unread();
    take(100);
    modes.c_lflag &= ~ICANON;
    apply();
    unread();
    take(100);
    type("x\ny\004z");
    take(100);
    end();

    begin("flushing");
    type("abc\n");
    CALL("TCIFLUSH", tcflush(slave, TCIFLUSH));
    unread();
    take(100);
    type("abc\n");
    tcsetattr(slave, TCSAFLUSH, &modes);
    take(100);
    CALL("TCOFLUSH", tcflush(slave, TCOFLUSH));
    CALL("TCIOFLUSH", tcflush(slave, TCIOFLUSH));
    CALL("tcflush of nothing", tcflush(slave, 5));
    end();

    begin("a full queue");
    modes.c_lflag &= ~(ICANON | ECHO);
    apply();
    static char line[4000];
    memset(line, 'x', sizeof line);
    VALUE("typed", write(master, line, 4000));
    VALUE("typed", write(master, line, 1000));
    usleep(50000);
    unread();
    long all = 0, got;
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    for (int i = 0; i < 20; i++) {
        while ((got = read(slave, line, sizeof line)) > 0)
            all += got;
        usleep(5000);
    }
    VALUE("read in all", all);
    end();
}

static void signals_without_session(void)
{
    /* Nobody is in the foreground: the keys still act on the queues. */
    begin("keys that make signals");
    type("abc");
    type("\003");
    type("\n");
    take(100);
    type("abc\003def\n");
    take(100);
    modes.c_lflag |= NOFLSH;
    apply();
    type("abc\034def\n");
    take(100);
    modes.c_lflag &= ~(ECHO | NOFLSH);
    apply();
    type("abc\032d\n");
    take(100);
    modes.c_lflag &= ~ISIG;
    apply();
    type("abc\003\n");
    take(100);
    end();
}

int main(void)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    lines();
    erasing();
    keys();
    output();
    raw();
    signals_without_session();
    return 0;
}
