/* prctl(2): the operations that no other file has, their checks, and what they leave behind. */
#include "case.h"
#include <sys/prctl.h>
#include <sys/wait.h>

int main(void)
{
    int value = -1;
    char name[17] = "";

    CALL("PR_SET_PDEATHSIG", prctl(PR_SET_PDEATHSIG, 9));
    CALL("PR_GET_PDEATHSIG", prctl(PR_GET_PDEATHSIG, &value));
    VALUE("signal", value);
    CALL("signal 65", prctl(PR_SET_PDEATHSIG, 65));
    CALL("to nowhere", prctl(PR_GET_PDEATHSIG, 1));
    CALL("PR_SET_DUMPABLE 2", prctl(PR_SET_DUMPABLE, 2));
    CALL("PR_SET_NAME", prctl(PR_SET_NAME, "0123456789abcdefgh"));
    CALL("PR_GET_NAME", prctl(PR_GET_NAME, name));
    TEXT("name", name);
    CALL("from nowhere", prctl(PR_SET_NAME, 1));
    CALL("to nowhere", prctl(PR_GET_NAME, 1));
    CALL("PR_GET_TIMING", prctl(PR_GET_TIMING));
    CALL("PR_SET_TIMING statistical", prctl(PR_SET_TIMING, PR_TIMING_STATISTICAL));
    CALL("PR_SET_TIMING by timestamps", prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP));
    CALL("PR_GET_SECCOMP", prctl(PR_GET_SECCOMP));
    CALL("PR_SET_SECCOMP to an unknown mode", prctl(PR_SET_SECCOMP, 7));
    CALL("PR_GET_TSC", prctl(PR_GET_TSC, &value));
    VALUE("enabled", value == PR_TSC_ENABLE);
    CALL("PR_GET_TIMERSLACK", prctl(PR_GET_TIMERSLACK));
    CALL("PR_SET_TIMERSLACK", prctl(PR_SET_TIMERSLACK, 1000));
    CALL("PR_GET_TIMERSLACK", prctl(PR_GET_TIMERSLACK));
    CALL("back to the default", prctl(PR_SET_TIMERSLACK, 0));
    CALL("PR_GET_TIMERSLACK", prctl(PR_GET_TIMERSLACK));
    CALL("PR_SET_CHILD_SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 7));
    CALL("PR_GET_CHILD_SUBREAPER", prctl(PR_GET_CHILD_SUBREAPER, &value));
    VALUE("subreaper", value);
    CALL("PR_GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL("with an argument", prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CALL("PR_SET_NO_NEW_PRIVS to 0", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL("PR_GET_THP_DISABLE", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    CALL("PR_SET_THP_DISABLE", prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
    CALL("PR_GET_THP_DISABLE", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    CALL("with more arguments", prctl(PR_SET_THP_DISABLE, 1, 9, 0, 0));
    CALL("PR_CAP_AMBIENT, unknown", prctl(PR_CAP_AMBIENT, 9, 0, 0, 0));
    CALL("PR_CAP_AMBIENT, no capability", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 99, 0, 0));
    CALL("of another processor", prctl(PR_GET_FPEXC, &value));
    CALL("of another processor", prctl(PR_GET_ENDIAN, &value));
    CALL("of another processor", prctl(PR_GET_UNALIGN, &value));
    CALL("unknown", prctl(12345));

    /* capabilities(7), the securebits: each has a lock, and PR_SET_KEEPCAPS is one of them. */
    CALL("PR_GET_SECUREBITS", prctl(PR_GET_SECUREBITS));
    CALL("PR_SET_KEEPCAPS", prctl(PR_SET_KEEPCAPS, 1));
    CALL("PR_GET_SECUREBITS", prctl(PR_GET_SECUREBITS));
    CALL("PR_SET_SECUREBITS", prctl(PR_SET_SECUREBITS, 1));
    CALL("PR_GET_KEEPCAPS", prctl(PR_GET_KEEPCAPS));
    CALL("PR_SET_KEEPCAPS to 2", prctl(PR_SET_KEEPCAPS, 2));
    CALL("no such bit", prctl(PR_SET_SECUREBITS, 0x1000));
    fflush(stdout);
    pid_t child = case_fork();
    if (child == 0) {
        CALL("lock SECBIT_KEEP_CAPS", prctl(PR_SET_SECUREBITS, 0x21));
        CALL("set it", prctl(PR_SET_SECUREBITS, 0x31));
        CALL("unlock it", prctl(PR_SET_SECUREBITS, 0x01));
        CALL("PR_SET_KEEPCAPS", prctl(PR_SET_KEEPCAPS, 1));
        CALL("another bit", prctl(PR_SET_SECUREBITS, 0x20));
        CALL("PR_GET_SECUREBITS", prctl(PR_GET_SECUREBITS));
        setuid(1000);
        CALL("without privilege", prctl(PR_SET_SECUREBITS, 0x20));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &value, 0);
    VALUE("child", value);
    CALL("PR_GET_SECUREBITS of the parent", prctl(PR_GET_SECUREBITS));
    return 0;
}
