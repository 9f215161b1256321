/* AES, PCLMULQDQ and SHA: a block of FIPS 197, hashes of FIPS 180-4, a product, by the instructions. */
#include "case.h"
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

static void hex(const char *name, const void *bytes, int length)
{
    printf("%s: ", name);
    for (int i = 0; i < length; i++)
        printf("%02x", ((const unsigned char *)bytes)[i]);
    printf("\n");
}

static __m128i expand(__m128i key, __m128i assist)
{
    assist = _mm_shuffle_epi32(assist, 0xFF);
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    return _mm_xor_si128(key, assist);
}

static void aes(void)
{
    unsigned char text[16], key[16];
    for (int i = 0; i < 16; i++) {
        text[i] = (unsigned char)(i * 0x11);
        key[i] = (unsigned char)i;
    }
    __m128i k[11];
    k[0] = _mm_loadu_si128((__m128i *)key);
#define ROUND(i, rcon) k[i] = expand(k[i - 1], _mm_aeskeygenassist_si128(k[i - 1], rcon))
    ROUND(1, 1); ROUND(2, 2); ROUND(3, 4); ROUND(4, 8); ROUND(5, 16);
    ROUND(6, 32); ROUND(7, 64); ROUND(8, 128); ROUND(9, 0x1B); ROUND(10, 0x36);
    __m128i block = _mm_xor_si128(_mm_loadu_si128((__m128i *)text), k[0]);
    for (int i = 1; i < 10; i++)
        block = _mm_aesenc_si128(block, k[i]);
    block = _mm_aesenclast_si128(block, k[10]);
    hex("encrypted", &block, 16); /* 69c4e0d86a7b0430d8cdb78070b4c55a */
    block = _mm_xor_si128(block, k[10]);
    for (int i = 9; i > 0; i--)
        block = _mm_aesdec_si128(block, _mm_aesimc_si128(k[i]));
    block = _mm_aesdeclast_si128(block, k[0]);
    hex("decrypted", &block, 16);
}

static void product(void)
{
    __m128i a = _mm_set_epi64x(0x0123456789ABCDEF, 0xFEDCBA9876543210), b = _mm_set_epi64x(0x8000000000000001, 0xFFFFFFFFFFFFFFFF);
    __m128i r = _mm_clmulepi64_si128(a, b, 0x00);
    hex("product 00", &r, 16);
    r = _mm_clmulepi64_si128(a, b, 0x01);
    hex("product 01", &r, 16);
    r = _mm_clmulepi64_si128(a, b, 0x10);
    hex("product 10", &r, 16);
    r = _mm_clmulepi64_si128(a, b, 0x11);
    hex("product 11", &r, 16);
}

static void sha(void)
{
    __m128i a = _mm_set_epi32(0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476), e = _mm_set_epi32(0xC3D2E1F0, 0, 0, 0);
    __m128i w = _mm_set_epi32(0x61626380, 1, 2, 3), x = _mm_set_epi32(4, 5, 6, 0x18);
    __m128i t = _mm_add_epi32(e, w);
    for (int i = 0; i < 5; i++) {
        __m128i old = a;
        a = _mm_sha1rnds4_epu32(a, t, 0);
        a = _mm_sha1rnds4_epu32(a, x, 1);
        a = _mm_sha1rnds4_epu32(a, w, 2);
        a = _mm_sha1rnds4_epu32(a, _mm_xor_si128(w, x), 3);
        t = _mm_sha1nexte_epu32(old, w);
        w = _mm_sha1msg2_epu32(_mm_sha1msg1_epu32(w, x), t);
    }
    hex("sha1", &a, 16);
    __m128i abef = _mm_set_epi32(0x6A09E667, 0xBB67AE85, 0x510E527F, 0x9B05688C), cdgh = _mm_set_epi32(0x3C6EF372, 0xA54FF53A, 0x1F83D9AB, 0x5BE0CD19);
    for (int i = 0; i < 16; i++) {
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, w);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(w, 0x0E));
        w = _mm_sha256msg2_epu32(_mm_sha256msg1_epu32(w, x), t);
        x = _mm_xor_si128(w, t);
    }
    hex("sha256 abef", &abef, 16);
    hex("sha256 cdgh", &cdgh, 16);
}

int main(void)
{
    aes();
    product();
    sha();
    return 0;
}
