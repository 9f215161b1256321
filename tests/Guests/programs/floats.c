/* printf and strtod of doubles and long doubles: every digit comes out of 80-bit arithmetic. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double from_bits(unsigned long long bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int main(void)
{
    const double values[] = {
        0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 1.0 / 3, 2.0 / 3, 10, 100, 1e10, 1e15, 1e16, 1e17, 1e22, 1e23, 123456789.123456789,
        3.14159265358979323846, 2.71828182845904523536, 0.5, 1.5, 2.5, 3.5, 0.125, 0.375, 999999.5, 9999999.5, 0.00001234,
        DBL_MAX, DBL_MIN, DBL_EPSILON, 4.9e-324, 2.2250738585072011e-308, 1.7976931348623157e308, 5e-324, 1e-5, 1e-4, 12345678,
        INFINITY, -INFINITY,
    };
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        double v = values[i];
        printf("%f %e %g %a\n", v, v, v, v);
        printf("%.0f %.1f %.3e %.10g %.17g %.20f %+08.2f %-12.4fx %#.0f %G %E\n", v, v, v, v, v, v, v, v, v, v, v);
    }
    unsigned long long seed = 88172645463325252ull;
    for (int i = 0; i < 2000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double v = from_bits(seed);
        if (isnan(v))
            continue;
        char text[64];
        snprintf(text, sizeof text, "%.17g", v);
        double back = strtod(text, NULL);
        printf("%s %.6g %a %s\n", text, v, v, back == v ? "same" : "different");
        if (i % 50 == 0)
            printf("%.40f %.30e\n", v / 1e300, v);
    }
    const long double longs[] = {
        0.0L, 1.0L, 0.1L, 1.0L / 3, LDBL_MAX, LDBL_MIN, LDBL_EPSILON, 3.14159265358979323846264338327950288L, 1e4000L, 1e-4000L,
        18446744073709551615.0L, 9223372036854775808.5L, -2.5L, 1e19L, 123456789012345678.9L,
    };
    for (unsigned i = 0; i < sizeof longs / sizeof *longs; i++)
        printf("%Lf|%Le|%Lg|%.20Lf|%.21Lg|%La\n", i == 4 || i == 8 ? 0.0L : longs[i], longs[i], longs[i], i == 4 || i == 8 ? 0.0L : longs[i], longs[i], longs[i]);
    const char *numbers[] = {
        "1e400", "-1e400", "1e-400", "0x1.8p3", "0x1p-1074", "inf", "nan", "12abc", ".5", "5.", "1e", "9007199254740993",
        "2.2250738585072012e-308", "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
    };
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *end;
        double v = strtod(numbers[i], &end);
        printf("%.17g (%s) %.9g %.21Lg\n", v, end, strtof(numbers[i], NULL), strtold(numbers[i], NULL));
    }
    float f = 16777217.0f;
    printf("%.9g %d %u %lld %llu\n", f, (int)-2.7, (unsigned)3.99, (long long)-1e18, (unsigned long long)1.8e19);
    return 0;
}
