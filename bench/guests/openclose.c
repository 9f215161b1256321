/* open, fstat and close of a file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 200000;
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        struct stat about;
        int fd = open("/etc/passwd", O_RDONLY);
        if (fd < 0 || fstat(fd, &about) != 0)
            return 1;
        sum += about.st_size > 0;
        close(fd);
    }
    printf("%ld\n", sum);
}
