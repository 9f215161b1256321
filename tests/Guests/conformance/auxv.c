/* The initial stack: argc, argv, envp and the auxiliary vector (getauxval(3)). */
#include "case.h"
#include <elf.h>
#include <sys/auxv.h>

extern char **environ;
extern const char __ehdr_start __attribute__((weak));

int main(int argc, char **argv)
{
    VALUE("argc", argc);
    HOLDS("argv ends", argv[argc] == NULL);
    HOLDS("strings in order", argv[0] + strlen(argv[0]) + 1 <= environ[0] || environ[0] == NULL);
    unsigned eax = 1, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    const unsigned sse = 1u << 25 | 1u << 26; /* the kernel may hide some of the processor's other features */
    HOLDS("AT_HWCAP tells of SSE as CPUID does", (getauxval(AT_HWCAP) & sse) == sse && (edx & sse) == sse);
    VALUE("AT_PAGESZ", getauxval(AT_PAGESZ));
    VALUE("AT_CLKTCK", getauxval(AT_CLKTCK));
    VALUE("AT_PHENT", getauxval(AT_PHENT));
    Elf64_Phdr *headers = (void *)getauxval(AT_PHDR);
    HOLDS("AT_PHDR", headers != NULL && headers[0].p_type < 0x80000000);
    HOLDS("AT_PHNUM", getauxval(AT_PHNUM) > 2 && getauxval(AT_PHNUM) < 20);
    VALUE("AT_BASE", getauxval(AT_BASE));
    VALUE("AT_FLAGS", getauxval(AT_FLAGS));
    HOLDS("AT_ENTRY", getauxval(AT_ENTRY) != 0);
    VALUE("AT_UID", getauxval(AT_UID));
    VALUE("AT_EUID", getauxval(AT_EUID));
    VALUE("AT_GID", getauxval(AT_GID));
    VALUE("AT_EGID", getauxval(AT_EGID));
    VALUE("AT_SECURE", getauxval(AT_SECURE));
    unsigned char *random = (void *)getauxval(AT_RANDOM);
    int set = 0;
    for (int i = 0; i < 16; i++)
        set |= random[i];
    HOLDS("AT_RANDOM", set != 0);
    TEXT("AT_PLATFORM", (char *)getauxval(AT_PLATFORM));
    HOLDS("AT_EXECFN", strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
    HOLDS("AT_MINSIGSTKSZ", getauxval(51) >= 1024);
    return 0;
}
