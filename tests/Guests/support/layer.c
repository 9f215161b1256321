/* For tests of ABI layers: calls umask, and 600, which Linux does not have, and prints what they answer. */
#include "case.h"

int main(void)
{
    CALL("umask", syscall(SYS_umask, 0) < 0 ? -1 : 0);
    CALL("call 600", syscall(600, 40, 2));
    return 0;
}
