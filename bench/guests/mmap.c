/* mmap of some pages, a write to each, munmap: mapping and page faults. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGES = 16, PAGE = 4096 };

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 20000;
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED)
            return 1;
        for (int page = 0; page < PAGES; page++)
            area[page * PAGE] = (char)page;
        sum += area[(PAGES - 1) * PAGE];
        munmap(area, PAGES * PAGE);
    }
    printf("%ld\n", sum);
}
