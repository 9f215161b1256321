/* shmget(2), shmat(2), shmdt(2), shmctl(2). */
#include "case.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

#define PAGE 4096
#define ATTACH(id, at, flags) (char *)syscall(SYS_shmat, id, at, flags)

static int count(int id)
{
    struct shmid_ds ds;
    return shmctl(id, IPC_STAT, &ds) == 0 ? (int)ds.shm_nattch : -errno;
}

int main(void)
{
    int key = 0x4b500000 + getpid();
    CALL("of nothing", shmget(key, 100, 0600));
    CALL("size 0", shmget(key, 0, IPC_CREAT | 0600));
    CALL("all memory", shmget(key, -1, IPC_CREAT | 0600));
    int id = shmget(key, 3 * PAGE + 1, IPC_CREAT | IPC_EXCL | 0640);
    SUCCEEDS("shmget", id);
    CALL("again exclusively", shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600));
    HOLDS("again", shmget(key, 100, 0) == id);
    CALL("larger", shmget(key, 5 * PAGE, 0));
    int other = shmget(IPC_PRIVATE, PAGE, 0600);
    HOLDS("a private one is another", other >= 0 && other != id && shmget(IPC_PRIVATE, PAGE, 0600) != other);

    struct shmid_ds ds;
    CALL("IPC_STAT", shmctl(id, IPC_STAT, &ds));
    printf("size %lu mode %o key %d cpid %d lpid %d attachments %lu\n", (long)ds.shm_segsz, ds.shm_perm.mode, ds.shm_perm.__key == key, ds.shm_cpid == getpid(), ds.shm_lpid, (long)ds.shm_nattch);
    HOLDS("times", ds.shm_atime == 0 && ds.shm_dtime == 0 && ds.shm_ctime > 1600000000);

    char *p = ATTACH(id, 0, 0);
    HOLDS("shmat", p > (char *)0 && (long)p % PAGE == 0);
    HOLDS("zeros", p[0] == 0 && p[4 * PAGE - 1] == 0);
    char *q = ATTACH(id, 0, SHM_RDONLY);
    p[5] = 7;
    VALUE("twice", q[5]);
    VALUE("attachments", count(id));
    CALL("make it writable", mprotect(q, PAGE, PROT_READ | PROT_WRITE));
    CALL("at an unaligned address", ATTACH(id, (char *)0x50000001, 0));
    HOLDS("rounded", ATTACH(id, (char *)0x50000123, SHM_RND) == (char *)0x50000000);
    CALL("where something is", ATTACH(id, (char *)0x50001000, 0));
    HOLDS("remapped there", ATTACH(id, (char *)0x50001000, SHM_REMAP) == (char *)0x50001000);
    CALL("remap anywhere", ATTACH(id, 0, SHM_REMAP));
    CALL("a bad id", ATTACH(id + 12345, 0, 0));
    CALL("a negative id", ATTACH(-1, 0, 0));
    VALUE("at both", ((char *)0x50000005)[0] + ((char *)0x50001005)[0]);
    VALUE("attachments", count(id));
    CALL("shmdt", shmdt((char *)0x50001000));
    CALL("shmdt again", shmdt((char *)0x50001000));
    CALL("shmdt of the rest", shmdt((char *)0x50000000));
    CALL("shmdt of something else", shmdt(&ds));
    CALL("shmdt unaligned", shmdt(q + 1));

    char line[400], want[40];
    FILE *maps = fopen("/proc/self/maps", "r");
    sprintf(want, "/SYSV%08x", key);
    int shown = 0;
    while (fgets(line, sizeof line, maps))
        shown += strstr(line, want) != NULL;
    VALUE("in maps", shown);

    if (fork() == 0) {
        p[0] = 42;
        _exit(count(id));
    }
    int status;
    wait(&status);
    VALUE("attachments with a child", WEXITSTATUS(status));
    VALUE("what it stored", p[0]);
    VALUE("attachments without", count(id));

    CALL("munmap a part", munmap(p + PAGE, PAGE));
    VALUE("attachments in parts", count(id));
    CALL("shmdt of the parts", shmdt(p));
    VALUE("attachments", count(id));

    ds.shm_perm.mode = 0606;
    CALL("IPC_SET", shmctl(id, IPC_SET, &ds));
    shmctl(id, IPC_STAT, &ds);
    printf("mode %o\n", ds.shm_perm.mode);
    CALL("IPC_RMID while it is attached", shmctl(id, IPC_RMID, NULL));
    CALL("by its key", shmget(key, 100, 0));
    shmctl(id, IPC_STAT, &ds);
    printf("mode %o key %d attachments %lu\n", ds.shm_perm.mode, ds.shm_perm.__key, (long)ds.shm_nattch);
    VALUE("still there", q[5]);
    HOLDS("attached once more", ATTACH(id, 0, 0) != (char *)-1);
    CALL("shmdt", shmdt(q));
    VALUE("attachments", count(id));
    int second = shmget(key, PAGE, IPC_CREAT | 0600);
    char *s = ATTACH(second, 0, 0);
    shmctl(second, IPC_RMID, NULL);
    shmdt(s);
    CALL("gone with its last", shmctl(second, IPC_STAT, &ds));
    CALL("a bad command", shmctl(other, 1000, NULL));
    CALL("to a bad address", shmctl(other, IPC_STAT, (void *)8));
    CALL("SHM_LOCK", shmctl(other, SHM_LOCK, NULL));
    shmctl(other, IPC_STAT, &ds);
    printf("mode %o\n", ds.shm_perm.mode);
    CALL("IPC_RMID", shmctl(other, IPC_RMID, NULL));
    CALL("IPC_RMID again", shmctl(other, IPC_RMID, NULL));

    /* As somebody else. */
    int mine = shmget(IPC_PRIVATE, PAGE, 0604);
    if (fork() == 0) {
        if (setresuid(1000, 1000, 1000) == 0) {
            CALL("attach another's for writing", ATTACH(mine, 0, 0));
            HOLDS("for reading", ATTACH(mine, 0, SHM_RDONLY) != (char *)-1);
            CALL("change another's", shmctl(mine, IPC_SET, &ds));
            CALL("remove another's", shmctl(mine, IPC_RMID, NULL));
        }
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    shmctl(mine, IPC_RMID, NULL);
    return 0;
}
