/*
 * SHA-256 on 64-bit ARM, by its SHA instructions: one chain, and four beside each other, as one instruction's result is
 * there only some cycles later.
 *
 * A state lies in two registers of four words each, in the order of the standard: abcd and efgh. An instruction does four
 * rounds of one of them.
 */
#include "sha256.h"

/* Compilers that must be told per function know how in their own ways; of those, GCC's is used. */
#if defined(__ARM_FEATURE_SHA2) || defined(__ARM_FEATURE_CRYPTO)
#define ARM_SHA2
#elif defined(__GNUC__) && !defined(__clang__)
#define ARM_SHA2 __attribute__((target("+crypto")))
#endif

#if defined(__aarch64__) && defined(ARM_SHA2)
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define INLINE static inline __attribute__((always_inline)) ARM_SHA2

typedef struct {
  uint32x4_t abcd, efgh;
} state;

INLINE state load_state(const hash_words h) { return (state){ vld1q_u32(h), vld1q_u32(h + 4) }; }

INLINE void store_state(hash_words h, state s) {
  vst1q_u32(h, s.abcd);
  vst1q_u32(h + 4, s.efgh);
}

INLINE state add_states(state s, state t) {
  return (state){ vaddq_u32(s.abcd, t.abcd), vaddq_u32(s.efgh, t.efgh) };
}

INLINE state four_rounds(state s, uint32x4_t w, int i) {
  uint32x4_t wk = vaddq_u32(w, vld1q_u32(sha256_constants + 4 * i));
  return (state){ vsha256hq_u32(s.abcd, s.efgh, wk), vsha256h2q_u32(s.efgh, s.abcd, wk) };
}

/* Rounds 16 to 63: each four words of the schedule from the sixteen before them. */
INLINE void later_rounds(state *s, uint32x4_t (*w)[4], int n) {
#pragma GCC unroll 12
  for (int r = 4; r < 16; r++)
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
      uint32x4_t *v = w[i];
      v[r & 3] = vsha256su1q_u32(vsha256su0q_u32(v[r & 3], v[(r + 1) & 3]), v[(r + 2) & 3], v[(r + 3) & 3]);
      s[i] = four_rounds(s[i], v[r & 3], r);
    }
}

ARM_SHA2 static void compress_sha2(hash_words h, const uint8_t *bytes, size_t blocks) {
  state s = load_state(h);
  for (; blocks > 0; blocks--, bytes += 64) {
    state before = s;
    uint32x4_t w[1][4];
    for (int i = 0; i < 4; i++) {
      w[0][i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * i)));
      s = four_rounds(s, w[0][i], i);
    }
    later_rounds(&s, w, 1);
    s = add_states(s, before);
  }
  store_state(h, s);
}

INLINE void chains_sha2(hash_words *h, int n, uint64_t count) {
  static const uint32_t padding[8] = { 0x80000000, 0, 0, 0, 0, 0, 0, 256 };
  const state initial = load_state(sha256_initial);
  const uint32x4_t padding8 = vld1q_u32(padding), padding12 = vld1q_u32(padding + 4);
  state hash[4], s[4];
  uint32x4_t w[4][4];
  for (int i = 0; i < n; i++) hash[i] = load_state(h[i]);
  for (; count > 0; count--) {
    for (int i = 0; i < n; i++) {
      w[i][0] = hash[i].abcd;
      w[i][1] = hash[i].efgh;
      w[i][2] = padding8;
      w[i][3] = padding12;
      s[i] = four_rounds(initial, w[i][0], 0);
    }
#pragma GCC unroll 3
    for (int r = 1; r < 4; r++)
      for (int i = 0; i < n; i++) s[i] = four_rounds(s[i], w[i][r], r);
    later_rounds(s, w, n);
    for (int i = 0; i < n; i++) hash[i] = add_states(s[i], initial);
  }
  for (int i = 0; i < n; i++) store_state(h[i], hash[i]);
}

ARM_SHA2 static void chain_sha2(hash_words h, uint64_t count) { chains_sha2((hash_words *)h, 1, count); }
ARM_SHA2 static void chains_sha2_4(hash_words *h, uint64_t count) { chains_sha2(h, 4, count); }

static const sha256_engine sha2 = {
  .name = "ARM SHA2, 4 lanes",
  .chain = chain_sha2,
  .compress = compress_sha2,
  .narrow = chains_sha2_4,
  .narrow_lanes = 4,
};

static int has_sha2(void) {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) >> 6 & 1) != 0; /* HWCAP_SHA2 */
#else
  return 1; /* Whatever runs macOS on ARM has it. */
#endif
}

int sha256_engines_arm(const sha256_engine **list, int max) {
  if (max < 1 || !has_sha2()) return 0;
  list[0] = &sha2;
  return 1;
}
#else
int sha256_engines_arm(const sha256_engine **list, int max) {
  (void)list;
  (void)max;
  return 0;
}
#endif
