/*
 * A client for evmone, as small as the benchmark's messages allow: state in hash tables, EIP-2929's warm sets, calls, logs. Its one argument
 * is the shared library. It reads commands, a line each, bytes in hex with "-" for none:
 *
 *   forget                    all codes
 *   code ADDRESS CODE         of an account
 *   run CALLER TO GAS INPUT   answers STATUS GAS_LEFT NANOSECONDS OUTPUT (at most its first 128 bytes), or "refused" and what was asked for
 *
 * Every run begins with empty storage. The time is that of the VM's execute, with the analysis of the code, as the interface has it; to make
 * the state and to read the answer are outside of it. What could only make the VM slower is left out: only nested calls write a journal.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, getline */

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "evmc.h"

#define MAX_ACCOUNTS 64
#define MAX_SHOWN 128
#define FIRST_CAPACITY 1024

struct account {
  address address;
  uint8_t *code;
  size_t code_size;
  bool is_warm;
};

struct slot {
  address address;
  word key, value, transient;
  bool is_warm;
};

/* What a failed call takes back: a slot as it was, or an account that was cold. */
struct change {
  bool is_account;
  uint32_t index;
  struct slot before;
};

/* `kept` accounts have code; those behind them became known in this run. */
struct host {
  struct vm *vm;
  struct account accounts[MAX_ACCOUNTS];
  size_t account_count, kept;
  struct slot *slots;
  uint32_t slot_count, slot_capacity, last_slot;
  /* Index of a slot plus 1, at the place that its hash gives or after it. Twice as many as slots. */
  uint32_t *places;
  struct change *changes;
  size_t change_count, change_capacity;
  uint8_t *logs;
  size_t log_size, log_capacity;
  address origin;
  int depth;
  /* What a VM asked for that is not here. */
  const char *refused;
};

static void fail(const char *what, const char *why) {
  printf("error %s%s%s\n", what, why ? ": " : "", why ? why : "");
  exit(1);
}

static void *resized(void *data, size_t size) {
  void *moved = realloc(data, size);
  if (!moved) fail("out of memory", NULL);
  return moved;
}

static bool is_zero(const word *value) {
  static const word zero;
  return memcmp(value, &zero, sizeof zero) == 0;
}

static void refuse(struct host *host, const char *what) {
  if (!host->refused) host->refused = what;
}

/* Accounts */

static struct account *find_account(struct host *host, const address *at) {
  for (size_t i = 0; i < host->account_count; i++)
    if (memcmp(&host->accounts[i].address, at, sizeof *at) == 0) return &host->accounts[i];
  return NULL;
}

static struct account *account_of(struct host *host, const address *at) {
  struct account *found = find_account(host, at);
  if (found) return found;
  if (host->account_count == MAX_ACCOUNTS) {
    refuse(host, "more accounts than the host holds");
    return &host->accounts[0];
  }
  struct account *added = &host->accounts[host->account_count++];
  *added = (struct account){.address = *at};
  return added;
}

/* 0x01 to 0x11 and 0x0100, those of Osaka. */
static bool is_precompile(const address *at) {
  for (int i = 0; i < 18; i++)
    if (at->bytes[i]) return false;
  unsigned number = at->bytes[18] << 8 | at->bytes[19];
  return (number >= 1 && number <= 0x11) || number == 0x100;
}

/* Slots */

/* Swapped, so that keys which count differ in the low bits, from where a product carries the difference up. */
static uint64_t mixed(uint64_t sum, const uint8_t *bytes) {
  uint64_t part;
  memcpy(&part, bytes, sizeof part);
  sum = (sum ^ __builtin_bswap64(part)) * UINT64_C(0x9e3779b97f4a7c15);
  return sum ^ sum >> 32;
}

static uint32_t hash_of(const address *at, const word *key) {
  uint64_t sum = mixed(0, at->bytes + 12);
  for (int i = 0; i < 32; i += 8) sum = mixed(sum, key->bytes + i);
  return (uint32_t)sum;
}

static bool is_slot(const struct slot *slot, const address *at, const word *key) {
  return memcmp(&slot->key, key, sizeof *key) == 0 && memcmp(&slot->address, at, sizeof *at) == 0;
}

static void place(struct host *host, uint32_t index) {
  uint32_t mask = 2 * host->slot_capacity - 1;
  uint32_t at = hash_of(&host->slots[index].address, &host->slots[index].key) & mask;
  while (host->places[at]) at = (at + 1) & mask;
  host->places[at] = index + 1;
}

static void grow_slots(struct host *host) {
  host->slot_capacity = host->slot_capacity ? 2 * host->slot_capacity : FIRST_CAPACITY;
  host->slots = resized(host->slots, host->slot_capacity * sizeof *host->slots);
  host->places = resized(host->places, 2 * host->slot_capacity * sizeof *host->places);
  memset(host->places, 0, 2 * host->slot_capacity * sizeof *host->places);
  for (uint32_t i = 0; i < host->slot_count; i++) place(host, i);
}

/* Its index; a slot that nobody has touched is 0 and cold. A VM asks twice for each, so the last one is looked at first. */
static uint32_t slot_of(struct host *host, const address *at, const word *key) {
  if (host->last_slot < host->slot_count && is_slot(&host->slots[host->last_slot], at, key)) return host->last_slot;
  uint32_t mask = 2 * host->slot_capacity - 1;
  for (uint32_t i = hash_of(at, key) & mask; host->places[i]; i = (i + 1) & mask)
    if (is_slot(&host->slots[host->places[i] - 1], at, key)) return host->last_slot = host->places[i] - 1;
  if (host->slot_count == host->slot_capacity) grow_slots(host);
  host->slots[host->slot_count] = (struct slot){.address = *at, .key = *key};
  place(host, host->slot_count);
  return host->last_slot = host->slot_count++;
}

/* Changes */

static void remember(struct host *host, bool is_account, uint32_t index) {
  if (host->depth == 0) return;
  if (host->change_count == host->change_capacity) {
    host->change_capacity = host->change_capacity ? 2 * host->change_capacity : FIRST_CAPACITY;
    host->changes = resized(host->changes, host->change_capacity * sizeof *host->changes);
  }
  struct change *change = &host->changes[host->change_count++];
  change->is_account = is_account;
  change->index = index;
  if (!is_account) change->before = host->slots[index];
}

static void take_back(struct host *host, size_t count) {
  while (host->change_count > count) {
    struct change *change = &host->changes[--host->change_count];
    if (change->is_account) host->accounts[change->index].is_warm = false;
    else host->slots[change->index] = change->before;
  }
}

/* What the VM asks */

static bool account_exists(struct host *host, const address *at) { return find_account(host, at) != NULL; }

static word get_storage(struct host *host, const address *at, const word *key) {
  return host->slots[slot_of(host, at, key)].value;
}

static int set_storage(struct host *host, const address *at, const word *key, const word *value) {
  uint32_t index = slot_of(host, at, key);
  struct slot *slot = &host->slots[index];
  if (memcmp(&slot->value, value, sizeof *value) == 0) return SLOT_ASSIGNED;
  remember(host, false, index);
  int status = is_zero(&slot->value) ? SLOT_ADDED : is_zero(value) ? SLOT_ADDED_DELETED : SLOT_ASSIGNED;
  slot->value = *value;
  return status;
}

static word get_balance(struct host *host, const address *at) {
  (void)host, (void)at;
  return (word){{0}};
}

static uint64_t get_nonce(struct host *host, const address *at) { return find_account(host, at) ? 1 : 0; }

static size_t get_code_size(struct host *host, const address *at) {
  const struct account *found = find_account(host, at);
  return found ? found->code_size : 0;
}

static word get_code_hash(struct host *host, const address *at) {
  (void)at;
  refuse(host, "the hash of a code");
  return (word){{0}};
}

static size_t copy_code(struct host *host, const address *at, size_t from, uint8_t *to, size_t size) {
  const struct account *found = find_account(host, at);
  if (!found || from >= found->code_size) return 0;
  size_t count = found->code_size - from < size ? found->code_size - from : size;
  memcpy(to, found->code + from, count);
  return count;
}

static bool selfdestruct(struct host *host, const address *at, const address *beneficiary) {
  (void)at, (void)beneficiary;
  refuse(host, "SELFDESTRUCT");
  return false;
}

static struct context get_context(struct host *host) {
  struct context context = {.origin = host->origin, .gas_limit = INT64_MAX};
  context.chain_id.bytes[31] = 1;
  return context;
}

static word get_block_hash(struct host *host, int64_t number) {
  (void)number;
  refuse(host, "BLOCKHASH");
  return (word){{0}};
}

/* As any client keeps them, in one piece. */
static void emit_log(struct host *host, const address *at, const uint8_t *data, size_t size, const word *topics, size_t count) {
  size_t needed = sizeof *at + count * sizeof *topics + size;
  if (host->log_size + needed > host->log_capacity) {
    host->log_capacity = 2 * (host->log_capacity + needed);
    host->logs = resized(host->logs, host->log_capacity);
  }
  uint8_t *to = host->logs + host->log_size;
  memcpy(to, at, sizeof *at);
  if (count) memcpy(to + sizeof *at, topics, count * sizeof *topics);
  if (size) memcpy(to + sizeof *at + count * sizeof *topics, data, size);
  host->log_size += needed;
}

static bool access_account(struct host *host, const address *at) {
  if (is_precompile(at)) return true;
  struct account *account = account_of(host, at);
  if (account->is_warm) return true;
  remember(host, true, (uint32_t)(account - host->accounts));
  account->is_warm = true;
  return false;
}

static bool access_storage(struct host *host, const address *at, const word *key) {
  uint32_t index = slot_of(host, at, key);
  if (host->slots[index].is_warm) return true;
  remember(host, false, index);
  host->slots[index].is_warm = true;
  return false;
}

static word get_transient(struct host *host, const address *at, const word *key) {
  return host->slots[slot_of(host, at, key)].transient;
}

static void set_transient(struct host *host, const address *at, const word *key, const word *value) {
  uint32_t index = slot_of(host, at, key);
  remember(host, false, index);
  host->slots[index].transient = *value;
}

static struct result call(struct host *host, const struct message *message);

static const struct host_calls CALLS = {
    account_exists, get_storage, set_storage,    get_balance,    get_nonce,      get_code_size,
    get_code_hash,  copy_code,   selfdestruct,   call,           get_context,    get_block_hash,
    emit_log,       access_account, access_storage, get_transient, set_transient,
};

static struct result call(struct host *host, const struct message *message) {
  bool is_create = message->kind == KIND_CREATE || message->kind == KIND_CREATE2;
  if (is_create || is_precompile(&message->code_address)) {
    refuse(host, is_create ? "CREATE" : "a precompiled contract");
    return (struct result){.status = STATUS_INTERNAL_ERROR};
  }
  const struct account *callee = find_account(host, &message->code_address);
  if (!callee || callee->code_size == 0) return (struct result){.status = STATUS_SUCCESS, .gas_left = message->gas};
  size_t changes = host->change_count, logs = host->log_size;
  host->depth++;
  struct result result =
      host->vm->execute(host->vm, &CALLS, host, REVISION_OSAKA, message, callee->code, callee->code_size);
  host->depth--;
  if (result.status != STATUS_SUCCESS) {
    take_back(host, changes);
    host->log_size = logs;
  }
  return result;
}

/* Commands */

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t read_bytes(const char *text, uint8_t **bytes) {
  size_t size = !text || strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
  *bytes = resized(NULL, size + 1);
  for (size_t i = 0; i < size; i++) {
    int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) fail("expected hex", text);
    (*bytes)[i] = (uint8_t)(high << 4 | low);
  }
  return size;
}

static address read_address(const char *text) {
  uint8_t *bytes;
  if (read_bytes(text, &bytes) != sizeof(address)) fail("expected an address", text);
  address read;
  memcpy(&read, bytes, sizeof read);
  free(bytes);
  return read;
}

static void forget(struct host *host) {
  for (size_t i = 0; i < host->kept; i++) free(host->accounts[i].code);
  host->account_count = host->kept = 0;
}

static void keep_code(struct host *host, const address *at, const char *text) {
  host->account_count = host->kept;
  host->refused = NULL;
  struct account *account = account_of(host, at);
  if (host->refused) fail("refused", host->refused);
  free(account->code);
  account->code_size = read_bytes(text, &account->code);
  host->kept = host->account_count;
}

/* The state of a run: EIP-2929 has caller and callee warm, EIP-3651 the coinbase, which is address 0 here. */
static void begin(struct host *host, const address *caller, const address *to) {
  static const address coinbase;
  host->account_count = host->kept;
  for (size_t i = 0; i < host->kept; i++) host->accounts[i].is_warm = false;
  if (!host->slot_capacity) grow_slots(host);
  else if (host->slot_count) memset(host->places, 0, 2 * host->slot_capacity * sizeof *host->places);
  host->slot_count = host->last_slot = 0;
  host->change_count = host->log_size = 0;
  host->depth = 0;
  host->refused = NULL;
  host->origin = *caller;
  const address *warm[] = {caller, to, &coinbase};
  for (size_t i = 0; i < 3; i++) account_of(host, warm[i])->is_warm = true;
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return INT64_C(1000000000) * now.tv_sec + now.tv_nsec;
}

static void run(struct host *host, const address *caller, const address *to, int64_t gas, const char *text) {
  uint8_t *input;
  struct message message = {.kind = KIND_CALL, .gas = gas, .recipient = *to, .sender = *caller, .code_address = *to};
  message.input_size = read_bytes(text, &input);
  message.input = input;
  begin(host, caller, to);
  const struct account *callee = find_account(host, to);
  int64_t started = nanoseconds();
  struct result result =
      host->vm->execute(host->vm, &CALLS, host, REVISION_OSAKA, &message, callee->code, callee->code_size);
  int64_t took = nanoseconds() - started;
  if (host->refused) {
    printf("refused %s\n", host->refused);
  } else {
    printf("%d %" PRId64 " %" PRId64 " ", result.status, result.gas_left, took);
    size_t shown = result.output_size < MAX_SHOWN ? result.output_size : MAX_SHOWN;
    for (size_t i = 0; i < shown; i++) printf("%02x", result.output[i]);
    printf(shown ? "\n" : "-\n");
  }
  if (result.release) result.release(&result);
  free(input);
}

static struct vm *load(const char *file) {
  void *library = dlopen(file, RTLD_NOW);
  if (!library) fail("cannot be loaded", dlerror());
  struct vm *(*create)(void);
  *(void **)&create = dlsym(library, "evmc_create_evmone");
  if (!create) fail("is no evmone", "it has no evmc_create_evmone");
  struct vm *vm = create();
  if (!vm) fail("is no evmone", "it makes no VM");
  if (vm->abi != EVMC_ABI) {
    printf("error is evmone %s, which speaks EVMC ABI %d, and the benchmark %d\n", vm->version, vm->abi, EVMC_ABI);
    exit(1);
  }
  return vm;
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count != 2) fail("expected one argument", "the shared library");
  static struct host host;
  host.vm = load(arguments[1]);
  printf("ready %s %s\n", host.vm->name, host.vm->version);
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) {
    const char *command = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n");
    if (!command) continue;
    if (strcmp(command, "forget") == 0) {
      forget(&host);
    } else if (strcmp(command, "code") == 0 && second) {
      address at = read_address(first);
      keep_code(&host, &at, second);
    } else if (strcmp(command, "run") == 0 && second) {
      const char *gas = strtok(NULL, " \n"), *input = strtok(NULL, " \n");
      address caller = read_address(first), to = read_address(second);
      if (!gas) fail("expected the gas of a run", NULL);
      run(&host, &caller, &to, strtoll(gas, NULL, 10), input);
    } else {
      fail("expected forget, code or run", command);
    }
  }
  free(line);
  host.vm->destroy(host.vm);
  return 0;
}
