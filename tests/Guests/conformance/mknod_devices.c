/* mknod(2) of devices: a node opens the device that its number names, ENXIO where there is none, EPERM without CAP_MKNOD. */
#include "case.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static char folder[] = "/tmp/mknodXXXXXX";

static int make(const char *name, mode_t mode, unsigned major, unsigned minor)
{
    return mknod(name, mode, makedev(major, minor));
}

/* What a node of some device does. */
static void use(const char *name, unsigned minor)
{
    char bytes[16];
    char is_clear[16] = {0};
    CALL("make a memory device", make(name, S_IFCHR | 0600, 1, minor));
    int fd = open(name, O_RDWR);
    VALUE("it opens", fd >= 0);
    memset(bytes, 'x', sizeof bytes);
    CALL("its bytes", read(fd, bytes, sizeof bytes));
    VALUE("are zeros", !memcmp(bytes, is_clear, sizeof bytes));
    VALUE("are as they were", bytes[0] == 'x' && bytes[15] == 'x');
    CALL("write", write(fd, "abc", minor >= 8 ? 0 : 3));
    close(fd);
}

static void without_privilege(void)
{
    if (fork() == 0) {
        CALL("setuid", setuid(1000));
        CALL("a character device", make("open/c", S_IFCHR | 0666, 1, 3));
        CALL("a block device", make("open/b", S_IFBLK | 0666, 7, 0));
        CALL("over a name", make("open/file", S_IFCHR | 0666, 1, 3));
        CALL("in a closed directory", make("closed/c", S_IFCHR | 0666, 1, 3));
        CALL("in no directory", make("missing/c", S_IFCHR | 0666, 1, 3));
        CALL("a fifo", make("open/fifo", S_IFIFO | 0666, 0, 0));
        CALL("open what root made", close(open("null", O_WRONLY)));
        CALL("open what is root's alone", open("secret", O_WRONLY));
        fflush(stdout);
        _exit(0);
    }
    wait(0);
}

int main(void)
{
    struct stat st;
    umask(022);
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    chmod(".", 0755);
    use("null", 3);
    use("zero", 5);
    use("full", 7);
    use("random", 8);
    use("urandom", 9);

    CALL("stat", stat("null", &st));
    VALUE("its mode", st.st_mode);
    VALUE("its device", st.st_rdev == makedev(1, 3));
    VALUE("its size", st.st_size);
    CALL("make it again", make("null", S_IFCHR | 0666, 1, 5));
    CALL("its umask", make("masked", S_IFCHR | 0666, 1, 3));
    stat("masked", &st);
    VALUE("masked", st.st_mode);
    CALL("open without a right", (make("secret", S_IFCHR, 1, 3), chmod("secret", 0)));
    CALL("chmod", chmod("null", 0666));
    CALL("truncate", truncate("null", 0));
    CALL("open O_TRUNC", close(open("null", O_WRONLY | O_TRUNC)));
    CALL("open O_CREAT", close(open("null", O_WRONLY | O_CREAT, 0600)));
    CALL("open O_DIRECTORY", open("null", O_RDONLY | O_DIRECTORY));
    CALL("open O_PATH", close(open("null", O_PATH)));
    CALL("rename", rename("masked", "renamed"));
    CALL("link", link("renamed", "linked"));
    stat("linked", &st);
    VALUE("the link's device", st.st_rdev == makedev(1, 3));

    /* Major 120 is for experiments: nobody has a driver for it. */
    CALL("a device without driver", make("nobody", S_IFCHR | 0666, 120, 7));
    CALL("open it", open("nobody", O_RDWR));
    CALL("a large number", make("large", S_IFCHR | 0666, 120, 0xFFFFF));
    stat("large", &st);
    VALUE("its minor", minor(st.st_rdev));
    CALL("a block device without driver", make("block", S_IFBLK | 0666, 120, 7));
    CALL("open the block device", open("block", O_RDWR));
    stat("block", &st);
    VALUE("its kind", st.st_mode & S_IFMT);

    /* Terminals: this process may have none. */
    setsid();
    CALL("a terminal's node", make("tty", S_IFCHR | 0666, 5, 0));
    CALL("without a terminal", open("tty", O_RDWR));
    CALL("the multiplexer", make("ptmx", S_IFCHR | 0666, 5, 2));

    mkdir("open", 0777);
    chmod("open", 0777);
    mkdir("closed", 0755);
    close(open("open/file", O_CREAT | O_WRONLY, 0644));
    fflush(stdout);
    without_privilege();

    const char *names[] = {"null", "zero", "full", "random", "urandom", "secret", "renamed", "linked", "nobody", "large", "block", "tty", "ptmx",
                           "open/file", "open/fifo"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CALL("unlink", unlink(names[i]));
    CALL("rmdir", rmdir("open"));
    CALL("rmdir", rmdir("closed"));
    CALL("rmdir", (chdir("/"), rmdir(folder)));
    return 0;
}
