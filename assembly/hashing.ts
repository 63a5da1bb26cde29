// Batches of hashes, and who makes them. The core does (keccak-batch.ts), unless the host has set OPTION_HASH and the batch is
// large enough: then it is offered. Whoever needs the digests stops, the export returns RUN_HASH, and when the host has written
// them it makes the same call again, and the work goes on behind the batch. So an offer is made where the work can stop, as its
// last act before it returns. What the host writes is trusted, as state is; that it has written is checked, at the price of a look.
// Called by roots.ts, state-root.ts, supply.ts and parallel/memo.ts; index.ts knows which call has to come back.

import {
  HASH_COUNT,
  HASH_INPUT,
  HASH_KEYS,
  HASH_KEY_SIZE,
  HASH_KIND,
  HASH_MESSAGES,
  HASH_OUTPUT,
  HASH_OWN,
  HASH_PERMUTATIONS,
  HASH_PURPOSE,
  HASH_STRUCT_SIZE,
  JOB_DIGEST,
  JOB_LENGTH,
  JOB_SIZE,
} from './abi.ts'
import { reserve, scratch } from './arena.ts'
import { hashJobs, hashMany } from './keccak-batch.ts'
import { blockCount } from './keccak-pair.ts'
import { batchJobs, encodeBatch } from './trie/batch.ts'
import { isZeroWord, zeroWord } from './word/word.ts'

/** Encodings of nodes that are offered together: as much as a backend takes at a time. */
const OFFERED_BYTES: u64 = 8 << 20

let request: usize = 0
/** Permutations from which on a batch is offered; 0: none is. */
let least: u32 = 0

/** Nothing is offered until setLeast(). */
export function resetHashing(): void {
  least = 0
  if (!request) request = reserve(HASH_STRUCT_SIZE)
  if (request) memory.fill(request, 0, HASH_STRUCT_SIZE)
}

/** The request is gone (rewindArena). */
export function forgetHashing(): void {
  request = 0
}

/** Batches of so many permutations are offered from now on; 0: none. */
export function setLeast(permutations: u32): void {
  least = permutations
}

/** The batch that waits (HASH_*), and what the core has hashed itself. */
export function hashRequest(): usize {
  return request
}

/** Is a batch of so many messages worth being listed for an offer? Each takes a permutation or more. */
@inline
export function mayOffer(permutations: u32): bool {
  return least != 0 && permutations >= least
}

/** Are batches counted? */
@inline
export function isCounting(): bool {
  return least != 0
}

/** Bytes by which room for the encodings of `count` nodes of at most `bytes` is to be larger, so that offers are. */
export function offerRoom(count: u32, bytes: u32): usize {
  return least ? <usize>min<u64>(<u64>count * (bytes + <u32>JOB_SIZE), OFFERED_BYTES) : 0
}

/** Makes the digests of jobs (JOB_*), or offers them. True: offered. */
export function hashOrOffer(purpose: u32, jobs: usize, count: u32): bool {
  if (least) {
    const permutations = permutationsOf(jobs, count)
    if (permutations >= least) {
      const end = jobs + <usize>count * JOB_SIZE
      for (let job = jobs; job < end; job += JOB_SIZE) zeroWord(load<u32>(job, JOB_DIGEST))
      offer(HASH_MESSAGES, purpose, jobs, count, permutations)
      return true
    }
    countOwn(purpose, count, permutations)
  }
  hashJobs(jobs, count, scratch())
  return false
}

/** The same for keys of `size` bytes that lie one after the other; `input` and `output` are multiples of 4. */
export function hashKeysOrOffer(purpose: u32, input: usize, size: u32, count: u32, output: usize): bool {
  if (mayOffer(count)) {
    memory.fill(output, 0, (<usize>count) << 5)
    offer(HASH_KEYS, purpose, input, count, count)
    store<u32>(request, size, HASH_KEY_SIZE)
    store<u32>(request, <u32>output, HASH_OUTPUT)
    return true
  }
  if (least) countOwn(purpose, count, count)
  hashMany(output, input, size, count)
  return false
}

/** Hashes the nodes of planned tries from where it stopped. False: a batch is offered. */
export function hashNodes(plan: usize, purpose: u32): bool {
  for (let count = encodeBatch(plan); count; count = encodeBatch(plan)) {
    if (hashOrOffer(purpose, batchJobs(plan, count), count)) return false
  }
  return true
}

/** Hashes that the core has made itself. */
export function countOwn(purpose: u32, messages: u32, permutations: u32): void {
  const own = request + HASH_OWN + purpose * 8
  store<u32>(own, load<u32>(own) + messages)
  store<u32>(own, load<u32>(own, 4) + permutations, 4)
}

function permutationsOf(jobs: usize, count: u32): u32 {
  let sum: u32 = 0
  const end = jobs + <usize>count * JOB_SIZE
  for (let job = jobs; job < end; job += JOB_SIZE) sum += blockCount(load<u32>(job, JOB_LENGTH))
  return sum
}

function offer(kind: u32, purpose: u32, input: usize, count: u32, permutations: u32): void {
  store<u32>(request, kind, HASH_KIND)
  store<u32>(request, purpose, HASH_PURPOSE)
  store<u32>(request, <u32>input, HASH_INPUT)
  store<u32>(request, count, HASH_COUNT)
  store<u32>(request, permutations, HASH_PERMUTATIONS)
}

/** Takes the digests of the batch that waits. False: some are missing, and it still waits. No digest is zero: nobody knows such a message. */
export function takeDigests(): bool {
  const input: usize = load<u32>(request, HASH_INPUT)
  const count = load<u32>(request, HASH_COUNT)
  if (load<u32>(request, HASH_KIND) == HASH_KEYS) {
    const end = <usize>load<u32>(request, HASH_OUTPUT) + ((<usize>count) << 5)
    for (let digest = end - ((<usize>count) << 5); digest < end; digest += 32) if (isZeroWord(digest)) return false
  } else {
    const end = input + <usize>count * JOB_SIZE
    for (let job = input; job < end; job += JOB_SIZE) if (isZeroWord(load<u32>(job, JOB_DIGEST))) return false
  }
  dropOffer()
  return true
}

/** No batch waits any more. */
export function dropOffer(): void {
  if (request) store<u32>(request, 0, HASH_KIND)
}
