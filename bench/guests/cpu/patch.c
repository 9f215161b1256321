/* Code that changes itself, as a just-in-time compiler's does: the operand of an instruction is written anew, then it runs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
    /* mov eax, NUMBER; add eax, edi; ret */
    static const uint8_t code[] = { 0xb8, 0, 0, 0, 0, 0x01, 0xf8, 0xc3 };
    long patches = argc > 1 ? atol(argv[1]) : 20000;
    uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 1;
    memcpy(page, code, sizeof code);
    uint32_t (*function)(uint32_t) = (uint32_t (*)(uint32_t))page;
    uint32_t sum = 0;
    for (long i = 0; i < patches; i++) {
        *(volatile uint32_t *)(page + 1) = (uint32_t)i * 2654435761u;
        sum = function(sum) * 31;
    }
    printf("%08x\n", sum);
}
