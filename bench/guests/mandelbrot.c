/* The Mandelbrot set: multiply, add and compare of doubles in a tight loop. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 300;
    long inside = 0;
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++) {
            double cr = 3.0 * column / size - 2.0, ci = 2.0 * row / size - 1.0, r = 0, i = 0;
            int n = 0;
            while (n < 100 && r * r + i * i < 4.0) {
                double t = r * r - i * i + cr;
                i = 2.0 * r * i + ci;
                r = t;
                n++;
            }
            inside += n;
        }
    printf("%ld\n", inside);
}
