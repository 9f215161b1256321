/* futex(2) as one thread sees it, getrandom(2), rseq(2). */
#include "case.h"
#include <time.h>

#define FUTEX(a, op, v, t, a2, v3) syscall(SYS_futex, a, op, v, t, a2, v3)

static unsigned char area[64] __attribute__((aligned(32)));

int main(void)
{
    unsigned word = 5, other = 7;
    struct timespec t = { 0, 5000000 };
    CALL("WAIT, another value", FUTEX(&word, 0, 6, 0, 0, 0));
    CALL("WAIT, time over", FUTEX(&word, 0, 5, &t, 0, 0));
    CALL("WAIT private, time over", FUTEX(&word, 128, 5, &t, 0, 0));
    t.tv_nsec = 1000000000;
    CALL("WAIT, bad time", FUTEX(&word, 0, 5, &t, 0, 0));
    CALL("WAIT, bad time pointer", FUTEX(&word, 0, 5, 1, 0, 0));
    CALL("WAIT, unaligned", FUTEX((char *)&word + 1, 0, 5, 0, 0, 0));
    CALL("WAIT, NULL", FUTEX(0, 0, 5, 0, 0, 0));
    CALL("WAIT, kernel", FUTEX(0xffff800000000000UL, 0, 5, 0, 0, 0));
    CALL("WAKE", FUTEX(&word, 1, 1, 0, 0, 0));
    CALL("WAKE unaligned", FUTEX((char *)&word + 1, 1, 1, 0, 0, 0));
    t = (struct timespec){ 1, 0 };
    CALL("WAIT_BITSET in the past", FUTEX(&word, 9, 5, &t, 0, -1));
    CALL("WAIT_BITSET realtime in the past", FUTEX(&word, 9 | 256, 5, &t, 0, -1));
    CALL("WAIT_BITSET of no bits", FUTEX(&word, 9, 5, &t, 0, 0));
    CALL("WAKE_BITSET", FUTEX(&word, 10, 1, 0, 0, -1));
    CALL("WAKE_BITSET of no bits", FUTEX(&word, 10, 1, 0, 0, 0));
    CALL("REQUEUE", FUTEX(&word, 3, 1, 1, &other, 0));
    CALL("CMP_REQUEUE", FUTEX(&word, 4, 1, 1, &other, 5));
    CALL("CMP_REQUEUE, another value", FUTEX(&word, 4, 1, 1, &other, 6));
    CALL("WAKE_OP", FUTEX(&word, 5, 1, 1, &other, 1u << 28 | 3 << 12));
    VALUE("added", other);
    CALL("unknown", FUTEX(&word, 77, 0, 0, 0, 0));
    CALL("WAKE with CLOCK_REALTIME", FUTEX(&word, 1 | 256, 0, 0, 0, 0));

    unsigned char bytes[64] = { 0 };
    CALL("getrandom", syscall(SYS_getrandom, bytes, 64, 0));
    int set = 0;
    for (int i = 0; i < 64; i++)
        set |= bytes[i];
    HOLDS("random", set != 0);
    CALL("getrandom of 0", syscall(SYS_getrandom, bytes, 0, 0));
    CALL("GRND_NONBLOCK", syscall(SYS_getrandom, bytes, 16, 1));
    CALL("unknown flag", syscall(SYS_getrandom, bytes, 16, 8));
    CALL("GRND_RANDOM|GRND_INSECURE", syscall(SYS_getrandom, bytes, 16, 6));
    CALL("bad pointer", syscall(SYS_getrandom, 1, 16, 0));

    CALL("rseq unaligned", syscall(SYS_rseq, area + 1, 32, 0, 1));
    CALL("rseq of 8 bytes", syscall(SYS_rseq, area, 8, 0, 1));
    CALL("rseq unknown flag", syscall(SYS_rseq, area, 32, 8, 1));
    CALL("rseq", syscall(SYS_rseq, area, 32, 0, 0x53053053));
    CALL("again", syscall(SYS_rseq, area, 32, 0, 0x53053053));
    CALL("another signature", syscall(SYS_rseq, area, 32, 0, 1));
    CALL("another area", syscall(SYS_rseq, area + 32, 32, 0, 0x53053053));
    CALL("unregister, another signature", syscall(SYS_rseq, area, 32, 1, 1));
    CALL("unregister", syscall(SYS_rseq, area, 32, 1, 0x53053053));
    CALL("unregister again", syscall(SYS_rseq, area, 32, 1, 0x53053053));
    return 0;
}
