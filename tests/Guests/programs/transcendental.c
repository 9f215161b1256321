/*
 * Long double functions that the C library takes from x87 instructions (fsin, fyl2x, f2xm1 ...). The manual leaves their last
 * bit open, so 15 digits are compared, where a correct result of any kind agrees.
 */
#include <math.h>
#include <stdio.h>

int main(void)
{
    long double points[] = { 0.1L, 0.5L, 1.0L, 1.5L, 2.0L, 3.7L, 10.0L, 100.25L };
    for (unsigned i = 0; i < sizeof points / sizeof *points; i++) {
        long double x = points[i];
        printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", sinl(x), cosl(x), tanl(x), atanl(x));
        printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", logl(x), expl(x), powl(x, 1.7L), log2l(x));
        printf("%.15Lg %.15Lg %.15Lg %.15Lg\n", log10l(x), exp2l(x), expm1l(x), log1pl(x));
        printf("%.15Lg %.15Lg %.15Lg\n", atan2l(x, 2.0L), cbrtl(x), hypotl(x, 3.0L));
    }
    return 0;
}
