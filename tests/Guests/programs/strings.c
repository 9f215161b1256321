/* The string and memory functions at all alignments and around page ends, and conversions. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <wchar.h>

static char from[4096], to[4096];

int main(void)
{
    unsigned long long hash = 14695981039346656037ull;
#define MIX(x) (hash = (hash ^ (unsigned long long)(x)) * 1099511628211ull)
    for (int length = 0; length < 300; length += length < 70 ? 1 : 13)
        for (int offset = 0; offset < 32; offset += 3) {
            memset(from, 0, sizeof from);
            for (int i = 0; i < length; i++)
                from[offset + i] = 'a' + (i * 7 + offset) % 26;
            memset(to, '#', sizeof to);
            memcpy(to + (offset * 5) % 17, from + offset, length + 1);
            MIX(strlen(from + offset));
            MIX(strcmp(from + offset, to + (offset * 5) % 17) == 0);
            char *z = strchr(from + offset, 'z');
            MIX(z ? z - from : -1);
            z = strrchr(from + offset, 'a');
            MIX(z ? z - from : -1);
            z = memchr(from + offset, 'm', length);
            MIX(z ? z - from : -1);
            memmove(to + 3, to, length + 20);
            memmove(to, to + 5, length + 20);
            for (int i = 0; i < 330; i++)
                MIX(to[i]);
            MIX(memcmp(from + offset, from + offset + 1, length) < 0);
            MIX(strncmp(from + offset, from + offset + 26, length) == 0);
            MIX(strspn(from + offset, "abcdefgh") * 1000 + strcspn(from + offset, "xyz"));
            MIX(strcasecmp(from + offset, "ABC") > 0);
            MIX(memmem(from, 400, "yf", 2) != NULL);
            z = strstr(from + offset, "ho");
            MIX(z ? z - from : -1);
        }
    printf("%llx\n", hash);

    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 4096, 4096, PROT_NONE);
    for (int length = 0; length < 70; length++) {
        char *at = pages + 4096 - length - 1;
        memset(at, 'q', length);
        at[length] = 0;
        MIX(strlen(at) + strcmp(at, at) + (strchr(at, 'x') == NULL) + strnlen(at, 4096));
        strcpy(to, at);
        MIX(to[length / 2]);
    }
    printf("%llx\n", hash);

    char sentence[] = "the quick brown fox;jumps,over the lazy dog";
    for (char *word = strtok(sentence, " ;,"); word; word = strtok(NULL, " ;,"))
        printf("%s|", word);
    putchar('\n');
    printf("%ld %lu %lld %ld\n", strtol("-0x7fG", NULL, 16), strtoul("777", NULL, 8), strtoll("9999999999999999999", NULL, 10), strtol("zz", NULL, 36));
    printf("%d %s %5.2s| %-8s| %08x %+d %#o %c %% %5d|%-5d| %hhd %zu\n", 5, "str", "cut", "left", 0xbeef, 3, 8, 'c', 42, 42, 300, sizeof from);
    int a;
    float f;
    char w[16];
    printf("%d ", sscanf("12 3.5 word", "%d %f %15s", &a, &f, w));
    printf("%d %.1f %s\n", a, f, w);
    wchar_t wide[32];
    printf("%zu %zu\n", mbstowcs(wide, "plain", 32), wcslen(L"wide"));
    for (int c = 0; c < 128; c++)
        MIX((!!isalpha(c)) + 2 * (!!isdigit(c)) + 4 * (!!isspace(c)) + 8 * (!!ispunct(c)) + 16 * (!!iscntrl(c)) + 256 * toupper(c));
    printf("%llx\n", hash);
    printf("%s %s\n", strerror(2), strsignal(11));
    return 0;
}
