/* fcntl(2) F_NOTIFY: signals of changes in a directory. */
#include "case.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifndef F_NOTIFY
#define F_NOTIFY 1026
#endif
#ifndef DN_ACCESS
#define DN_ACCESS 1
#define DN_MODIFY 2
#define DN_CREATE 4
#define DN_DELETE 8
#define DN_RENAME 0x10
#define DN_ATTRIB 0x20
#define DN_MULTISHOT 0x80000000
#endif

static int d, e;

static void show(const char *name)
{
    sigset_t set;
    siginfo_t info;
    struct timespec now = { 0, 0 };
    sigemptyset(&set), sigaddset(&set, SIGIO), sigaddset(&set, 40);
    printf("%s:", name);
    while (sigtimedwait(&set, &info, &now) > 0)
    {
        printf(" %d/%d", info.si_signo, info.si_code);
        if (info.si_code != SI_KERNEL)
            printf("/%s/%#lx", info.si_fd == d ? "d" : info.si_fd == e ? "e" : "?", info.si_band);
    }

    printf("\n");
}

int main(void)
{
    sigset_t all;
    char c;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    mkdir("d", 0755);
    mkdir("e", 0755);
    d = open("d", O_RDONLY);
    e = open("e", O_RDONLY);
    int f = creat("file", 0644);
    CALL("of a file", fcntl(f, F_NOTIFY, DN_CREATE));
    CALL("of a place", fcntl(open("d", O_PATH), F_NOTIFY, DN_CREATE));
    CALL("none", fcntl(d, F_NOTIFY, 0));
    CALL("only more than once", fcntl(d, F_NOTIFY, DN_MULTISHOT));
    CALL("create", fcntl(d, F_NOTIFY, DN_CREATE));
    HOLDS("owner", fcntl(d, F_GETOWN) == getpid());
    close(creat("d/a", 0644));
    show("created");
    close(creat("d/b", 0644));
    show("told once");
    CALL("signal", fcntl(d, F_SETSIG, 40));
    fcntl(e, F_SETSIG, 40);
    CALL("create, each", fcntl(d, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
    close(creat("d/c", 0644));
    mkdir("d/sub", 0755);
    symlink("x", "d/link");
    link("d/a", "d/hard");
    show("four");
    int g = open("d/a", O_RDWR);
    write(g, "x", 1);
    pread(g, &c, 1, 0);
    fchmod(g, 0600);
    unlink("d/b");
    show("nothing else");
    CALL("more", fcntl(d, F_NOTIFY, DN_MODIFY | DN_MULTISHOT));
    write(g, "x", 1);
    show("written");
    ftruncate(g, 0);
    show("truncated");
    write(g, "xyz", 3);
    show("both kinds");
    CALL("access", fcntl(d, F_NOTIFY, DN_ACCESS | DN_MULTISHOT));
    pread(g, &c, 1, 0);
    show("read and written before");
    CALL("end", fcntl(d, F_NOTIFY, 0));
    write(g, "x", 1);
    show("ended");
    CALL("attributes", fcntl(d, F_NOTIFY, DN_ATTRIB | DN_MULTISHOT));
    fchmod(g, 0644);
    show("a mode");
    chmod("d", 0700);
    show("its own mode");
    chmod("d/sub", 0700);
    show("a directory's mode");
    chmod("d/sub", 0755);
    close(creat("d/sub/x", 0644));
    chmod("d/sub/x", 0600);
    show("not below");
    fcntl(d, F_NOTIFY, 0);
    CALL("delete", fcntl(d, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
    unlink("d/c");
    unlink("d/sub/x");
    rmdir("d/sub");
    show("two deleted");
    rename("d/hard", "d/soft");
    show("renamed inside");
    rename("d/soft", "e/soft");
    show("renamed away");
    fcntl(d, F_NOTIFY, 0);
    CALL("rename", fcntl(d, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    CALL("rename in the other", fcntl(e, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    rename("e/soft", "d/soft");
    show("from the other");
    rename("d/soft", "d/hard");
    show("inside");
    fcntl(e, F_NOTIFY, 0);
    CALL("all of them", fcntl(d, F_NOTIFY, DN_CREATE | DN_DELETE | DN_RENAME | DN_MULTISHOT));
    rename("d/hard", "d/soft");
    show("inside, all");

    /* Two files of one directory. */
    int twice = open("d", O_RDONLY);
    fcntl(twice, F_SETSIG, 40);
    fcntl(d, F_NOTIFY, 0);
    fcntl(d, F_NOTIFY, DN_DELETE | DN_MULTISHOT);
    e = twice;
    CALL("the second", fcntl(twice, F_NOTIFY, DN_DELETE));
    unlink("d/soft");
    show("both");
    unlink("d/a");
    show("one");

    /* A descriptor that is closed ends it, even where another is left. */
    int dup_ = dup(d);
    close(dup_);
    unlink("d/link");
    show("closed");
    fcntl(d, F_NOTIFY, DN_CREATE | DN_MULTISHOT);
    fflush(stdout);
    if (case_fork() == 0)
    {
        close(d);
        close(creat("d/n", 0644));
        _exit(0);
    }

    wait(NULL);
    show("closed by a child");
    return 0;
}
