/*
 * A message on a state that the client keeps: a contract that adds calldata to slot 0, logs the sum and returns it. The client's side is
 * functions in the shape of EVMC's host interface.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evmc_host.h"

/* PUSH0 CALLDATALOAD PUSH0 SLOAD ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE PUSH1 32 PUSH0 LOG0 PUSH1 32 PUSH0 RETURN */
static const uint8_t CODE[] = {0x5f, 0x35, 0x5f, 0x54, 0x01, 0x80, 0x5f, 0x55, 0x5f, 0x52,
                               0x60, 0x20, 0x5f, 0xa0, 0x60, 0x20, 0x5f, 0xf3};

/* The whole state: a rich sender, a contract and its slot 0. */
struct evmc_host_context {
  evmc_address sender, contract;
  evmc_bytes32 code_hash, empty_hash;
  evmc_bytes32 slot;
};

static bool same(const evmc_address *a, const evmc_address *b) { return memcmp(a, b, sizeof *a) == 0; }

static bool account_exists(struct evmc_host_context *state, const evmc_address *address) {
  return same(address, &state->sender) || same(address, &state->contract);
}

static evmc_bytes32 get_storage(struct evmc_host_context *state, const evmc_address *address, const evmc_bytes32 *key) {
  static const evmc_bytes32 zero = {{0}};
  return same(address, &state->contract) && memcmp(key, &zero, sizeof zero) == 0 ? state->slot : zero;
}

static void set_storage(struct evmc_host_context *state, const evmc_address *address, const evmc_bytes32 *key,
                        const evmc_bytes32 *value) {
  (void)key;
  if (same(address, &state->contract)) state->slot = *value;
  printf("slot %d = %d\n", key->bytes[31], value->bytes[31]);
}

static evmc_uint256be get_balance(struct evmc_host_context *state, const evmc_address *address) {
  evmc_uint256be balance = {{0}};
  if (same(address, &state->sender)) balance.bytes[20] = 1;
  return balance;
}

static uint64_t get_nonce(struct evmc_host_context *state, const evmc_address *address) {
  return same(address, &state->contract) ? 1 : 0;
}

static size_t get_code_size(struct evmc_host_context *state, const evmc_address *address) {
  return same(address, &state->contract) ? sizeof CODE : 0;
}

static evmc_bytes32 get_code_hash(struct evmc_host_context *state, const evmc_address *address) {
  return same(address, &state->contract) ? state->code_hash : state->empty_hash;
}

static size_t copy_code(struct evmc_host_context *state, const evmc_address *address, size_t offset, uint8_t *buffer,
                        size_t size) {
  size_t length = get_code_size(state, address);
  if (offset >= length) return 0;
  if (size > length - offset) size = length - offset;
  memcpy(buffer, CODE + offset, size);
  return size;
}

static struct evmc_tx_context get_tx_context(struct evmc_host_context *state) {
  struct evmc_tx_context context = {0};
  (void)state;
  context.block_number = 1;
  context.block_timestamp = 1;
  context.block_gas_limit = 30000000;
  context.chain_id = 1;
  return context;
}

static evmc_bytes32 get_block_hash(struct evmc_host_context *state, int64_t number) {
  evmc_bytes32 hash = {{0}};
  (void)state;
  hash.bytes[31] = (uint8_t)number;
  return hash;
}

static void emit_log(struct evmc_host_context *state, const evmc_address *address, const uint8_t *data, size_t size,
                     const evmc_bytes32 topics[], size_t topic_count) {
  (void)state;
  (void)topics;
  printf("log of %02x..: %zu topics, %zu bytes, the last %d\n", address->bytes[0], topic_count, size, data[size - 1]);
}

static void account_changed(struct evmc_host_context *state, const evmc_address *address, bool exists, uint64_t nonce,
                            const evmc_uint256be *balance, const uint8_t *code, size_t code_size) {
  (void)state;
  (void)balance;
  (void)code;
  (void)code_size;
  printf("account %02x..: %s, nonce %d\n", address->bytes[0], exists ? "there" : "gone", (int)nonce);
}

static const struct evmc_host_interface INTERFACE = {
    account_exists, get_storage,    set_storage,    get_balance, get_nonce,      get_code_size,
    get_code_hash,  copy_code,      get_tx_context, get_block_hash, emit_log,    account_changed,
};

static evmc_bytes32 keccak(struct weft_host *host, const uint8_t *data, uint32_t size) {
  evmc_bytes32 hash = {{0}};
  uint32_t in = weft_host_put(host, data, size), out = weft_host_put(host, hash.bytes, 32);
  Z_weftZ_weft_keccak(&host->core, out, in, size);
  memcpy(hash.bytes, weft_host_bytes(host, out, 32), 32);
  weft_host_free(host, in);
  weft_host_free(host, out);
  return hash;
}

int main(void) {
  static struct weft_host host;
  struct evmc_host_context state = {0};
  weft_library_open();
  weft_host_open(&host);
  memset(state.sender.bytes, 0xaa, 20);
  memset(state.contract.bytes, 0xcc, 20);
  state.code_hash = keccak(&host, CODE, sizeof CODE);
  state.empty_hash = keccak(&host, CODE, 0);
  state.slot.bytes[31] = 40;

  uint8_t input[32] = {0};
  struct evmc_message message = {0};
  message.kind = EVMC_CALL;
  message.gas = 100000;
  message.sender = state.sender;
  message.recipient = state.contract;
  message.input_data = input;
  message.input_size = sizeof input;
  int failures = 0;
  for (uint8_t i = 1; i <= 2; i++) {
    input[31] = i;
    struct evmc_result result = weft_evmc_execute(&host, &INTERFACE, &state, WEFT_OSAKA, &message);
    printf("status %d, output %d, gas left %d\n", (int)result.status_code,
           result.output_size == 32 ? result.output_data[31] : -1, (int)result.gas_left);
    if (result.status_code != WEFT_SUCCESS) failures++;
    free(result.output_data);
  }
  weft_host_close(&host);
  weft_library_close();
  return failures;
}
