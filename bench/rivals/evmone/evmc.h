/*
 * What of EVMC, the interface between a client and an EVM in a shared library, host.c and the tests' library need: version 18 of its ABI,
 * which evmone has spoken since 0.23. Layouts and numbers are the interface's; another version has others, so it is asked for first.
 */
#ifndef WEFT_EVMC_H
#define WEFT_EVMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVMC_ABI 18
#define REVISION_OSAKA 13

enum { STATUS_SUCCESS = 0, STATUS_FAILURE = 1, STATUS_REVERT = 2, STATUS_INTERNAL_ERROR = -1 };
enum { KIND_CALL = 0, KIND_DELEGATECALL = 1, KIND_CALLCODE = 2, KIND_CREATE = 3, KIND_CREATE2 = 4 };
/* What a write makes of a slot whose value was 0 when the transaction began. */
enum { SLOT_ASSIGNED = 0, SLOT_ADDED = 1, SLOT_ADDED_DELETED = 7 };

typedef struct { uint8_t bytes[20]; } address;
/* Numbers are big-endian. */
typedef struct { uint8_t bytes[32]; } word;

struct message {
  int kind;
  uint32_t flags;
  int32_t depth;
  int64_t gas;
  address recipient, sender;
  const uint8_t *input;
  size_t input_size;
  word value;
  address code_address;
  const uint8_t *code;
  size_t code_size;
};

struct context {
  word gas_price;
  address origin, coinbase;
  int64_t number, timestamp, gas_limit;
  word random, chain_id, base_fee, blob_base_fee;
  const word *blob_hashes;
  size_t blob_hash_count;
  uint64_t slot_number;
};

struct result {
  int status;
  int64_t gas_left, gas_refund;
  const uint8_t *output;
  size_t output_size;
  void (*release)(const struct result *);
};

/* The client's state, as the client wants it to be. */
struct host;

/* What a VM asks the client, in this order. Accounts and slots are cold (false) or warm. */
struct host_calls {
  bool (*account_exists)(struct host *, const address *);
  word (*get_storage)(struct host *, const address *, const word *key);
  int (*set_storage)(struct host *, const address *, const word *key, const word *value);
  word (*get_balance)(struct host *, const address *);
  uint64_t (*get_nonce)(struct host *, const address *);
  size_t (*get_code_size)(struct host *, const address *);
  word (*get_code_hash)(struct host *, const address *);
  size_t (*copy_code)(struct host *, const address *, size_t from, uint8_t *to, size_t size);
  bool (*selfdestruct)(struct host *, const address *, const address *beneficiary);
  struct result (*call)(struct host *, const struct message *);
  struct context (*get_context)(struct host *);
  word (*get_block_hash)(struct host *, int64_t number);
  void (*emit_log)(struct host *, const address *, const uint8_t *data, size_t size, const word *topics, size_t count);
  bool (*access_account)(struct host *, const address *);
  bool (*access_storage)(struct host *, const address *, const word *key);
  word (*get_transient)(struct host *, const address *, const word *key);
  void (*set_transient)(struct host *, const address *, const word *key, const word *value);
};

struct vm {
  const int abi;
  const char *name, *version;
  void (*destroy)(struct vm *);
  struct result (*execute)(struct vm *, const struct host_calls *, struct host *, int revision, const struct message *,
                           const uint8_t *code, size_t size);
  int (*set_option)(struct vm *, const char *name, const char *value);
};

#endif
