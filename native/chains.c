/*
 * What is the same for all engines: messages of any length, chains of unlike lengths, the list of engines.
 *
 *     chains  5 3 9 2 …   longest first        lanes  9 5 3 2
 *                                                    ─2 steps─>  the chain of 2 is done: its lane takes the next one
 */
#include "sha256.h"

#include <stdlib.h>
#include <string.h>

void sha256_message(const sha256_engine *engine, const uint8_t *bytes, size_t length, uint8_t *out) {
  hash_words state;
  memcpy(state, sha256_initial, sizeof state);
  size_t rest = length % 64;
  engine->compress(state, bytes, length / 64);
  uint8_t end[128] = { 0 };
  memcpy(end, bytes + (length - rest), rest);
  end[rest] = 0x80;
  size_t blocks = rest < 56 ? 1 : 2;
  uint64_t bits = (uint64_t)length * 8;
  store_word(end + 64 * blocks - 8, (uint32_t)(bits >> 32));
  store_word(end + 64 * blocks - 4, (uint32_t)bits);
  engine->compress(state, end, blocks);
  store_hash(out, state);
}

/* Runs the first `used` lanes for `count` hashes; lanes beyond them may be computed too, and hold nothing of use. */
static void run_lanes(const sha256_engine *engine, hash_words *lanes, int used, uint64_t count) {
  if (engine->wide != NULL && used >= engine->wide_from) {
    engine->wide(lanes, count);
    return;
  }
  int lane = 0;
  if (engine->narrow != NULL)
    for (; used - lane > 1; lane += engine->narrow_lanes) engine->narrow(lanes + lane, count);
  for (; lane < used; lane++) engine->chain(lanes[lane], count);
}

typedef struct {
  uint64_t count;
  size_t index;
} pending_chain;

static int longer_first(const void *a, const void *b) {
  const pending_chain *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  return x->index < y->index ? -1 : 1;
}

enum { BATCH = 512 };

/* Chains in lanes, `n` at most BATCH: the longest first, so that the last ones to end are short. */
static void batch_of_chains(const sha256_engine *engine, const uint8_t *hashes, const double *counts, size_t n,
                            uint8_t *out) {
  pending_chain pending[BATCH];
  /* Read once, and judged again: shared memory may have changed since the caller looked. */
  for (size_t i = 0; i < n; i++) {
    double count = ((const volatile double *)counts)[i];
    pending[i] = (pending_chain){ count >= 0 && count <= COUNT_MAX ? (uint64_t)count : 0, i };
  }
  qsort(pending, n, sizeof *pending, longer_first);
  hash_words lanes[LANES_MAX + 4] __attribute__((aligned(64)));
  memset(lanes, 0, sizeof lanes);
  pending_chain running[LANES_MAX];
  int width = engine->wide != NULL ? engine->wide_lanes : engine->narrow != NULL ? engine->narrow_lanes : 1;
  int used = 0;
  for (size_t next = 0;;) {
    for (; used < width && next < n; next++, used++) {
      running[used] = pending[next];
      load_hash(lanes[used], hashes + 32 * pending[next].index);
    }
    if (used == 0) return;
    uint64_t steps = running[0].count;
    for (int i = 1; i < used; i++)
      if (running[i].count < steps) steps = running[i].count;
    if (steps > 0) run_lanes(engine, lanes, used, steps);
    for (int i = used - 1; i >= 0; i--) {
      running[i].count -= steps;
      if (running[i].count > 0) continue;
      store_hash(out + 32 * running[i].index, lanes[i]);
      used--;
      running[i] = running[used];
      memcpy(lanes[i], lanes[used], sizeof(hash_words));
    }
  }
}

void sha256_chains(const sha256_engine *engine, const uint8_t *hashes, const double *counts, size_t n, uint8_t *out) {
  for (size_t from = 0; from < n; from += BATCH) {
    size_t some = n - from < BATCH ? n - from : BATCH;
    batch_of_chains(engine, hashes + 32 * from, counts + from, some, out + 32 * from);
  }
}

static const sha256_engine plain_c = { .name = "plain C", .chain = sha256_chain_c, .compress = sha256_compress_c };

int sha256_engines(const sha256_engine **list, int max) {
  int n = 0;
#if defined(__x86_64__)
  n = sha256_engines_x86(list, max - 1);
#elif defined(__aarch64__)
  n = sha256_engines_arm(list, max - 1);
#endif
  list[n++] = &plain_c;
  return n;
}
