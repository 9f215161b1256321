/* Measure 6: the kernel's half cannot be mapped, protected, unmapped or pointed to. */
#include "case.h"
#include <sys/mman.h>

int main(void)
{
    unsigned long addresses[] = { 0x7ffffffff000, 0x800000000000, 0xffff800000000000, 0xffffffffff600000, 0xfffffffffffff000 };
    for (unsigned i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        void *p = (void *)addresses[i];
        CALL("mmap MAP_FIXED", syscall(SYS_mmap, p, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        HOLDS("mmap with a hint goes elsewhere", (unsigned long)mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < 0x7ffffffff000);
        CALL("mprotect", syscall(SYS_mprotect, p, 4096, PROT_READ));
        CALL("munmap", syscall(SYS_munmap, p, 4096));
        CALL("madvise", syscall(SYS_madvise, p, 4096, MADV_DONTNEED));
    }
    CALL("mmap of everything", syscall(SYS_mmap, 0, 0x7fffffffffffffff, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    CALL("munmap of everything above", syscall(SYS_munmap, 0x7f0000000000, 0xffffffffffffffff - 0x7f0000000000));
    CALL("FS in the kernel's half", syscall(SYS_arch_prctl, 0x1002, 0xffff800000000000));
    CALL("GS in the kernel's half", syscall(SYS_arch_prctl, 0x1001, 0xffff800000000000));
    CALL("FS not canonical", syscall(SYS_arch_prctl, 0x1002, 0x1234567812345678));
    return 0;
}
