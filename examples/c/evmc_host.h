/*
 * A host in the terms of EVMC: the functions that a client has for a VM of that interface answer Weft's questions. Types and names are in the
 * shape of EVMC's, written for this example; a client that has evmc.h casts its own.
 *
 * What is different: the core has journal, warm sets and calls inside itself. So it asks for a value once, and tells all writes at the end of
 * the message: slots, logs, and balances, nonces and codes, for which EVMC's host has no function (account_changed here).
 */
#ifndef EVMC_HOST_H
#define EVMC_HOST_H

#include "weft_host.h"

typedef struct {
  uint8_t bytes[20];
} evmc_address;

typedef struct {
  uint8_t bytes[32];
} evmc_bytes32;

typedef evmc_bytes32 evmc_uint256be;

struct evmc_tx_context {
  evmc_address block_coinbase;
  int64_t block_number;
  int64_t block_timestamp;
  int64_t block_gas_limit;
  evmc_uint256be block_prev_randao;
  evmc_uint256be block_base_fee;
  uint64_t chain_id;
};

enum evmc_call_kind { EVMC_CALL = 0, EVMC_CREATE = 3 };
enum evmc_flags { EVMC_STATIC = 1 };

struct evmc_message {
  enum evmc_call_kind kind;
  uint32_t flags;
  int64_t gas;
  evmc_address recipient;
  evmc_address sender;
  const uint8_t *input_data;
  size_t input_size;
  evmc_uint256be value;
};

/* Status codes are EVMC's by name and value: WEFT_SUCCESS is EVMC_SUCCESS and so on. */
struct evmc_result {
  int32_t status_code;
  int64_t gas_left;
  uint8_t *output_data; /* free() it */
  size_t output_size;
  evmc_address create_address;
};

struct evmc_host_context;

struct evmc_host_interface {
  bool (*account_exists)(struct evmc_host_context *, const evmc_address *);
  evmc_bytes32 (*get_storage)(struct evmc_host_context *, const evmc_address *, const evmc_bytes32 *key);
  void (*set_storage)(struct evmc_host_context *, const evmc_address *, const evmc_bytes32 *key, const evmc_bytes32 *value);
  evmc_uint256be (*get_balance)(struct evmc_host_context *, const evmc_address *);
  uint64_t (*get_nonce)(struct evmc_host_context *, const evmc_address *);
  size_t (*get_code_size)(struct evmc_host_context *, const evmc_address *);
  evmc_bytes32 (*get_code_hash)(struct evmc_host_context *, const evmc_address *);
  size_t (*copy_code)(struct evmc_host_context *, const evmc_address *, size_t offset, uint8_t *buffer, size_t size);
  struct evmc_tx_context (*get_tx_context)(struct evmc_host_context *);
  evmc_bytes32 (*get_block_hash)(struct evmc_host_context *, int64_t number);
  void (*emit_log)(struct evmc_host_context *, const evmc_address *, const uint8_t *data, size_t size,
                   const evmc_bytes32 topics[], size_t topic_count);
  /* An account that the message has changed, before its slots; `exists` false: it is gone. */
  void (*account_changed)(struct evmc_host_context *, const evmc_address *, bool exists, uint64_t nonce,
                          const evmc_uint256be *balance, const uint8_t *code, size_t code_size);
};

/* Runs a message on the host's state; on success the host has been told all changes. An error of the core itself is a negative status. */
struct evmc_result weft_evmc_execute(struct weft_host *host, const struct evmc_host_interface *evmc,
                                     struct evmc_host_context *context, int32_t fork, const struct evmc_message *message);

#endif
