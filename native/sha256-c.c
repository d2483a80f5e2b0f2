/* SHA-256 in plain C, for every processor: FIPS 180-4, sixteen words of the schedule at a time. */
#include "sha256.h"

#include <string.h>

const uint32_t sha256_constants[64] __attribute__((aligned(64))) = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

const hash_words sha256_initial = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline uint32_t rotr(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

/* The sum of what is known early comes first: a round waits for e and a of the round before. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                                  \
  do {                                                                                                    \
    uint32_t t = (h + k[i] + w[i]) + (g ^ (e & (f ^ g))) + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25));      \
    d += t;                                                                                               \
    h = t + ((a & b) | (c & (a | b))) + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22));                         \
  } while (0)

static inline void compress_words(hash_words state, uint32_t w[16]) {
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int from = 0;; from += 16) {
    const uint32_t *k = sha256_constants + from;
#pragma GCC unroll 2
    for (int i = 0; i < 16; i += 8) {
      ROUND(a, b, c, d, e, f, g, h, i);
      ROUND(h, a, b, c, d, e, f, g, i + 1);
      ROUND(g, h, a, b, c, d, e, f, i + 2);
      ROUND(f, g, h, a, b, c, d, e, i + 3);
      ROUND(e, f, g, h, a, b, c, d, i + 4);
      ROUND(d, e, f, g, h, a, b, c, i + 5);
      ROUND(c, d, e, f, g, h, a, b, i + 6);
      ROUND(b, c, d, e, f, g, h, a, i + 7);
    }
    if (from == 48) break;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      uint32_t w1 = w[(i + 1) & 15], w14 = w[(i + 14) & 15];
      w[i] += (rotr(w1, 7) ^ rotr(w1, 18) ^ w1 >> 3) + w[(i + 9) & 15] + (rotr(w14, 17) ^ rotr(w14, 19) ^ w14 >> 10);
    }
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void sha256_compress_c(hash_words state, const uint8_t *bytes, size_t blocks) {
  for (; blocks > 0; blocks--, bytes += 64) {
    uint32_t w[16];
    for (int i = 0; i < 16; i++) w[i] = load_word(bytes + 4 * i);
    compress_words(state, w);
  }
}

void sha256_chain_c(hash_words h, uint64_t count) {
  for (; count > 0; count--) {
    uint32_t w[16] = { [8] = 0x80000000, [15] = 256 };
    memcpy(w, h, sizeof(hash_words));
    memcpy(h, sha256_initial, sizeof(hash_words));
    compress_words(h, w);
  }
}
