/*
 * One instance of Weft's core in a C program: the core as wasm2c translates it (weft_core.c), memory, and the loop of a run (docs/ABI.md).
 * Functions that can fail return a status of include/weft.h, WEFT_RUN_DONE (0) where all is well.
 */
#ifndef WEFT_HOST_H
#define WEFT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weft.h"
#include "weft_core.h"

struct weft_host {
  Z_weft_instance_t core;
};

/* Records on their way into the core: grows as needed. Everything in it is zero until it is written. */
struct weft_records {
  uint8_t *data;
  size_t length;
  size_t capacity;
};

/* Appends the record that answers an item, or nothing. Returns false to give the run up. */
typedef bool (*weft_answer)(void *context, struct weft_host *host, const struct weft_item *item,
                            struct weft_records *records);

/* What has been traced; called only where tracing is on. */
typedef void (*weft_traced)(void *context, const uint8_t *records, uint32_t length);

/* Called before the first and after the last instance of the program. */
void weft_library_open(void);
void weft_library_close(void);

void weft_host_open(struct weft_host *host);
void weft_host_close(struct weft_host *host);

/* Bytes of the core's memory; valid until the next call of anything here. NULL where they do not lie in it. */
const uint8_t *weft_host_bytes(struct weft_host *host, uint32_t address, uint32_t length);
uint32_t weft_host_u32(struct weft_host *host, uint32_t address);

/* Copies data into a new block of the core's memory; 0 where there is none. weft_host_free gives it back. */
uint32_t weft_host_put(struct weft_host *host, const void *data, uint32_t length);
void weft_host_free(struct weft_host *host, uint32_t address);

void weft_host_reset(struct weft_host *host, int32_t fork);
int32_t weft_host_set_option(struct weft_host *host, int32_t option, int32_t value);
int32_t weft_host_set_block(struct weft_host *host, const void *environment, uint32_t length);
int32_t weft_host_supply(struct weft_host *host, const void *records, uint32_t length);

/* Begins what `data` holds: a struct and what it points to. At the offsets in `pointers` stand addresses that count from its beginning. */
enum weft_begin { WEFT_BEGIN_CALL, WEFT_BEGIN_TX, WEFT_BEGIN_BLOCK };
int32_t weft_host_begin(struct weft_host *host, enum weft_begin kind, const void *data, uint32_t length,
                        const uint32_t *pointers, size_t pointer_count);

/* Runs to the end; `asked` (which may be NULL) gets how many items each round had, at most `rounds_max`. Returns WEFT_INTERNAL_ERROR where
 * `answer` has given up. */
int32_t weft_host_run(struct weft_host *host, weft_answer answer, weft_traced traced, void *context, uint8_t *asked,
                      size_t rounds_max, size_t *rounds);

/* Copies the outcome of a transaction or message; false where there is none. */
bool weft_host_outcome(struct weft_host *host, struct weft_outcome *outcome);

/* Appends `size` zero bytes that begin with kind and size of a record; NULL where there is no memory. `size` is made a multiple of 8. */
uint8_t *weft_records_add(struct weft_records *records, uint32_t kind, size_t size);
void weft_records_close(struct weft_records *records);

#endif
