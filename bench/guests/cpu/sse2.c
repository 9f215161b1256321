/* A product of matrices with SSE2's vectors of two doubles, and one of 16-bit integers with pmaddwd. */
#include <emmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 96 };
static double a[N][N], b[N][N], c[N][N];
static int16_t p[N][N] __attribute__((aligned(16))), q[N][N] __attribute__((aligned(16)));

static void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j += 4) {
            __m128d low = _mm_loadu_pd(&c[i][j]), high = _mm_loadu_pd(&c[i][j + 2]);
            for (int k = 0; k < N; k++) {
                __m128d factor = _mm_set1_pd(a[i][k]);
                low = _mm_add_pd(low, _mm_mul_pd(factor, _mm_loadu_pd(&b[k][j])));
                high = _mm_add_pd(high, _mm_mul_pd(factor, _mm_loadu_pd(&b[k][j + 2])));
            }
            _mm_storeu_pd(&c[i][j], low);
            _mm_storeu_pd(&c[i][j + 2], high);
        }
}

static int64_t integers(void)
{
    int64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            __m128i dot = _mm_setzero_si128();
            for (int k = 0; k < N; k += 8)
                dot = _mm_add_epi32(dot, _mm_madd_epi16(_mm_load_si128((const __m128i *)&p[i][k]), _mm_load_si128((const __m128i *)&q[j][k])));
            dot = _mm_add_epi32(dot, _mm_shuffle_epi32(dot, 0x4e));
            dot = _mm_add_epi32(dot, _mm_shuffle_epi32(dot, 0xb1));
            sum = sum * 3 + _mm_cvtsi128_si32(dot);
        }
    return sum;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 100;
    int64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (i * 3 + j) % 7 * 0.5;
            b[i][j] = (i + j * 5) % 11 * 0.25;
            p[i][j] = (int16_t)(i * 37 - j * 11);
            q[i][j] = (int16_t)(j * 53 - i);
        }
    for (int round = 0; round < rounds; round++) {
        multiply();
        p[round % N][round % 89]++;
        sum += integers();
    }
    double trace = 0;
    for (int i = 0; i < N; i++)
        trace += c[i][(i * 7) % N];
    printf("%.6f %lld\n", trace, (long long)sum);
}
