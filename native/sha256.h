/*
 * SHA-256 for chains, in C: what JavaScript cannot reach, the processor's own SHA instructions and wide vectors.
 *
 *     chain        one hash after another, h = sha256(h): a chain cannot be hurried, so what counts is latency
 *     chains       many chains beside each other, a lane each: what counts is throughput
 *     compress     whole blocks of a message: everything else
 *
 * An engine is one way to do these on one kind of processor. All engines give the same bytes; the tests compare them.
 * Hashes are eight words in the processor's own order, bytes are big-endian as in FIPS 180-4.
 */
#ifndef ESCAPEMENT_SHA256_H
#define ESCAPEMENT_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* The most lanes that any engine has. */
enum { LANES_MAX = 16 };

/* The most hashes of one chain: what JavaScript counts exactly. */
#define COUNT_MAX 9007199254740991.0

typedef uint32_t hash_words[8];

typedef struct {
  const char *name;
  /* `count` times h = sha256(h). */
  void (*chain)(hash_words h, uint64_t count);
  /* Compresses `blocks` blocks of 64 bytes into the state. */
  void (*compress)(hash_words state, const uint8_t *bytes, size_t blocks);
  /* The same `count` for each of `narrow_lanes` chains; null: chain one after another. */
  void (*narrow)(hash_words *h, uint64_t count);
  int narrow_lanes;
  /* The same with more lanes, which pay once `wide_from` of them are in use; null: narrow ones only. */
  void (*wide)(hash_words *h, uint64_t count);
  int wide_lanes;
  int wide_from;
} sha256_engine;

extern const uint32_t sha256_constants[64];
extern const hash_words sha256_initial;

/* The engines this processor can run, best first; the last is plain C. */
int sha256_engines(const sha256_engine **list, int max);

/* Those of one architecture: as many of `max` as are written to `list`. */
int sha256_engines_x86(const sha256_engine **list, int max);
int sha256_engines_arm(const sha256_engine **list, int max);

void sha256_chain_c(hash_words h, uint64_t count);
void sha256_compress_c(hash_words state, const uint8_t *bytes, size_t blocks);

/* SHA-256 of a message: 32 bytes to `out`, which may overlap it. */
void sha256_message(const sha256_engine *engine, const uint8_t *bytes, size_t length, uint8_t *out);

/* `n` chains of their own lengths: counts[i] times h = sha256(h) from the 32 bytes at hashes + 32 i, to out + 32 i. */
void sha256_chains(const sha256_engine *engine, const uint8_t *hashes, const double *counts, size_t n, uint8_t *out);

static inline uint32_t load_word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void store_word(uint8_t *bytes, uint32_t word) {
  bytes[0] = (uint8_t)(word >> 24);
  bytes[1] = (uint8_t)(word >> 16);
  bytes[2] = (uint8_t)(word >> 8);
  bytes[3] = (uint8_t)word;
}

static inline void load_hash(hash_words h, const uint8_t *bytes) {
  for (int i = 0; i < 8; i++) h[i] = load_word(bytes + 4 * i);
}

static inline void store_hash(uint8_t *bytes, const hash_words h) {
  for (int i = 0; i < 8; i++) store_word(bytes + 4 * i, h[i]);
}

#endif
