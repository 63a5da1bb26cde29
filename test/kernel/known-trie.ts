// Exports tries of known nodes below the accounts: any 32-byte keys and values, for test/unit/known-trie.test.ts, which lays out its
// input in a block of the arena.
import { RUN_DONE, TRIE_JOBS, TRIE_ROOT } from '../../assembly/abi.ts'
import { exhausted, initArena, reserve, scratch } from '../../assembly/arena.ts'
import { hashJobs } from '../../assembly/keccak-batch.ts'
import { itemData, itemLength, readHeader } from '../../assembly/rlp.ts'
import { beginChanges, fault, leafOf, removeKey, setValue } from '../../assembly/trie/changes.ts'
import { isNode } from '../../assembly/trie/encoded.ts'
import { addNodes, knownCount, prepareKnown, resetKnown, trieBytes, trieReport } from '../../assembly/trie/known.ts'
import { foundItem, lookUp } from '../../assembly/trie/lookup.ts'
import { encodeChanges, settleChanges } from '../../assembly/trie/settle.ts'

export { addNodes, isNode, resetKnown, trieReport }

/** A block of memory for the test. */
export function open(): usize {
  initArena()
  prepareKnown()
  return reserve(65536)
}

export function begin(root: usize): void {
  beginChanges(root)
}

/** Maps a key to a value of 1 to 128 bytes. */
export function put(key: usize, value: usize, length: u32): i32 {
  const leaf = leafOf(0, key)
  if (fault) return fault
  const offset = trieBytes().length
  trieBytes().append(value, length)
  setValue(leaf, offset, length)
  return exhausted ? -1 : RUN_DONE
}

export function remove(key: usize): i32 {
  removeKey(0, key)
  return fault
}

/** The root after the changes, at `out`. Returns a fault or the number of messages hashed. */
export function finish(out: usize): i32 {
  if (!settleChanges()) return fault
  let hashed = 0
  for (let count = encodeChanges(); count; count = encodeChanges()) {
    hashJobs(load<u32>(trieReport(), TRIE_JOBS), count, scratch())
    hashed += count
  }
  memory.copy(out, trieReport() + TRIE_ROOT, 32)
  return hashed
}

/** Copies the value of a key to `out`. Returns its length, 0 where there is none, or a fault. */
export function find(out: usize, root: usize, key: usize): i32 {
  const ended = lookUp(root, key)
  if (ended != RUN_DONE || !foundItem) return ended
  readHeader(foundItem, usize.MAX_VALUE)
  memory.copy(out, itemData(), itemLength())
  return itemLength()
}

export function count(): u32 {
  return knownCount
}
