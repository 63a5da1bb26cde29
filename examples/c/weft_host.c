#include "weft_host.h"

#include <stdlib.h>
#include <string.h>

void weft_library_open(void) {
  wasm_rt_init();
  Z_weft_init_module();
}

void weft_library_close(void) { wasm_rt_free(); }

void weft_host_open(struct weft_host *host) { Z_weft_instantiate(&host->core); }

void weft_host_close(struct weft_host *host) { Z_weft_free(&host->core); }

static uint8_t *bytes_at(struct weft_host *host, uint32_t address, uint32_t length) {
  wasm_rt_memory_t *memory = Z_weftZ_memory(&host->core);
  if ((uint64_t)address + length > memory->size) return NULL;
  return memory->data + address;
}

const uint8_t *weft_host_bytes(struct weft_host *host, uint32_t address, uint32_t length) {
  return bytes_at(host, address, length);
}

uint32_t weft_host_u32(struct weft_host *host, uint32_t address) {
  uint32_t value = 0;
  const uint8_t *bytes = bytes_at(host, address, sizeof value);
  if (bytes) memcpy(&value, bytes, sizeof value);
  return value;
}

uint32_t weft_host_put(struct weft_host *host, const void *data, uint32_t length) {
  uint32_t address = Z_weftZ_weft_alloc(&host->core, length ? length : 1);
  uint8_t *to = address ? bytes_at(host, address, length) : NULL;
  if (!to) return 0;
  if (length) memcpy(to, data, length);
  return address;
}

void weft_host_free(struct weft_host *host, uint32_t address) { Z_weftZ_weft_free(&host->core, address); }

void weft_host_reset(struct weft_host *host, int32_t fork) { Z_weftZ_weft_reset(&host->core, (uint32_t)fork); }

int32_t weft_host_set_option(struct weft_host *host, int32_t option, int32_t value) {
  return (int32_t)Z_weftZ_weft_set_option(&host->core, (uint32_t)option, (uint32_t)value);
}

int32_t weft_host_set_block(struct weft_host *host, const void *environment, uint32_t length) {
  uint32_t at = weft_host_put(host, environment, length);
  if (!at) return WEFT_OUT_OF_MEMORY;
  int32_t status = (int32_t)Z_weftZ_weft_set_block(&host->core, at);
  weft_host_free(host, at);
  return status;
}

int32_t weft_host_supply(struct weft_host *host, const void *records, uint32_t length) {
  if (!length) return WEFT_RUN_DONE;
  uint32_t at = weft_host_put(host, records, length);
  if (!at) return WEFT_OUT_OF_MEMORY;
  int32_t status = (int32_t)Z_weftZ_weft_supply(&host->core, at, length);
  weft_host_free(host, at);
  return status;
}

int32_t weft_host_begin(struct weft_host *host, enum weft_begin kind, const void *data, uint32_t length,
                        const uint32_t *pointers, size_t pointer_count) {
  uint32_t at = weft_host_put(host, data, length);
  if (!at) return WEFT_OUT_OF_MEMORY;
  for (size_t i = 0; i < pointer_count; i++) {
    uint32_t address = weft_host_u32(host, at + pointers[i]) + at;
    memcpy(bytes_at(host, at + pointers[i], sizeof address), &address, sizeof address);
  }
  uint32_t status = kind == WEFT_BEGIN_CALL ? Z_weftZ_weft_begin_call(&host->core, at)
                    : kind == WEFT_BEGIN_TX ? Z_weftZ_weft_begin_tx(&host->core, at)
                                            : Z_weftZ_weft_begin_block(&host->core, at);
  weft_host_free(host, at);
  return (int32_t)status;
}

/* Answers all items of the request. */
static int32_t answer_request(struct weft_host *host, weft_answer answer, void *context, uint32_t *count) {
  struct weft_request request;
  struct weft_records records = {0};
  int32_t status = WEFT_RUN_DONE;
  memcpy(&request, bytes_at(host, Z_weftZ_weft_request(&host->core), sizeof request), sizeof request);
  for (uint32_t i = 0; i < request.count && status == WEFT_RUN_DONE; i++) {
    struct weft_item item;
    memcpy(&item, bytes_at(host, request.items + i * WEFT_ITEM_SIZE, sizeof item), sizeof item);
    if (!answer(context, host, &item, &records)) status = WEFT_INTERNAL_ERROR;
  }
  if (status == WEFT_RUN_DONE) status = weft_host_supply(host, records.data, (uint32_t)records.length);
  weft_records_close(&records);
  *count = request.count;
  return status;
}

int32_t weft_host_run(struct weft_host *host, weft_answer answer, weft_traced traced, void *context, uint8_t *asked,
                      size_t rounds_max, size_t *rounds) {
  size_t round = 0;
  for (;;) {
    int32_t state = (int32_t)Z_weftZ_weft_run(&host->core);
    if (rounds) *rounds = round;
    if (state == WEFT_RUN_REQUEST) {
      uint32_t count;
      int32_t status = answer_request(host, answer, context, &count);
      if (status != WEFT_RUN_DONE) return status;
      if (asked && round < rounds_max) asked[round] = (uint8_t)count;
      round++;
    } else if (state == WEFT_RUN_DONE || state == WEFT_RUN_TRACE_FULL) {
      struct weft_trace trace;
      uint32_t at = traced ? Z_weftZ_weft_trace(&host->core) : 0;
      if (at) {
        memcpy(&trace, bytes_at(host, at, sizeof trace), sizeof trace);
        traced(context, bytes_at(host, trace.records, trace.length), trace.length);
      }
      if (state == WEFT_RUN_DONE) return state;
    } else if (state != WEFT_RUN_YIELD) {
      return state;
    }
  }
}

bool weft_host_outcome(struct weft_host *host, struct weft_outcome *outcome) {
  uint32_t at = Z_weftZ_weft_outcome(&host->core);
  if (!at) return false;
  memcpy(outcome, bytes_at(host, at, sizeof *outcome), sizeof *outcome);
  return true;
}

uint8_t *weft_records_add(struct weft_records *records, uint32_t kind, size_t size) {
  uint32_t padded = (uint32_t)((size + 7) & ~(size_t)7);
  if (records->length + padded > records->capacity) {
    size_t capacity = 2 * (records->length + padded);
    uint8_t *larger = realloc(records->data, capacity);
    if (!larger) return NULL;
    records->data = larger;
    records->capacity = capacity;
  }
  uint8_t *record = records->data + records->length;
  memset(record, 0, padded);
  memcpy(record + WEFT_RECORD_KIND, &kind, sizeof kind);
  memcpy(record + WEFT_RECORD_SIZE, &padded, sizeof padded);
  records->length += padded;
  return record;
}

void weft_records_close(struct weft_records *records) {
  free(records->data);
  memset(records, 0, sizeof *records);
}
