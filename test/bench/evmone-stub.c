/*
 * A library with the interface of evmone whose codes say what to ask the client for, so that a test sees what the client answers
 * (evmone.test.ts). A code is a row of letters, each with its operands as bytes; every letter costs 1 gas, and what it finds out is a byte
 * of the output:
 *
 *   a KEY  is the slot warm?       g KEY  its value        s KEY VALUE  what the write makes of it
 *   A ACCOUNT  is it warm?         t KEY, T KEY VALUE      the same for transient storage
 *   c ACCOUNT  status of a call and its output             l  a log
 *   m  writes 5,000 slots and reads them back: 1           n  asks for CREATE        r  reverts
 */
#include <stdlib.h>
#include <string.h>

#include "evmc.h"

#ifndef STUB_ABI
#define STUB_ABI EVMC_ABI
#endif
#define MANY 5000
#define MOST 256

static word number(unsigned value) {
  word made = {{0}};
  made.bytes[30] = (uint8_t)(value >> 8);
  made.bytes[31] = (uint8_t)value;
  return made;
}

static address account(uint8_t last) {
  address made = {{0}};
  made.bytes[0] = 0xcc;
  made.bytes[19] = last;
  return made;
}

static uint8_t write_many(const struct host_calls *calls, struct host *host, const address *at) {
  for (unsigned i = 1; i <= MANY; i++) {
    word key = number(i), value = number(i + 1);
    calls->set_storage(host, at, &key, &value);
  }
  for (unsigned i = 1; i <= MANY; i++) {
    word key = number(i), value = number(i + 1), found = calls->get_storage(host, at, &key);
    if (memcmp(&found, &value, sizeof value) != 0) return 0;
  }
  return 1;
}

static void release(const struct result *result) { free((void *)(uintptr_t)result->output); }

static struct result execute(struct vm *vm, const struct host_calls *calls, struct host *host, int revision,
                             const struct message *message, const uint8_t *code, size_t size) {
  (void)vm;
  uint8_t *output = malloc(MOST);
  struct result result = {revision == REVISION_OSAKA ? STATUS_SUCCESS : STATUS_FAILURE, message->gas, 0, output, 0, release};
  const address *at = &message->recipient;
  for (const uint8_t *end = code + size; code < end; result.gas_left--) {
    uint8_t letter = *code++;
    uint8_t first = strchr("agstTAc", letter) ? *code++ : 0, second = strchr("sT", letter) ? *code++ : 0;
    word key = number(first), value = number(second);
    address other = account(first);
    uint8_t found = 0;
    if (letter == 'a') found = calls->access_storage(host, at, &key);
    if (letter == 'g') found = calls->get_storage(host, at, &key).bytes[31];
    if (letter == 's') found = (uint8_t)calls->set_storage(host, at, &key, &value);
    if (letter == 't') found = calls->get_transient(host, at, &key).bytes[31];
    if (letter == 'T') calls->set_transient(host, at, &key, &value);
    if (letter == 'A') found = calls->access_account(host, &other);
    if (letter == 'l') calls->emit_log(host, at, code, 0, &key, 1);
    if (letter == 'm') found = write_many(calls, host, at);
    if (letter == 'n' || letter == 'c') {
      struct message inner = *message;
      inner.kind = letter == 'n' ? KIND_CREATE : KIND_CALL;
      inner.recipient = inner.code_address = other;
      inner.sender = *at;
      inner.depth++;
      inner.gas = result.gas_left;
      struct result of = calls->call(host, &inner);
      found = (uint8_t)of.status;
      result.gas_left = of.gas_left;
      if (of.output_size) memcpy(output + result.output_size + 1, of.output, of.output_size);
      output[result.output_size] = found;
      result.output_size += 1 + of.output_size;
      if (of.release) of.release(&of);
    } else if (letter != 'l' && letter != 'T' && letter != 'r') {
      output[result.output_size++] = found;
    }
    if (letter == 'r') result.status = STATUS_REVERT;
  }
  return result;
}

static void destroy(struct vm *vm) { free(vm); }

struct vm *evmc_create_evmone(void);
struct vm *evmc_create_evmone(void) {
  struct vm made = {.abi = STUB_ABI, .name = "stub", .version = "1.2.3", .destroy = destroy, .execute = execute};
  struct vm *vm = malloc(sizeof made);
  if (vm) memcpy(vm, &made, sizeof made);
  return vm;
}
