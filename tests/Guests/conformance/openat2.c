/* openat2(2): walks that are held back; fifo(7): opens that wait for each other; renameat2(2) with RENAME_WHITEOUT. */
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define NO_XDEV 1
#define NO_MAGICLINKS 2
#define NO_SYMLINKS 4
#define BENEATH 8
#define IN_ROOT 0x10

static int open2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
    struct { uint64_t flags, mode, resolve; } how = { flags, 0, resolve };
    int fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0)
    {
        close(fd);
        return 0;
    }

    return fd;
}

int main(void)
{
    mkdir("root", 0755);
    mkdir("root/sub", 0755);
    close(creat("root/file", 0644));
    close(creat("root/sub/inner", 0644));
    close(creat("outside", 0644));
    symlink("file", "root/rel");
    symlink("/file", "root/abs");
    symlink("../outside", "root/up");
    symlink("../file", "root/sub/back");
    symlink("sub", "root/dir");
    int d = open("root", O_DIRECTORY), f = open("outside", O_RDONLY);
    char magic[40];
    snprintf(magic, 40, "/proc/self/fd/%d", f);
    CALL("unknown resolve flag", open2(d, "file", 0, 0x100));
    CALL("beneath and in root", open2(d, "file", 0, BENEATH | IN_ROOT));
    const char *paths[] = { "file", "sub/inner", "rel", "abs", "up", "../outside", "sub/../file", "sub/../../outside", "/file", "sub/back", "dir/inner", "sub/../..", "." };
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
    {
        printf("== %s\n", paths[i]);
        CALL("plain", paths[i][0] == '/' || !strcmp(paths[i], "abs") ? 0 : open2(d, paths[i], 0, 0));
        CALL("beneath", open2(d, paths[i], 0, BENEATH));
        CALL("in root", open2(d, paths[i], 0, IN_ROOT));
        CALL("no links", open2(d, paths[i], 0, NO_SYMLINKS) == -1 && errno == ENOENT ? 0 : open2(d, paths[i], 0, NO_SYMLINKS | BENEATH));
        CALL("a link itself", open2(d, paths[i], O_PATH | O_NOFOLLOW, NO_SYMLINKS | BENEATH));
    }

    CALL("magic link", open2(d, magic, 0, 0));
    CALL("no magic links", open2(d, magic, 0, NO_MAGICLINKS));
    CALL("no links", open2(d, magic, 0, NO_SYMLINKS));
    CALL("plain link without magic", open2(d, "rel", 0, NO_MAGICLINKS));
    CALL("to another mount", open2(AT_FDCWD, "/proc/version", 0, NO_XDEV));
    CALL("within one", open2(d, "sub/inner", 0, NO_XDEV));
    int proc = open("/proc", O_DIRECTORY);
    CALL("out of it by ..", open2(proc, "../etc", 0, NO_XDEV));
    CALL("not a directory", open2(f, "x", 0, BENEATH));
    CALL("bad descriptor", open2(99, "x", 0, BENEATH));
    CALL("created beneath", open2(d, "sub/new", O_CREAT | O_WRONLY, BENEATH));
    CALL("not outside", open2(d, "../new", O_CREAT | O_WRONLY, BENEATH));
    CALL("in the root instead", open2(d, "../new", O_CREAT | O_WRONLY, IN_ROOT));
    CALL("there", access("root/new", F_OK));

    /* Opening a fifo waits for the other side. */
    mkfifo("fifo", 0600);
    CALL("nobody reads", open("fifo", O_WRONLY | O_NONBLOCK));
    int pid = fork();
    if (pid == 0)
    {
        usleep(10000);
        int w = open("fifo", O_WRONLY);
        write(w, "x", 1);
        close(w);
        usleep(10000);
        int r = open("fifo", O_RDONLY);
        char c;
        _exit(read(r, &c, 1) == 1 && c == 'y');
    }

    int r = open("fifo", O_RDONLY);
    char c = 0;
    CALL("read", read(r, &c, 1));
    CALL("end", read(r, &c, 1));
    close(r);
    int w = open("fifo", O_WRONLY);
    CALL("write", write(w, "y", 1));
    int status;
    waitpid(pid, &status, 0);
    VALUE("child", WEXITSTATUS(status));
    signal(SIGPIPE, SIG_IGN);
    CALL("nobody reads any more", write(w, "z", 1));
    close(w);
    pid = fork();
    if (pid == 0)
    {
        open("fifo", O_RDONLY);
        _exit(1);
    }

    usleep(10000);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    CALL("whoever was killed waiting is gone", open("fifo", O_WRONLY | O_NONBLOCK));
    SUCCEEDS("both ways", open("fifo", O_RDWR));
    unlink("fifo");

    /* Whiteouts, in memory: the host would have to make a device. */
    char folder[] = "/tmp/kpio-whiteout-XXXXXX";
    chdir(mkdtemp(folder));
    close(creat("a", 0644));
    CALL("whiteout and exchange", syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 6));
    CALL("whiteout", syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 4));
    struct stat st;
    CALL("moved", stat("b", &st));
    CALL("left behind", stat("a", &st));
    HOLDS("a device", S_ISCHR(st.st_mode) && st.st_rdev == 0);
    VALUE("mode", st.st_mode & 07777);
    unlink("a");
    unlink("b");
    chdir("/");
    CALL("cleaned up", rmdir(folder));
    return 0;
}
