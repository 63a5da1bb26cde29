#include "evmc_host.h"

#include <stdlib.h>
#include <string.h>

/* Which account a code hash was told for: EVMC finds codes by account, the core asks by hash. */
struct seen_code {
  evmc_bytes32 hash;
  evmc_address address;
};

struct adapter {
  const struct evmc_host_interface *evmc;
  struct evmc_host_context *context;
  struct seen_code *codes;
  size_t code_count;
};

static bool remember_code(struct adapter *adapter, const evmc_bytes32 *hash, const evmc_address *address) {
  struct seen_code *codes = realloc(adapter->codes, (adapter->code_count + 1) * sizeof *codes);
  if (!codes) return false;
  adapter->codes = codes;
  codes[adapter->code_count].hash = *hash;
  codes[adapter->code_count++].address = *address;
  return true;
}

static bool answer_account(struct adapter *adapter, const struct weft_item *item, struct weft_records *records) {
  evmc_address address;
  struct weft_account *account = (void *)weft_records_add(records, WEFT_KIND_ACCOUNT, WEFT_ACCOUNT_RECORD_SIZE);
  if (!account) return false;
  memcpy(address.bytes, item->address, 20);
  memcpy(account->address, item->address, 20);
  if (!adapter->evmc->account_exists(adapter->context, &address)) return true;
  evmc_uint256be balance = adapter->evmc->get_balance(adapter->context, &address);
  evmc_bytes32 code_hash = adapter->evmc->get_code_hash(adapter->context, &address);
  account->flags = WEFT_ACCOUNT_EXISTS;
  account->nonce = adapter->evmc->get_nonce(adapter->context, &address);
  memcpy(account->balance, balance.bytes, 32);
  memcpy(account->code_hash, code_hash.bytes, 32);
  return remember_code(adapter, &code_hash, &address);
}

static bool answer_storage(struct adapter *adapter, const struct weft_item *item, struct weft_records *records) {
  evmc_address address;
  evmc_bytes32 key;
  struct weft_storage *slot = (void *)weft_records_add(records, WEFT_KIND_STORAGE, WEFT_STORAGE_RECORD_SIZE);
  if (!slot) return false;
  memcpy(address.bytes, item->address, 20);
  memcpy(key.bytes, item->key, 32);
  evmc_bytes32 value = adapter->evmc->get_storage(adapter->context, &address, &key);
  memcpy(slot->address, item->address, 20);
  memcpy(slot->key, item->key, 32);
  memcpy(slot->value, value.bytes, 32);
  return true;
}

static bool answer_code(struct adapter *adapter, const struct weft_item *item, struct weft_records *records) {
  for (size_t i = 0; i < adapter->code_count; i++) {
    const struct seen_code *seen = &adapter->codes[i];
    if (memcmp(seen->hash.bytes, item->key, 32) != 0) continue;
    size_t size = adapter->evmc->get_code_size(adapter->context, &seen->address);
    uint8_t *record = weft_records_add(records, WEFT_KIND_CODE, WEFT_CODE_BYTES + size);
    if (!record) return false;
    uint32_t length = (uint32_t)size;
    memcpy(record + WEFT_CODE_LENGTH, &length, sizeof length);
    memcpy(record + WEFT_CODE_HASH, item->key, 32);
    return adapter->evmc->copy_code(adapter->context, &seen->address, 0, record + WEFT_CODE_BYTES, size) == size;
  }
  return item->number == 1; /* asked in advance: may be left out */
}

static bool answer_block_hash(struct adapter *adapter, const struct weft_item *item, struct weft_records *records) {
  struct weft_block_hash *answer = (void *)weft_records_add(records, WEFT_KIND_BLOCK_HASH, WEFT_BLOCK_HASH_RECORD_SIZE);
  if (!answer) return false;
  evmc_bytes32 hash = adapter->evmc->get_block_hash(adapter->context, (int64_t)item->number);
  answer->number = item->number;
  memcpy(answer->hash, hash.bytes, 32);
  return true;
}

static bool answer(void *context, struct weft_host *host, const struct weft_item *item, struct weft_records *records) {
  (void)host;
  switch (item->kind) {
    case WEFT_KIND_ACCOUNT:
      return answer_account(context, item, records);
    case WEFT_KIND_STORAGE:
      return answer_storage(context, item, records);
    case WEFT_KIND_CODE:
      return answer_code(context, item, records);
    case WEFT_KIND_BLOCK_HASH:
      return answer_block_hash(context, item, records);
    default:
      return false; /* a precompiled contract over a curve: here a client calls its own library */
  }
}

static int32_t set_block(struct weft_host *host, const struct evmc_tx_context *tx, int32_t fork) {
  struct weft_env env = {0};
  env.size = sizeof env;
  env.fork = (uint32_t)fork;
  env.number = (uint64_t)tx->block_number;
  env.timestamp = (uint64_t)tx->block_timestamp;
  env.gas_limit = (uint64_t)tx->block_gas_limit;
  env.chain_id = tx->chain_id;
  memcpy(env.coinbase, tx->block_coinbase.bytes, 20);
  memcpy(env.base_fee, tx->block_base_fee.bytes, 32);
  memcpy(env.random, tx->block_prev_randao.bytes, 32);
  return weft_host_set_block(host, &env, sizeof env);
}

static int32_t begin(struct weft_host *host, const struct evmc_message *message) {
  uint32_t pointers[] = {WEFT_CALL_INPUT};
  size_t size = sizeof(struct weft_call) + message->input_size;
  struct weft_call *call = calloc(1, size);
  if (!call) return WEFT_OUT_OF_MEMORY;
  call->size = sizeof *call;
  call->flags = (message->kind == EVMC_CREATE ? WEFT_CALL_CREATE : 0) | (message->flags & EVMC_STATIC ? WEFT_CALL_STATIC : 0);
  call->gas = (uint64_t)message->gas;
  call->input = sizeof *call; /* counted from the struct */
  call->input_length = (uint32_t)message->input_size;
  memcpy(call->sender, message->sender.bytes, 20);
  memcpy(call->recipient, message->recipient.bytes, 20);
  memcpy(call->value, message->value.bytes, 32);
  if (message->input_size) memcpy(call + 1, message->input_data, message->input_size);
  int32_t status = weft_host_begin(host, WEFT_BEGIN_CALL, call, (uint32_t)size, pointers, 1);
  free(call);
  return status;
}

static void tell_logs(struct weft_host *host, const struct adapter *adapter, const struct weft_outcome *outcome) {
  uint32_t at = outcome->logs;
  for (uint32_t i = 0; i < outcome->log_count; i++) {
    struct weft_log log;
    evmc_address address;
    evmc_bytes32 topics[4];
    memcpy(&log, weft_host_bytes(host, at, sizeof log), sizeof log);
    const uint8_t *record = weft_host_bytes(host, at, log.size);
    memcpy(address.bytes, log.address, 20);
    memcpy(topics, record + WEFT_LOG_TOPICS, log.topic_count * sizeof *topics);
    const uint8_t *data = record + WEFT_LOG_TOPICS + log.topic_count * 32;
    adapter->evmc->emit_log(adapter->context, &address, data, log.data_length, topics, log.topic_count);
    at += log.size;
  }
}

/* The code with this hash among the records of a diff that follow an account. */
static const uint8_t *code_after(const uint8_t *record, const uint8_t *end, const uint8_t *hash, size_t *size) {
  struct weft_code code;
  *size = 0;
  if (record + sizeof(struct weft_record) > end || record[WEFT_RECORD_KIND] != WEFT_KIND_CODE) return NULL;
  memcpy(&code, record, sizeof code);
  if (memcmp(code.hash, hash, 32) != 0) return NULL;
  *size = code.length;
  return record + WEFT_CODE_BYTES;
}

/* Tells the host every change of the diff: an account, then its slots. */
static void tell_changes(const struct adapter *adapter, const uint8_t *record, const uint8_t *end) {
  while (record < end) {
    struct weft_record head;
    evmc_address address;
    memcpy(&head, record, sizeof head);
    if (head.kind == WEFT_KIND_ACCOUNT) {
      struct weft_account account;
      evmc_uint256be balance;
      size_t size;
      memcpy(&account, record, sizeof account);
      memcpy(address.bytes, account.address, 20);
      memcpy(balance.bytes, account.balance, 32);
      const uint8_t *code = code_after(record + head.size, end, account.code_hash, &size);
      adapter->evmc->account_changed(adapter->context, &address, account.flags & WEFT_ACCOUNT_EXISTS, account.nonce,
                                     &balance, code, size);
    } else if (head.kind == WEFT_KIND_STORAGE) {
      struct weft_storage slot;
      evmc_bytes32 key, value;
      memcpy(&slot, record, sizeof slot);
      memcpy(address.bytes, slot.address, 20);
      memcpy(key.bytes, slot.key, 32);
      memcpy(value.bytes, slot.value, 32);
      adapter->evmc->set_storage(adapter->context, &address, &key, &value);
    }
    record += head.size;
  }
}

/* Takes the changes over and tells the host. */
static int32_t settle(struct weft_host *host, const struct adapter *adapter, const struct weft_outcome *outcome) {
  tell_logs(host, adapter, outcome);
  int32_t status = (int32_t)Z_weftZ_weft_commit(&host->core);
  if (status != WEFT_RUN_DONE) return status;
  uint32_t at = Z_weftZ_weft_diff(&host->core);
  if (!at) return WEFT_OUT_OF_MEMORY;
  uint32_t records = weft_host_u32(host, at), length = weft_host_u32(host, at + 4);
  const uint8_t *first = weft_host_bytes(host, records, length);
  tell_changes(adapter, first, first + length);
  return WEFT_RUN_DONE;
}

static int32_t execute(struct weft_host *host, struct adapter *adapter, int32_t fork, const struct evmc_message *message,
                       struct evmc_result *result) {
  struct weft_outcome outcome;
  struct evmc_tx_context tx = adapter->evmc->get_tx_context(adapter->context);
  weft_host_reset(host, fork);
  int32_t status = set_block(host, &tx, fork);
  if (status == WEFT_RUN_DONE) status = begin(host, message);
  if (status == WEFT_RUN_DONE) status = weft_host_run(host, answer, NULL, adapter, NULL, 0, NULL);
  if (status != WEFT_RUN_DONE) return status;
  if (!weft_host_outcome(host, &outcome)) return WEFT_OUT_OF_MEMORY;
  result->gas_left = message->gas - (int64_t)outcome.gas_used;
  if (outcome.flags & WEFT_OUTCOME_HAS_CREATED) memcpy(result->create_address.bytes, outcome.created, 20);
  if (outcome.output_length) {
    result->output_data = malloc(outcome.output_length);
    if (!result->output_data) return WEFT_OUT_OF_MEMORY;
    memcpy(result->output_data, weft_host_bytes(host, outcome.output, outcome.output_length), outcome.output_length);
    result->output_size = outcome.output_length;
  }
  if (outcome.status == WEFT_SUCCESS) status = settle(host, adapter, &outcome);
  return status != WEFT_RUN_DONE ? status : outcome.status;
}

struct evmc_result weft_evmc_execute(struct weft_host *host, const struct evmc_host_interface *evmc,
                                     struct evmc_host_context *context, int32_t fork, const struct evmc_message *message) {
  struct evmc_result result = {0};
  struct adapter adapter = {evmc, context, NULL, 0};
  result.status_code = execute(host, &adapter, fork, message, &result);
  free(adapter.codes);
  return result;
}
