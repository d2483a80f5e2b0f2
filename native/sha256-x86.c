/*
 * SHA-256 on x86-64: the SHA extensions for one chain and for four, AVX-512 for sixteen, AVX2 for eight.
 *
 * The SHA instructions keep a state in two registers, named by what they hold from the highest word down:
 *
 *     ABEF, CDGH        sha256rnds2 does two rounds:  CDGH' = ABEF, ABEF' = rounds(ABEF, CDGH, two words + constants)
 *
 * A chain waits for each of 32 such steps, some four cycles each, and for what leads from a hash to the next message.
 * That way is kept short: the first two words of the message come from ABEF alone, by one shuffle and one addition.
 * What chains have in common is known beforehand: words 8 to 15 of every block are padding.
 */
#if defined(__x86_64__)
#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define SHA_NI __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE static inline __attribute__((always_inline))

typedef struct {
  __m128i abef, cdgh;
} state;

INLINE SHA_NI state load_state(const hash_words h) {
  __m128i dcba = _mm_loadu_si128((const __m128i *)h), hgfe = _mm_loadu_si128((const __m128i *)(h + 4));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), ghef = _mm_shuffle_epi32(hgfe, 0xb1);
  return (state){ _mm_unpacklo_epi64(ghef, cdab), _mm_unpackhi_epi64(ghef, cdab) };
}

/* Words A to D, and E to H, each with the first word lowest: the order of messages and of memory. */
INLINE SHA_NI __m128i words_abcd(state s) { return _mm_shuffle_epi32(_mm_unpackhi_epi64(s.abef, s.cdgh), 0xb1); }
INLINE SHA_NI __m128i words_efgh(state s) { return _mm_shuffle_epi32(_mm_unpacklo_epi64(s.abef, s.cdgh), 0xb1); }

INLINE SHA_NI __m128i constants(int i) { return _mm_load_si128((const __m128i *)(sha256_constants + 4 * i)); }

/* Four rounds with four words to which the constants are already added. */
INLINE SHA_NI state four_rounds(state s, __m128i wk) {
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, wk);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(wk, 0x0e));
  return s;
}

/* The next four words of the schedule from the sixteen before them. */
INLINE SHA_NI __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

/* Rounds 4 i to 4 i + 15, for i from 4 on: w holds the sixteen words before and is left with those used. */
#define SCHEDULED_ROUNDS(s, w, i)                                    \
  do {                                                               \
    w[0] = next_words(w[0], w[1], w[2], w[3]);                       \
    s = four_rounds(s, _mm_add_epi32(w[0], constants(i)));           \
    w[1] = next_words(w[1], w[2], w[3], w[0]);                       \
    s = four_rounds(s, _mm_add_epi32(w[1], constants((i) + 1)));     \
    w[2] = next_words(w[2], w[3], w[0], w[1]);                       \
    s = four_rounds(s, _mm_add_epi32(w[2], constants((i) + 2)));     \
    w[3] = next_words(w[3], w[0], w[1], w[2]);                       \
    s = four_rounds(s, _mm_add_epi32(w[3], constants((i) + 3)));     \
  } while (0)

SHA_NI static void compress_sha_ni(hash_words h, const uint8_t *bytes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  state s = load_state(h);
  for (; blocks > 0; blocks--, bytes += 64) {
    state before = s;
    __m128i w[4];
    for (int i = 0; i < 4; i++) {
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), swap);
      s = four_rounds(s, _mm_add_epi32(w[i], constants(i)));
    }
    SCHEDULED_ROUNDS(s, w, 4);
    SCHEDULED_ROUNDS(s, w, 8);
    SCHEDULED_ROUNDS(s, w, 12);
    s.abef = _mm_add_epi32(s.abef, before.abef);
    s.cdgh = _mm_add_epi32(s.cdgh, before.cdgh);
  }
  _mm_storeu_si128((__m128i *)h, words_abcd(s));
  _mm_storeu_si128((__m128i *)(h + 4), words_efgh(s));
}

/* One hash of each of `n` chains; the compiler unrolls it, so that the processor has n chains to switch between. */
INLINE SHA_NI void step_sha_ni(state *s, int n, state initial) {
  const __m128i padding8 = _mm_set_epi32(0, 0, 0, (int)0x80000000), padding12 = _mm_set_epi32(256, 0, 0, 0);
  const __m128i first = _mm_add_epi32(_mm_shuffle_epi32(initial.abef, 0x0b), constants(0));
  __m128i w[4][4];
  for (int i = 0; i < n; i++) {
    /* Words 0 and 1 without waiting for the rest: s is the state before the initial one is added. */
    __m128i wk = _mm_add_epi32(_mm_shuffle_epi32(s[i].abef, 0x0b), first);
    state full = { _mm_add_epi32(s[i].abef, initial.abef), _mm_add_epi32(s[i].cdgh, initial.cdgh) };
    w[i][0] = words_abcd(full);
    w[i][1] = words_efgh(full);
    w[i][2] = padding8;
    w[i][3] = padding12;
    s[i].cdgh = _mm_sha256rnds2_epu32(initial.cdgh, initial.abef, wk);
    s[i].abef = _mm_sha256rnds2_epu32(initial.abef, s[i].cdgh,
                                      _mm_shuffle_epi32(_mm_add_epi32(w[i][0], constants(0)), 0x0e));
  }
  for (int i = 0; i < n; i++) s[i] = four_rounds(s[i], _mm_add_epi32(w[i][1], constants(1)));
  for (int i = 0; i < n; i++) s[i] = four_rounds(s[i], _mm_add_epi32(padding8, constants(2)));
  for (int i = 0; i < n; i++) s[i] = four_rounds(s[i], _mm_add_epi32(padding12, constants(3)));
#pragma GCC unroll 12
  for (int r = 4; r < 16; r++)
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
      w[i][r & 3] = next_words(w[i][r & 3], w[i][(r + 1) & 3], w[i][(r + 2) & 3], w[i][(r + 3) & 3]);
      s[i] = four_rounds(s[i], _mm_add_epi32(w[i][r & 3], constants(r)));
    }
}

INLINE SHA_NI void chains_sha_ni(hash_words *h, int n, uint64_t count) {
  const state initial = load_state(sha256_initial);
  state s[4];
  for (int i = 0; i < n; i++) {
    state full = load_state(h[i]);
    s[i] = (state){ _mm_sub_epi32(full.abef, initial.abef), _mm_sub_epi32(full.cdgh, initial.cdgh) };
  }
  for (; count > 0; count--) step_sha_ni(s, n, initial);
  for (int i = 0; i < n; i++) {
    state full = { _mm_add_epi32(s[i].abef, initial.abef), _mm_add_epi32(s[i].cdgh, initial.cdgh) };
    _mm_storeu_si128((__m128i *)h[i], words_abcd(full));
    _mm_storeu_si128((__m128i *)(h[i] + 4), words_efgh(full));
  }
}

SHA_NI static void chain_sha_ni(hash_words h, uint64_t count) { chains_sha_ni((hash_words *)h, 1, count); }
SHA_NI static void chains_sha_ni_4(hash_words *h, uint64_t count) { chains_sha_ni(h, 4, count); }

/* Lanes of a vector each: the same code for AVX-512, which rotates and combines three words at once, and for AVX2. */
#define LANES 16
#define LANES_FUNCTION chains_avx512
#define LANES_TARGET __attribute__((target("avx512f")))
#define VECTOR __m512i
#define SET1(x) _mm512_set1_epi32((int)(x))
#define ADD(x, y) _mm512_add_epi32(x, y)
#define ROTR(x, bits) _mm512_ror_epi32(x, bits)
#define SHR(x, bits) _mm512_srli_epi32(x, bits)
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CHOOSE(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)
#include "lanes.inc"

#define LANES 8
#define LANES_FUNCTION chains_avx2
#define LANES_TARGET __attribute__((target("avx2")))
#define VECTOR __m256i
#define SET1(x) _mm256_set1_epi32((int)(x))
#define ADD(x, y) _mm256_add_epi32(x, y)
#define ROTR(x, bits) _mm256_or_si256(_mm256_srli_epi32(x, bits), _mm256_slli_epi32(x, 32 - (bits)))
#define SHR(x, bits) _mm256_srli_epi32(x, bits)
#define XOR3(x, y, z) _mm256_xor_si256(_mm256_xor_si256(x, y), z)
#define CHOOSE(x, y, z) _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)))
#define MAJORITY(x, y, z) _mm256_or_si256(_mm256_and_si256(x, y), _mm256_and_si256(z, _mm256_or_si256(x, y)))
#include "lanes.inc"

#define ONE_BY_SHA_NI .chain = chain_sha_ni, .compress = compress_sha_ni, .narrow = chains_sha_ni_4, .narrow_lanes = 4
#define ONE_BY_C .chain = sha256_chain_c, .compress = sha256_compress_c
#define WIDE_AVX512 .wide = chains_avx512, .wide_lanes = 16
#define WIDE_AVX2 .wide = chains_avx2, .wide_lanes = 8

static const sha256_engine sha_ni_avx512 = {
  .name = "x86 SHA-NI, 16 AVX-512 lanes", ONE_BY_SHA_NI, WIDE_AVX512, .wide_from = 9
};
static const sha256_engine sha_ni = { .name = "x86 SHA-NI, 4 lanes", ONE_BY_SHA_NI };
static const sha256_engine avx512 = { .name = "x86, 16 AVX-512 lanes", ONE_BY_C, WIDE_AVX512, .wide_from = 3 };
static const sha256_engine avx2 = { .name = "x86, 8 AVX2 lanes", ONE_BY_C, WIDE_AVX2, .wide_from = 4 };

int sha256_engines_x86(const sha256_engine **list, int max) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  int has_sha_ni = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) && __builtin_cpu_supports("sse4.1");
  int has_avx512 = __builtin_cpu_supports("avx512f");
  int n = 0;
  if (n < max && has_sha_ni && has_avx512) list[n++] = &sha_ni_avx512;
  if (n < max && has_sha_ni) list[n++] = &sha_ni;
  if (n < max && has_avx512) list[n++] = &avx512;
  if (n < max && __builtin_cpu_supports("avx2")) list[n++] = &avx2;
  return n;
}
#else
typedef int not_x86; /* ISO C wants something in every file. */
#endif
