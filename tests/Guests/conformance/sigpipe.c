/* pipe(7): a write without a reader ends the process with SIGPIPE: exit code 141. */
#include "case.h"

int main(void)
{
    int p[2];
    pipe(p);
    close(p[0]);
    printf("before\n");
    fflush(stdout);
    write(p[1], "x", 1);
    printf("not reached\n");
    return 0;
}
