/*
 * Replays vectors with examples/c/weft_host.c and prints the lines that host.mjs gives. Reads what test/embed/lines.ts makes of vectors.json:
 *
 *   vector NAME\tFORK        begins a vector, in a fresh instance
 *   record HEX              of its state            precompile ADDRESS INPUT OUTPUT, signer SIGNATURE ADDRESS (an output "-": it fails)
 *   option ID VALUE, contracts ADDRESSES, supplied HEX, environment HEX
 *   run KIND END HEX OFFSET…  begins data, runs it, prints the results
 */
#define _POSIX_C_SOURCE 200809L /* getline */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "weft_host.h"

#define MAX_RECORDS 256
#define MAX_ANSWERS 64
#define MAX_ROUNDS 256
#define MAX_POINTERS 64
/* Longer pieces are shown as their length and hash. */
#define LONGEST 4096

struct bytes {
  uint8_t *data;
  uint32_t length;
};

struct precompile {
  uint64_t address;
  struct bytes input, output;
  bool ok;
};

/* hash r s parity, and who signed. */
struct signer {
  uint8_t signature[97];
  struct bytes address;
};

struct vector {
  struct weft_host host;
  bool is_open, is_traced;
  char name[256];
  unsigned run;
  struct bytes records[MAX_RECORDS];
  struct precompile precompiles[MAX_ANSWERS];
  struct signer signers[MAX_ANSWERS];
  size_t record_count, precompile_count, signer_count;
};

static void fail(const char *what, int status) {
  fprintf(stderr, "host.c: %s: %d\n", what, status);
  exit(1);
}

static void check(const char *what, int32_t status) {
  if (status != WEFT_RUN_DONE) fail(what, status);
}

static struct bytes from_hex(const char *text) {
  struct bytes bytes = {NULL, (uint32_t)(strlen(text) / 2)};
  bytes.data = malloc(bytes.length + 1);
  if (!bytes.data) fail("no memory", 0);
  for (uint32_t i = 0; i < bytes.length; i++) {
    unsigned byte;
    if (sscanf(text + 2 * i, "%2x", &byte) != 1) fail("not hexadecimal", (int)i);
    bytes.data[i] = (uint8_t)byte;
  }
  return bytes;
}

/* ---- results ---- */

static void print_hex(const uint8_t *data, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) printf("%02x", data[i]);
}

/* Hashes bytes that are not in the core's memory, or are. */
static void keccak(struct weft_host *host, const uint8_t *data, uint32_t length, uint8_t digest[32]) {
  static const uint8_t room[32];
  uint32_t in = weft_host_put(host, data, length), out = weft_host_put(host, room, 32);
  check("weft_keccak", (int32_t)Z_weftZ_weft_keccak(&host->core, out, in, length));
  memcpy(digest, weft_host_bytes(host, out, 32), 32);
  weft_host_free(host, in);
  weft_host_free(host, out);
}

static void tell(struct vector *vector, const char *piece, const uint8_t *data, uint32_t length) {
  printf("%s/%u %s ", vector->name, vector->run, piece);
  if (length > LONGEST) {
    uint8_t digest[32];
    uint8_t *copy = malloc(length);
    if (!copy) fail("no memory", 0);
    memcpy(copy, data, length);
    keccak(&vector->host, copy, length, digest);
    free(copy);
    printf("#%" PRIu32 " ", length);
    print_hex(digest, 32);
  } else {
    print_hex(data, length);
  }
  printf("\n");
}

/* The { address, length } at an address. */
static void tell_piece(struct vector *vector, const char *piece, uint32_t at) {
  uint32_t from = weft_host_u32(&vector->host, at), length = weft_host_u32(&vector->host, at + 4);
  tell(vector, piece, weft_host_bytes(&vector->host, from, length), length);
}

static void tell_logs(struct vector *vector, uint32_t from, uint32_t count) {
  uint32_t end = from;
  for (uint32_t i = 0; i < count; i++) end += weft_host_u32(&vector->host, end);
  tell(vector, "logs", weft_host_bytes(&vector->host, from, end - from), end - from);
}

static void tell_message(struct vector *vector) {
  struct weft_outcome outcome;
  if (!weft_host_outcome(&vector->host, &outcome)) fail("no outcome", 0);
  struct weft_outcome shown = outcome;
  shown.output = shown.logs = shown.used = 0;
  tell(vector, "outcome", (const uint8_t *)&shown, sizeof shown);
  tell(vector, "output", weft_host_bytes(&vector->host, outcome.output, outcome.output_length), outcome.output_length);
  tell(vector, "used", weft_host_bytes(&vector->host, outcome.used, outcome.used_length), outcome.used_length);
  tell_logs(vector, outcome.logs, outcome.log_count);
}

static void tell_block(struct vector *vector) {
  struct weft_result result;
  uint32_t at = Z_weftZ_weft_outcome(&vector->host.core);
  memcpy(&result, weft_host_bytes(&vector->host, at, sizeof result), sizeof result);
  struct weft_result shown = result;
  shown.receipts = shown.logs = 0;
  tell(vector, "outcome", (const uint8_t *)&shown, sizeof shown);
  uint32_t length = result.receipt_count * WEFT_RECEIPT_STRUCT_SIZE;
  tell(vector, "receipts", weft_host_bytes(&vector->host, result.receipts, length), length);
  tell_logs(vector, result.logs, result.log_count);
}

/* ---- answers ---- */

/* The state's record of a kind that has these bytes at an offset, and these at another. */
static const struct bytes *find(const struct vector *vector, uint32_t kind, uint32_t offset, const void *field,
                                size_t size, uint32_t other_offset, const void *other, size_t other_size) {
  for (size_t i = 0; i < vector->record_count; i++) {
    const struct bytes *record = &vector->records[i];
    if (record->data[0] != kind || record->length < offset + size || record->length < other_offset + other_size) continue;
    if (memcmp(record->data + offset, field, size) == 0 && memcmp(record->data + other_offset, other, other_size) == 0)
      return record;
  }
  return NULL;
}

static bool give(struct weft_records *records, uint32_t kind, const struct bytes *found, size_t size, uint8_t **made) {
  uint8_t *record = weft_records_add(records, kind, found ? found->length : size);
  if (record && found) memcpy(record, found->data, found->length);
  *made = found ? NULL : record;
  return record != NULL;
}

static bool answer_state(struct vector *vector, const struct weft_item *item, struct weft_records *records) {
  uint8_t *made = NULL;
  const struct bytes *found;
  switch (item->kind) {
    case WEFT_KIND_ACCOUNT:
      found = find(vector, item->kind, WEFT_ACCOUNT_ADDRESS, item->address, 20, 0, "", 0);
      if (!give(records, item->kind, found, WEFT_ACCOUNT_RECORD_SIZE, &made)) return false;
      if (made) memcpy(made + WEFT_ACCOUNT_ADDRESS, item->address, 20);
      return true;
    case WEFT_KIND_STORAGE:
      found = find(vector, item->kind, WEFT_STORAGE_ADDRESS, item->address, 20, WEFT_STORAGE_KEY, item->key, 32);
      if (!give(records, item->kind, found, WEFT_STORAGE_RECORD_SIZE, &made)) return false;
      if (made) memcpy(made + WEFT_STORAGE_ADDRESS, item->address, 20);
      if (made) memcpy(made + WEFT_STORAGE_KEY, item->key, 32);
      return true;
    case WEFT_KIND_CODE:
      found = find(vector, item->kind, WEFT_CODE_HASH, item->key, 32, 0, "", 0);
      return !found || give(records, item->kind, found, 0, &made);
    default:
      found = find(vector, item->kind, WEFT_BLOCK_HASH_NUMBER, &item->number, 8, 0, "", 0);
      return !found || give(records, item->kind, found, 0, &made);
  }
}

static bool answer_precompile(struct vector *vector, const struct weft_item *item, struct weft_records *records) {
  const uint8_t *input = weft_host_bytes(&vector->host, item->ptr, item->len);
  for (size_t i = 0; i < vector->precompile_count; i++) {
    const struct precompile *known = &vector->precompiles[i];
    if (known->address != item->number || known->input.length != item->len) continue;
    if (memcmp(known->input.data, input, item->len) != 0) continue;
    uint8_t *record = weft_records_add(records, item->kind, WEFT_PRECOMPILE_OUTPUT + known->output.length);
    if (!record) return false;
    uint32_t ok = known->ok;
    memcpy(record + WEFT_PRECOMPILE_OK, &ok, sizeof ok);
    memcpy(record + WEFT_PRECOMPILE_LENGTH, &known->output.length, sizeof known->output.length);
    memcpy(record + WEFT_PRECOMPILE_OUTPUT, known->output.data, known->output.length);
    return true;
  }
  return false;
}

static bool answer_recover(struct vector *vector, const struct weft_item *item, struct weft_records *records) {
  struct weft_recover *answer = (void *)weft_records_add(records, item->kind, WEFT_RECOVER_RECORD_SIZE);
  struct weft_signature parts;
  uint8_t signature[97];
  if (!answer) return false;
  memcpy(&parts, item, sizeof parts);
  memcpy(signature, item->key, 32);
  memcpy(signature + 32, parts.r, 32);
  memcpy(signature + 64, parts.s, 32);
  signature[96] = (uint8_t)item->parity;
  answer->index = item->ptr;
  for (size_t i = 0; i < vector->signer_count; i++) {
    if (memcmp(vector->signers[i].signature, signature, sizeof signature) != 0) continue;
    answer->ok = 1;
    memcpy(answer->address, vector->signers[i].address.data, 20);
  }
  return true;
}

/* ---- the contract of the host's own: host.mjs says what it does ---- */

static bool give_contract(struct weft_records *records, int32_t status, const void *output, uint32_t output_length,
                          const struct weft_records *changes) {
  uint32_t end = WEFT_ANSWER_OUTPUT + ((output_length + 7) & ~7u);
  uint8_t *record = weft_records_add(records, WEFT_KIND_CUSTOM, end + changes->length);
  if (!record) return false;
  struct weft_answer answer;
  memcpy(&answer, record, sizeof answer);
  answer.status = status;
  answer.length = output_length;
  answer.gas_used = 1000;
  answer.changes = (uint32_t)changes->length;
  memcpy(record, &answer, sizeof answer);
  memcpy(record + WEFT_ANSWER_OUTPUT, output, output_length);
  if (changes->length) memcpy(record + end, changes->data, changes->length);
  return true;
}

static bool count_call(struct weft_records *changes, const uint8_t self[20], const uint8_t count[32]) {
  uint8_t *slot = weft_records_add(changes, WEFT_KIND_STORAGE, WEFT_STORAGE_RECORD_SIZE);
  if (!slot) return false;
  memcpy(slot + WEFT_STORAGE_ADDRESS, self, 20);
  memcpy(slot + WEFT_STORAGE_VALUE, count, 32);
  uint8_t *balance = weft_records_add(changes, WEFT_KIND_BALANCE, WEFT_BALANCE_RECORD_SIZE);
  if (!balance) return false;
  memcpy(balance + WEFT_BALANCE_ADDRESS, self, 20);
  memcpy(balance + WEFT_BALANCE_VALUE, count, 32);
  struct weft_log log = {.size = WEFT_LOG_TOPICS + 64, .topic_count = 1, .data_length = 32};
  memcpy(log.address, self, 20);
  uint8_t *logged = weft_records_add(changes, WEFT_KIND_LOG, WEFT_LOGGED_LOG + log.size);
  if (!logged) return false;
  memcpy(logged + WEFT_LOGGED_LOG, &log, sizeof log);
  memcpy(logged + WEFT_LOGGED_LOG + WEFT_LOG_TOPICS, count, 32);
  memcpy(logged + WEFT_LOGGED_LOG + WEFT_LOG_TOPICS + 32, count, 32);
  return true;
}

/* Slot 0 of whoever the call acts for, and the caller's balance; false where the core has to ask for them first. */
static bool look(struct weft_host *host, const struct weft_custom *call, uint8_t slot[32], uint8_t balance[32]) {
  static const uint8_t room[WEFT_ACCOUNT_RECORD_SIZE], zero[32];
  uint32_t out = weft_host_put(host, room, sizeof room), key = weft_host_put(host, zero, sizeof zero);
  uint32_t self = weft_host_put(host, call->self, 20), caller = weft_host_put(host, call->caller, 20);
  uint32_t missing = Z_weftZ_weft_state_slot(&host->core, out, self, key);
  memcpy(slot, weft_host_bytes(host, out + WEFT_STORAGE_VALUE, 32), 32);
  missing += Z_weftZ_weft_state_account(&host->core, out, caller);
  memcpy(balance, weft_host_bytes(host, out + WEFT_ACCOUNT_BALANCE, 32), 32);
  const uint32_t blocks[] = {out, key, self, caller};
  for (size_t i = 0; i < 4; i++) weft_host_free(host, blocks[i]);
  return missing == 0;
}

static bool answer_contract(struct vector *vector, const struct weft_item *item, struct weft_records *records) {
  struct weft_host *host = &vector->host;
  struct weft_custom call;
  memcpy(&call, weft_host_bytes(host, item->ptr, sizeof call), sizeof call);
  uint8_t told[sizeof call + 64], *input = told + sizeof call, output[64];
  uint32_t length = call.input_length;
  if (length > 64) return false;
  memcpy(input, weft_host_bytes(host, call.input, length), length);
  call.input = 0;
  memcpy(told, &call, sizeof call);
  tell(vector, "custom", told, sizeof call + length);
  struct weft_records changes = {0};
  if (!look(host, &call, output, output + 32)) return true;
  if (length && input[0] == 0xff) return give_contract(records, WEFT_REVERT, input, length, &changes);
  if (length && input[0] == 0xfe) return give_contract(records, WEFT_PRECOMPILE_FAILURE, input, 0, &changes);
  output[31]++;
  bool ok = count_call(&changes, call.self, output) && give_contract(records, 0, output, sizeof output, &changes);
  weft_records_close(&changes);
  return ok;
}

static bool answer(void *context, struct weft_host *host, const struct weft_item *item, struct weft_records *records) {
  (void)host;
  if (item->kind == WEFT_KIND_CUSTOM) return answer_contract(context, item, records);
  if (item->kind == WEFT_KIND_PRECOMPILE) return answer_precompile(context, item, records);
  if (item->kind == WEFT_KIND_RECOVER) return answer_recover(context, item, records);
  return answer_state(context, item, records);
}

static void traced(void *context, const uint8_t *records, uint32_t length) { tell(context, "trace", records, length); }

/* ---- lines ---- */

static void close_vector(struct vector *vector) {
  for (size_t i = 0; i < vector->record_count; i++) free(vector->records[i].data);
  for (size_t i = 0; i < vector->signer_count; i++) free(vector->signers[i].address.data);
  for (size_t i = 0; i < vector->precompile_count; i++) {
    free(vector->precompiles[i].input.data);
    free(vector->precompiles[i].output.data);
  }
  if (vector->is_open) weft_host_close(&vector->host);
  memset(vector, 0, sizeof *vector);
}

static void open_vector(struct vector *vector, char *rest) {
  char *fork = strchr(rest, '\t');
  if (!fork) fail("vector without a fork", 0);
  *fork++ = 0;
  close_vector(vector);
  snprintf(vector->name, sizeof vector->name, "%s", rest);
  weft_host_open(&vector->host);
  vector->is_open = true;
  weft_host_reset(&vector->host, atoi(fork));
}

static void run(struct vector *vector, const char *kind, const char *end, const char *data_hex, char *offsets) {
  uint32_t pointers[MAX_POINTERS];
  size_t pointer_count = 0, rounds = 0;
  uint8_t asked[MAX_ROUNDS];
  for (char *offset = strtok(offsets, " "); offset && pointer_count < MAX_POINTERS; offset = strtok(NULL, " "))
    pointers[pointer_count++] = (uint32_t)strtoul(offset, NULL, 10);
  struct bytes data = from_hex(data_hex);
  bool is_block = strcmp(kind, "block") == 0;
  enum weft_begin begin = is_block ? WEFT_BEGIN_BLOCK : strcmp(kind, "tx") == 0 ? WEFT_BEGIN_TX : WEFT_BEGIN_CALL;
  struct weft_host *host = &vector->host;
  check("weft_begin", weft_host_begin(host, begin, data.data, data.length, pointers, pointer_count));
  free(data.data);
  weft_traced on_trace = vector->is_traced ? traced : NULL;
  check("weft_run", weft_host_run(host, answer, on_trace, vector, asked, MAX_ROUNDS, &rounds));
  tell(vector, "asked", asked, (uint32_t)rounds);
  if (is_block) tell_block(vector);
  else tell_message(vector);
  if (strcmp(end, "discard") == 0) Z_weftZ_weft_discard(&host->core);
  else if (!is_block) check("weft_commit", (int32_t)Z_weftZ_weft_commit(&host->core));
  tell_piece(vector, "diff", Z_weftZ_weft_diff(&host->core));
  if (strcmp(end, "root") == 0) {
    static const uint8_t room[32];
    uint32_t root = weft_host_put(host, room, 32);
    check("weft_state_root", (int32_t)Z_weftZ_weft_state_root(&host->core, root));
    tell(vector, "root", weft_host_bytes(host, root, 32), 32);
  }
  vector->run++;
}

/* Cuts a line at the first space; returns what follows. */
static char *word(char *line) {
  char *space = strchr(line, ' ');
  if (!space) return line + strlen(line);
  *space = 0;
  return space + 1;
}

static void add_precompile(struct vector *vector, char *rest) {
  if (vector->precompile_count == MAX_ANSWERS) fail("too many precompiles", MAX_ANSWERS);
  struct precompile *known = &vector->precompiles[vector->precompile_count++];
  char *input = word(rest), *output = word(input);
  known->address = strtoull(rest, NULL, 10);
  known->input = from_hex(input);
  known->ok = strcmp(output, "-") != 0;
  known->output = from_hex(known->ok ? output : "");
}

static void add_signer(struct vector *vector, char *rest) {
  if (vector->signer_count == MAX_ANSWERS) fail("too many signers", MAX_ANSWERS);
  struct signer *known = &vector->signers[vector->signer_count++];
  char *address = word(rest);
  struct bytes signature = from_hex(rest);
  if (signature.length != sizeof known->signature) fail("a signature of another length", (int)signature.length);
  memcpy(known->signature, signature.data, sizeof known->signature);
  free(signature.data);
  known->address = from_hex(address);
}

static void set_contracts(struct vector *vector, const struct bytes *addresses) {
  uint32_t at = weft_host_put(&vector->host, addresses->data, addresses->length);
  check("weft_set_precompiles", (int32_t)Z_weftZ_weft_set_precompiles(&vector->host.core, at, addresses->length / 20));
  weft_host_free(&vector->host, at);
}

static void take_line(struct vector *vector, char *line) {
  char *rest = word(line);
  if (strcmp(line, "vector") == 0) {
    open_vector(vector, rest);
  } else if (strcmp(line, "record") == 0) {
    if (vector->record_count == MAX_RECORDS) fail("too many records", MAX_RECORDS);
    vector->records[vector->record_count++] = from_hex(rest);
  } else if (strcmp(line, "precompile") == 0) {
    add_precompile(vector, rest);
  } else if (strcmp(line, "signer") == 0) {
    add_signer(vector, rest);
  } else if (strcmp(line, "option") == 0) {
    char *value = word(rest);
    vector->is_traced = true;
    check("weft_set_option", weft_host_set_option(&vector->host, atoi(rest), atoi(value)));
  } else if (strcmp(line, "run") == 0) {
    char *end = word(rest), *data = word(end), *offsets = word(data);
    run(vector, rest, end, data, offsets);
  } else {
    struct bytes data = from_hex(rest);
    if (strcmp(line, "contracts") == 0) set_contracts(vector, &data);
    else if (strcmp(line, "supplied") == 0) check("weft_supply", weft_host_supply(&vector->host, data.data, data.length));
    else check("weft_set_block", weft_host_set_block(&vector->host, data.data, data.length));
    free(data.data);
  }
}

int main(void) {
  static struct vector vector;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  weft_library_open();
  while ((length = getline(&line, &capacity, stdin)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    take_line(&vector, line);
  }
  free(line);
  close_vector(&vector);
  weft_library_close();
  return 0;
}
