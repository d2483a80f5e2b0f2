/*
 * The engines as a Node-API addon.
 *
 *     engines()                 the names of what this processor can do, best first
 *     open(memory, engine)      functions that hash by one of them, and have one piece of memory to themselves
 *
 * The memory is a Uint8Array on a SharedArrayBuffer, which nobody can take away while it is in use. What is short goes
 * through it, so that a call costs no look at an array:
 *
 *     hashChain(count)          memory[0..32) = that many times sha256(memory[0..32))
 *     mix()                     memory[0..32) = sha256(memory[0..64))
 *     sha256(length)            memory[0..32) = sha256(memory[0..length))
 *
 * What is long names its arrays:
 *
 *     hashChains(hashes, counts, out)    32 n bytes, n doubles, 32 n bytes: chains beside each other
 *     hashMessages(bytes, length, out)   n messages of `length` bytes end to end, 32 n bytes: each one's SHA-256
 *     hashLong(bytes, out)               a message longer than the memory; 32 bytes
 *
 * Wrong arguments throw, and no memory is touched that was not given; what a large count costs is the caller's to bear.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdlib.h>

#include "sha256.h"

enum { ENGINES_MAX = 8, MEMORY_MIN = 64 };

/* What one call of open() made; it lives as long as its environment, as functions that were given away do. */
typedef struct opened {
  const sha256_engine *engine;
  uint8_t *memory;
  size_t memory_length;
  napi_ref memory_ref;
  struct opened *next;
} opened;

/* An environment's: each thread has its own. */
typedef struct {
  const sha256_engine *engines[ENGINES_MAX];
  int engine_count;
  opened *first;
} environment;

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

/* What the function belongs to, and `argc` arguments; null after a throw. */
static void *enter(napi_env env, napi_callback_info call, size_t argc, napi_value *argv) {
  size_t given = argc;
  void *self = NULL;
  if (napi_get_cb_info(env, call, &given, argv, NULL, &self) != napi_ok || self == NULL || given < argc) {
    refuse(env, "too few arguments");
    return NULL;
  }
  return self;
}

/* A whole number from 0 to `max`; 0 after a throw. */
static int read_count(napi_env env, napi_value value, double max, double *count) {
  if (napi_get_value_double(env, value, count) == napi_ok && *count >= 0 && *count <= max &&
      *count == (double)(uint64_t)*count)
    return 1;
  refuse(env, "not a count in range");
  return 0;
}

static int read_array(napi_env env, napi_value value, napi_typedarray_type type, void **start, size_t *length) {
  napi_typedarray_type found;
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) == napi_ok && is_array &&
      napi_get_typedarray_info(env, value, &found, length, start, NULL, NULL) == napi_ok && found == type &&
      (*length == 0 || *start != NULL))
    return 1;
  refuse(env, "not an array of the right kind");
  return 0;
}

static const double count_max = COUNT_MAX;

static napi_value hash_chain(napi_env env, napi_callback_info call) {
  napi_value argv[1];
  double count;
  opened *self = enter(env, call, 1, argv);
  if (self == NULL || !read_count(env, argv[0], count_max, &count)) return NULL;
  hash_words h;
  load_hash(h, self->memory);
  self->engine->chain(h, (uint64_t)count);
  store_hash(self->memory, h);
  return NULL;
}

static napi_value sha256(napi_env env, napi_callback_info call) {
  napi_value argv[1];
  double length;
  opened *self = enter(env, call, 1, argv);
  if (self == NULL || !read_count(env, argv[0], (double)self->memory_length, &length)) return NULL;
  sha256_message(self->engine, self->memory, (size_t)length, self->memory);
  return NULL;
}

static napi_value mix(napi_env env, napi_callback_info call) {
  opened *self = enter(env, call, 0, NULL);
  if (self != NULL) sha256_message(self->engine, self->memory, 64, self->memory);
  return NULL;
}

static napi_value hash_chains(napi_env env, napi_callback_info call) {
  napi_value argv[3];
  void *hashes, *counts, *out;
  size_t hashes_length, n, out_length;
  opened *self = enter(env, call, 3, argv);
  if (self == NULL || !read_array(env, argv[0], napi_uint8_array, &hashes, &hashes_length) ||
      !read_array(env, argv[1], napi_float64_array, &counts, &n) ||
      !read_array(env, argv[2], napi_uint8_array, &out, &out_length))
    return NULL;
  if (hashes_length / 32 != n || hashes_length % 32 != 0 || out_length != hashes_length)
    return refuse(env, "hashes, counts and results do not fit each other");
  const double *c = counts;
  for (size_t i = 0; i < n; i++)
    if (!(c[i] >= 0 && c[i] <= count_max && c[i] == (double)(uint64_t)c[i])) return refuse(env, "not a count in range");
  sha256_chains(self->engine, hashes, c, n, out);
  return NULL;
}

static napi_value hash_messages(napi_env env, napi_callback_info call) {
  napi_value argv[3];
  void *bytes, *out;
  size_t bytes_length, out_length;
  double length;
  opened *self = enter(env, call, 3, argv);
  if (self == NULL || !read_array(env, argv[0], napi_uint8_array, &bytes, &bytes_length) ||
      !read_count(env, argv[1], count_max, &length) ||
      !read_array(env, argv[2], napi_uint8_array, &out, &out_length))
    return NULL;
  size_t each = (size_t)length, n = out_length / 32;
  if (out_length % 32 != 0 || (each == 0 ? bytes_length != 0 : bytes_length % each != 0 || bytes_length / each != n))
    return refuse(env, "messages and results do not fit each other");
  const uint8_t *from = bytes;
  uint8_t *to = out;
  for (size_t i = 0; i < n; i++) sha256_message(self->engine, from + each * i, each, to + 32 * i);
  return NULL;
}

static napi_value hash_long(napi_env env, napi_callback_info call) {
  napi_value argv[2];
  void *bytes, *out;
  size_t length, out_length;
  opened *self = enter(env, call, 2, argv);
  if (self == NULL || !read_array(env, argv[0], napi_uint8_array, &bytes, &length) ||
      !read_array(env, argv[1], napi_uint8_array, &out, &out_length))
    return NULL;
  if (out_length != 32) return refuse(env, "a hash has 32 bytes");
  static const uint8_t nothing[1];
  sha256_message(self->engine, length == 0 ? nothing : bytes, length, out);
  return NULL;
}

static int set_functions(napi_env env, napi_value object, void *self, const napi_property_descriptor *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    napi_value function;
    if (napi_create_function(env, list[i].utf8name, NAPI_AUTO_LENGTH, list[i].method, self, &function) != napi_ok ||
        napi_set_named_property(env, object, list[i].utf8name, function) != napi_ok)
      return 0;
  }
  return 1;
}

static int is_shared(napi_env env, napi_value array) {
  napi_value buffer;
  bool is_plain = true;
  return napi_get_typedarray_info(env, array, NULL, NULL, NULL, &buffer, NULL) == napi_ok &&
         napi_is_arraybuffer(env, buffer, &is_plain) == napi_ok && !is_plain;
}

static napi_value open(napi_env env, napi_callback_info call) {
  static const napi_property_descriptor functions[] = {
    { .utf8name = "hashChain", .method = hash_chain },
    { .utf8name = "mix", .method = mix },
    { .utf8name = "sha256", .method = sha256 },
    { .utf8name = "hashChains", .method = hash_chains },
    { .utf8name = "hashMessages", .method = hash_messages },
    { .utf8name = "hashLong", .method = hash_long },
  };
  napi_value argv[2], object;
  void *memory;
  size_t length;
  double index;
  environment *owner = enter(env, call, 2, argv);
  if (owner == NULL || !read_array(env, argv[0], napi_uint8_array, &memory, &length) ||
      !read_count(env, argv[1], owner->engine_count - 1, &index))
    return NULL;
  if (length < MEMORY_MIN || !is_shared(env, argv[0]))
    return refuse(env, "not 64 bytes or more of a SharedArrayBuffer");
  opened *self = calloc(1, sizeof *self);
  if (self == NULL) return refuse(env, "out of memory");
  *self = (opened){ owner->engines[(int)index], memory, length, NULL, owner->first };
  owner->first = self;
  if (napi_create_reference(env, argv[0], 1, &self->memory_ref) != napi_ok || napi_create_object(env, &object) != napi_ok ||
      !set_functions(env, object, self, functions, sizeof functions / sizeof *functions))
    return refuse(env, "cannot be opened");
  return object;
}

static napi_value engines(napi_env env, napi_callback_info call) {
  napi_value list;
  environment *owner = enter(env, call, 0, NULL);
  if (owner == NULL || napi_create_array(env, &list) != napi_ok) return NULL;
  for (int i = 0; i < owner->engine_count; i++) {
    napi_value name;
    if (napi_create_string_utf8(env, owner->engines[i]->name, NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_set_element(env, list, (uint32_t)i, name) != napi_ok)
      return refuse(env, "no list");
  }
  return list;
}

static void drop(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  environment *owner = data;
  for (opened *next, *each = owner->first; each != NULL; each = next) {
    next = each->next;
    free(each);
  }
  free(owner);
}

NAPI_MODULE_INIT() {
  static const napi_property_descriptor functions[] = {
    { .utf8name = "open", .method = open },
    { .utf8name = "engines", .method = engines },
  };
  environment *owner = calloc(1, sizeof *owner);
  if (owner == NULL) return refuse(env, "out of memory");
  owner->engine_count = sha256_engines(owner->engines, ENGINES_MAX);
  if (napi_set_instance_data(env, owner, drop, NULL) != napi_ok) {
    free(owner);
    return refuse(env, "no environment");
  }
  if (!set_functions(env, exports, owner, functions, 2)) return refuse(env, "no functions");
  return exports;
}
