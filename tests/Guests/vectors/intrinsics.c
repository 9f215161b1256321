/* What a compiler makes for x86-64-v3 and what programs ask for with intrinsics: results in lines, a family each. */
#include "case.h"
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t state = 0x9E3779B97F4A7C15;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t sum;

static void mix(uint64_t value)
{
    sum = (sum ^ value) * 0x100000001B3;
    sum ^= sum >> 29;
}

static void mix256(__m256i v)
{
    uint64_t parts[4];
    _mm256_storeu_si256((__m256i *)parts, v);
    for (int i = 0; i < 4; i++)
        mix(parts[i]);
}

static void mixps(__m256 v) { mix256(_mm256_castps_si256(v)); }
static void mixpd(__m256d v) { mix256(_mm256_castpd_si256(v)); }

static void line(const char *name)
{
    printf("%s: %016llx\n", name, (unsigned long long)sum);
    sum = 0;
}

static __m256i integers(void)
{
    return _mm256_set_epi64x(next(), next(), next(), next());
}

static __m256 singles(void)
{
    float f[8];
    for (int i = 0; i < 8; i++)
        f[i] = ((int)(next() % 20001) - 10000) / 16.0f;
    return _mm256_loadu_ps(f);
}

static __m256d doubles(void)
{
    double d[4];
    for (int i = 0; i < 4; i++)
        d[i] = ((int)(next() % 2000001) - 1000000) / 1024.0;
    return _mm256_loadu_pd(d);
}

static void integer_families(void)
{
    for (int i = 0; i < 50; i++) {
        __m256i a = integers(), b = integers();
        mix256(_mm256_add_epi8(a, b));
        mix256(_mm256_adds_epi16(a, b));
        mix256(_mm256_subs_epu8(a, b));
        mix256(_mm256_mullo_epi32(a, b));
        mix256(_mm256_mulhrs_epi16(a, b));
        mix256(_mm256_madd_epi16(a, b));
        mix256(_mm256_maddubs_epi16(a, b));
        mix256(_mm256_mul_epu32(a, b));
        mix256(_mm256_sad_epu8(a, b));
        mix256(_mm256_mpsadbw_epu8(a, b, 0x2D));
        mix256(_mm256_avg_epu16(a, b));
        mix256(_mm256_sign_epi8(a, b));
        mix256(_mm256_abs_epi32(a));
        mix256(_mm256_max_epi8(a, b));
        mix256(_mm256_min_epu32(a, b));
        mix256(_mm256_cmpgt_epi64(a, b));
        mix256(_mm256_hadds_epi16(a, b));
        mix256(_mm256_hsub_epi32(a, b));
    }
    line("integers");
    for (int i = 0; i < 50; i++) {
        __m256i a = integers(), b = integers(), n = _mm256_and_si256(b, _mm256_set1_epi32(63));
        mix256(_mm256_sllv_epi32(a, n));
        mix256(_mm256_srlv_epi64(a, n));
        mix256(_mm256_srav_epi32(a, n));
        mix256(_mm256_sll_epi16(a, _mm_cvtsi32_si128(i & 31)));
        mix256(_mm256_srai_epi32(a, 7));
        mix256(_mm256_slli_si256(a, 5));
        mix256(_mm256_srli_si256(a, 11));
        mix256(_mm256_alignr_epi8(a, b, 9));
    }
    line("shifts");
    for (int i = 0; i < 50; i++) {
        __m256i a = integers(), b = integers(), c = integers();
        mix256(_mm256_shuffle_epi8(a, b));
        mix256(_mm256_permutevar8x32_epi32(a, b));
        mix256(_mm256_permute4x64_epi64(a, 0x1B));
        mix256(_mm256_permute2x128_si256(a, b, 0x21));
        mix256(_mm256_permute2x128_si256(a, b, 0x83));
        mix256(_mm256_blendv_epi8(a, b, c));
        mix256(_mm256_blend_epi16(a, b, 0xA6));
        mix256(_mm256_blend_epi32(a, b, 0x5A));
        mix256(_mm256_unpackhi_epi8(a, b));
        mix256(_mm256_unpacklo_epi64(a, b));
        mix256(_mm256_packus_epi32(a, b));
        mix256(_mm256_packs_epi16(a, b));
        mix256(_mm256_cvtepi8_epi32(_mm256_castsi256_si128(a)));
        mix256(_mm256_cvtepu16_epi64(_mm256_castsi256_si128(a)));
        mix256(_mm256_broadcastw_epi16(_mm256_castsi256_si128(a)));
        mix256(_mm256_inserti128_si256(a, _mm256_extracti128_si256(b, 1), 0));
        mix(_mm256_movemask_epi8(a));
        mix(_mm256_testz_si256(a, b) * 2 + _mm256_testc_si256(a, _mm256_and_si256(a, b)));
    }
    line("shuffles");
}

static void float_families(void)
{
    for (int i = 0; i < 50; i++) {
        __m256 a = singles(), b = singles();
        __m256d c = doubles(), d = doubles();
        mixps(_mm256_add_ps(a, b));
        mixps(_mm256_div_ps(a, b));
        mixps(_mm256_sqrt_ps(_mm256_mul_ps(a, a)));
        mixps(_mm256_addsub_ps(a, b));
        mixps(_mm256_hadd_ps(a, b));
        mixps(_mm256_dp_ps(a, b, 0xB7));
        mixps(_mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
        mixps(_mm256_cmp_ps(a, b, _CMP_NGE_UQ));
        mixps(_mm256_permute_ps(a, 0x4E));
        mixps(_mm256_shuffle_ps(a, b, 0xD8));
        mixpd(_mm256_mul_pd(c, d));
        mixpd(_mm256_sub_pd(c, d));
        mixpd(_mm256_max_pd(c, d));
        mixpd(_mm256_cmp_pd(c, d, _CMP_GT_OQ));
        mixpd(_mm256_cvtps_pd(_mm256_castps256_ps128(a)));
        mixpd(_mm256_cvtepi32_pd(_mm256_cvtpd_epi32(c)));
        mixps(_mm256_castps128_ps256(_mm256_cvtpd_ps(c)));
        mix256(_mm256_cvttps_epi32(a));
        mix(_mm256_movemask_ps(a));
        mix(_mm256_movemask_pd(c));
        mixps(_mm256_cvtepi32_ps(integers()));
    }
    line("floats");
    for (int i = 0; i < 200; i++) {
        __m256 a = singles(), b = singles(), c = singles();
        __m256d d = doubles(), e = doubles(), f = doubles();
        mixps(_mm256_fmadd_ps(a, b, c));
        mixps(_mm256_fnmsub_ps(a, b, c));
        mixps(_mm256_fmaddsub_ps(a, b, c));
        mixps(_mm256_fmadd_ps(a, b, _mm256_sub_ps(_mm256_setzero_ps(), _mm256_mul_ps(a, b))));
        mixpd(_mm256_fmsub_pd(d, e, f));
        mixpd(_mm256_fnmadd_pd(d, e, f));
        mixpd(_mm256_fmsubadd_pd(d, e, f));
        mixpd(_mm256_fmsub_pd(_mm256_div_pd(d, e), _mm256_div_pd(e, f), _mm256_mul_pd(_mm256_div_pd(d, e), _mm256_div_pd(e, f))));
    }
    line("fused");
    for (int i = 0; i < 200; i++) {
        __m256 a = _mm256_mul_ps(singles(), _mm256_set1_ps(i < 100 ? 1.0f : 1e-4f));
        mix256(_mm256_castsi128_si256(_mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT)));
        mix256(_mm256_castsi128_si256(_mm256_cvtps_ph(a, _MM_FROUND_TO_POS_INF)));
        mixps(_mm256_cvtph_ps(_mm256_castsi256_si128(integers())));
    }
    line("halves");
}

static void general_families(void)
{
    for (int i = 0; i < 200; i++) {
        uint64_t a = next(), b = next();
        unsigned long long high;
        mix(_andn_u64(a, b));
        mix(_bextr_u64(a, i & 63, (i * 7) & 63));
        mix(_blsi_u64(a) + _blsmsk_u64(b) + _blsr_u64(a));
        mix(_bzhi_u64(a, i & 127));
        mix(_mulx_u64(a, b, &high));
        mix(high);
        mix(_pdep_u64(a, b));
        mix(_pext_u64(a, b));
        mix(a << (b & 63) | (int64_t)b >> (a & 63));
        mix(_tzcnt_u64(a << (i & 63)) + _lzcnt_u64(b >> (i & 63)) + _tzcnt_u32(0) + _lzcnt_u64(0));
        mix(__builtin_bswap64(a) + __builtin_bswap32((uint32_t)b));
    }
    line("general registers");
}

static void memory_families(void)
{
    unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + 4096, 4096, PROT_NONE);
    for (int i = 0; i < 4096; i++)
        page[i] = (unsigned char)next();

    /* The masked-out elements lie beyond the end. */
    for (int n = 0; n <= 8; n++) {
        int mask[8];
        for (int i = 0; i < 8; i++)
            mask[i] = i < n ? -1 : 0;
        __m256i m = _mm256_loadu_si256((__m256i *)mask);
        int *end = (int *)(page + 4096) - n;
        mix256(_mm256_maskload_epi32(end, m));
        mixps(_mm256_maskload_ps((float *)end, m));
        _mm256_maskstore_epi32(end, m, _mm256_set1_epi32(n * 0x01010101));
        mix256(_mm256_maskload_epi32(end, m));
    }
    line("masked moves");
    for (int i = 0; i < 50; i++) {
        __m256i index = _mm256_and_si256(integers(), _mm256_set1_epi32(1023));
        mix256(_mm256_i32gather_epi32((int *)page, index, 4));
        mix256(_mm256_i32gather_epi64((long long *)page, _mm256_castsi256_si128(_mm256_srli_epi32(index, 1)), 8));
        mixpd(_mm256_mask_i64gather_pd(_mm256_setzero_pd(), (double *)page, _mm256_and_si256(integers(), _mm256_set1_epi64x(511)), _mm256_castsi256_pd(integers()), 8));
    }
    line("gathers");
    for (int i = 0; i < 64; i++) {
        __m256i v = _mm256_loadu_si256((__m256i *)(page + i));
        _mm256_storeu_si256((__m256i *)(page + 1000 + i * 3), v);
        _mm256_stream_si256((__m256i *)(page + 2048), v);
        mix256(_mm256_loadu_si256((__m256i *)(page + 2040)));
    }
    line("unaligned");
    munmap(page, 8192);
}

/* Loops that the compiler turns into vectors. */
static float f[1000], g[1000];
static int n[1000];

static void compiled(void)
{
    for (int i = 0; i < 1000; i++) {
        f[i] = (float)(next() % 1000) / 7;
        g[i] = (float)(next() % 1000) / 3;
        n[i] = (int)next();
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            f[i] = f[i] * 0.5f + g[i];
        for (int i = 1; i < 1000; i++)
            n[i] = (n[i] >> (round + 1)) ^ (n[i - 1] * 3);
    }
    double total = 0;
    for (int i = 0; i < 1000; i++) {
        total += f[i] > g[i] ? sqrt(f[i]) : floor(g[i]);
        mix((uint64_t)n[i]);
    }
    uint64_t bits;
    memcpy(&bits, &total, 8);
    mix(bits);
    line("compiled loops");
}

int main(void)
{
    integer_families();
    float_families();
    general_families();
    memory_families();
    compiled();
    return 0;
}
