/* The xattr family (xattr(7)): names, values, and who may. */
#include "case.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* The order of names is the file system's own. */
static void list(const char *name, const char *path, int follow)
{
    char b[512];
    long n = follow ? listxattr(path, b, sizeof b) : llistxattr(path, b, sizeof b);
    int seen[4] = { 0 }, others = 0;
    for (char *p = b; p < b + n; p += strlen(p) + 1)
    {
        if (strcmp(p, "user.a") == 0) seen[0]++;
        else if (strcmp(p, "user.b") == 0) seen[1]++;
        else if (strcmp(p, "trusted.t") == 0) seen[2]++;
        else if (strcmp(p, "security.s") == 0) seen[3]++;
        else others++;
    }

    printf("%s: %ld, %d %d %d %d and %d\n", name, n, seen[0], seen[1], seen[2], seen[3], others);
}

int main(void)
{
    /* A file of the host, as the starting folder's are, has no attributes in KPIO: what is made here lies in memory there. */
    char b[300], big[70000] = { 0 }, folder[] = "/tmp/kpio-xattr-XXXXXX";
    chdir(mkdtemp(folder));
    chmod(".", 0755);
    int f = open("f", O_RDWR | O_CREAT, 0644);
    mkdir("d", 0755);
    symlink("f", "l");
    mkfifo("p", 0600);
    CALL("none yet", listxattr("f", b, 300));
    CALL("missing", getxattr("f", "user.a", b, 300));
    CALL("missing file", getxattr("nothing", "user.a", b, 300));
    CALL("set", setxattr("f", "user.a", "value", 5, 0));
    CALL("get", getxattr("f", "user.a", b, 300));
    HOLDS("value", memcmp(b, "value", 5) == 0);
    CALL("length", getxattr("f", "user.a", NULL, 0));
    CALL("too small", getxattr("f", "user.a", b, 4));
    CALL("create what is there", setxattr("f", "user.a", "x", 1, XATTR_CREATE));
    CALL("replace what is not there", setxattr("f", "user.b", "x", 1, XATTR_REPLACE));
    CALL("create", setxattr("f", "user.b", "", 0, XATTR_CREATE));
    CALL("empty value", getxattr("f", "user.b", b, 300));
    CALL("replace", fsetxattr(f, "user.a", "longer value", 12, XATTR_REPLACE));
    CALL("by descriptor", fgetxattr(f, "user.a", b, 300));
    CALL("unknown flag", setxattr("f", "user.a", "x", 1, 4));
    CALL("no name", setxattr("f", "", "x", 1, 0));
    CALL("only the space", setxattr("f", "user.", "x", 1, 0));
    CALL("unknown space", setxattr("f", "other.a", "x", 1, 0));
    CALL("no space", getxattr("f", "name", b, 300));
    CALL("unknown space to read", getxattr("f", "other.a", b, 300));
    memset(b, 'a', 299);
    memcpy(b, "user.", 5);
    b[256] = 0;
    CALL("name of 256", setxattr("f", b, "x", 1, 0));
    CALL("value too long", setxattr("f", "user.big", big, 65537, 0));
    CALL("bad name", setxattr("f", (char *)8, "x", 1, 0));
    CALL("bad value", setxattr("f", "user.c", (char *)8, 1, 0));
    CALL("bad buffer", getxattr("f", "user.a", (char *)8, 300));
    CALL("trusted", setxattr("f", "trusted.t", "t", 1, 0));
    CALL("security", setxattr("f", "security.s", "s", 1, 0));
    list("all", "f", 1);
    CALL("length of the list", listxattr("f", NULL, 0) > 0);
    CALL("list too small", listxattr("f", b, 3));
    CALL("through a link", getxattr("l", "user.a", b, 300));
    CALL("of a link", lsetxattr("l", "user.a", "x", 1, 0));
    CALL("of a link to read", lgetxattr("l", "user.a", b, 300));
    CALL("trusted of a link", lsetxattr("l", "trusted.t", "x", 1, 0));
    list("of the link", "l", 0);
    CALL("of a fifo", setxattr("p", "user.a", "x", 1, 0));
    CALL("of a directory", setxattr("d", "user.a", "x", 1, 0));
    CALL("of a device", getxattr("/dev/null", "user.a", b, 300));
    int where = open("f", O_PATH);
    CALL("of a place", fgetxattr(where, "user.a", b, 300));
    CALL("of nothing", flistxattr(99, b, 300));
    struct stat before, after;
    stat("f", &before);
    usleep(20000);
    int in = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(in, "f", IN_ALL_EVENTS);
    CALL("remove", removexattr("f", "user.b"));
    stat("f", &after);
    HOLDS("changed", before.st_ctim.tv_nsec != after.st_ctim.tv_nsec || before.st_ctim.tv_sec != after.st_ctim.tv_sec);
    HOLDS("content not", before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    struct inotify_event e = { 0 };
    CALL("told", read(in, &e, sizeof e));
    VALUE("as attributes", e.mask);
    CALL("remove again", fremovexattr(f, "user.b"));
    CALL("remove of a link", lremovexattr("l", "user.b"));
    int pid = fork();
    if (pid == 0)
    {
        chmod("f", 0644);
        chmod("d", 01777);
        if (setgid(1000) || setuid(1000))
            _exit(1);
        CALL("as another user: get", getxattr("f", "user.a", b, 300));
        CALL("set", setxattr("f", "user.a", "x", 1, 0));
        CALL("remove", removexattr("f", "user.a"));
        CALL("trusted", getxattr("f", "trusted.t", b, 300));
        CALL("set trusted", setxattr("f", "trusted.t", "x", 1, 0));
        CALL("security", getxattr("f", "security.s", b, 300));
        CALL("set security", setxattr("f", "security.s", "x", 1, 0));
        CALL("a sticky directory", setxattr("d", "user.b", "x", 1, 0));
        list("list", "f", 1);
        fflush(stdout);
        _exit(0);
    }

    int status;
    waitpid(pid, &status, 0);
    VALUE("child", status);
    chmod("f", 0);
    CALL("root reads all", getxattr("f", "user.a", b, 300));
    rename("f", "g");
    CALL("they move along", getxattr("g", "user.a", b, 300));
    link("g", "h");
    setxattr("h", "user.a", "one", 3, 0);
    CALL("one file", getxattr("g", "user.a", b, 300));
    const char *made[] = { "g", "h", "l", "p" };
    for (int i = 0; i < 4; i++)
        unlink(made[i]);
    rmdir("d");
    chdir("/");
    CALL("cleaned up", rmdir(folder));
    return 0;
}
