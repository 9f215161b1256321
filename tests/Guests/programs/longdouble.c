/* Arithmetic and mathematics in 80-bit long double and in double, compared digit by digit. */
#include <complex.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    volatile long double a = 1.0L / 3, b = 1e18L + 0.5L, c = -7.25L;
    printf("%.20Lg %.20Lg %.20Lg %.20Lg\n", a + b, b - a, a * b, b / a);
    printf("%.20Lg %.20Lg %.20Lg\n", sqrtl(2.0L), fmodl(b, 7.0L), remainderl(b, 7.0L));
    printf("%.20Lg %.20Lg %.20Lg %.20Lg\n", floorl(c), ceill(c), truncl(c), rintl(c));
    printf("%ld %lld %ld\n", lrintl(c), llroundl(2.5L), lrint(-2.5));
    printf("%.20Lg %d %.20Lg\n", frexpl(b, &(int){ 0 }), ilogbl(b), ldexpl(a, 100));
    printf("%.20Lg %.20Lg\n", nextafterl(1.0L, 2.0L), nextafterl(0.0L, 1.0L) * 2);
    printf("%d %d %d %d\n", a < b, a == a, isnan(a / 0.0L * 0.0L), signbit(c) != 0);
    printf("%Lg %Lg %Lg\n", fabsl(c), fmaxl(a, c), copysignl(a, c));
    printf("%d %u %lld %llu\n", (int)c, (unsigned)b, (long long)b, (unsigned long long)(b * 10));
    printf("%f %f\n", (double)a, (double)(float)a);
    long double sum = 0;
    for (int i = 1; i <= 100000; i++)
        sum += 1.0L / i / i;
    printf("%.19Lg\n", sum);
    long double power = 1;
    for (int i = 0; i < 1000; i++)
        power *= 1.0009765625L;
    printf("%.19Lg\n", power);
    for (int round = 0; round < 4; round++) {
        static const int modes[] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };
        fesetround(modes[round]);
        volatile double x = 1.0, y = 3.0, z = 2.5;
        volatile long double lx = 1.0L, ly = 3.0L;
        printf("%d: %a %La %g %g %ld\n", round, x / y, lx / ly, rint(z), nearbyint(-z), lrint(z));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double zero = 0, one = 1, large = DBL_MAX, tiny = DBL_MIN;
    volatile double r = one / zero;
    printf("%d %g\n", fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO, r);
    feclearexcept(FE_ALL_EXCEPT);
    r = large * large;
    printf("%d\n", fetestexcept(FE_ALL_EXCEPT) == (FE_OVERFLOW | FE_INEXACT));
    feclearexcept(FE_ALL_EXCEPT);
    r = tiny * tiny;
    printf("%d\n", fetestexcept(FE_ALL_EXCEPT) == (FE_UNDERFLOW | FE_INEXACT));
    feclearexcept(FE_ALL_EXCEPT);
    r = sqrt(-one * one);
    printf("%d %d\n", fetestexcept(FE_INVALID) != 0, isnan(r));

    /* Functions that the C library computes with SSE alone: every digit has to agree. */
    double points[] = { 0.1, 0.5, 1.0, 1.5, 2.0, 3.7, 10.0, 100.25, 1e5, -0.3, -2.2 };
    for (unsigned i = 0; i < sizeof points / sizeof *points; i++) {
        double x = points[i];
        printf("%.17g %.17g %.17g %.17g\n", sin(x), cos(x), tan(x), atan(x));
        printf("%.17g %.17g %.17g %.17g\n", x > 0 ? log(x) : 0, x < 700 ? exp(x) : 0, x > 0 ? pow(x, 1.7) : 0, cbrt(x));
        printf("%.17g %.17g %.17g %.17g\n", sinh(x < 100 ? x : 1), tanh(x), erf(x), x > 0 ? tgamma(x < 100 ? x : 1) : 0);
        printf("%.9g %.9g %.9g %.9g\n", sinf(x), expf(x < 50 ? x : 1), x > 0 ? logf(x) : 0, fmaf(x, x, 1));
        printf("%.17g %.17g %.17g\n", fma(x, x, -1), hypot(x, 3), atan2(x, 2));
    }
    double complex w = cexp(0.5 + 2.0 * I);
    printf("%.15g %.15g\n", creal(w), cimag(w));
    return 0;
}
