// Keccak and RLP for the tests, and a walk over a whole RLP item that uses only the decoder's public functions.
import { keccak256 } from '../../assembly/keccak.ts'
import { hashChains, hashJobs, hashMany } from '../../assembly/keccak-batch.ts'
import { keccak256Pair64 } from '../../assembly/keccak-pair.ts'
import {
  bytesSize,
  encodeBytes,
  encodeListHeader,
  encodeNumber,
  encodeWord,
  itemData,
  itemEnd,
  itemIsInteger,
  itemIsList,
  itemLength,
  listHeaderSize,
  numberSize,
  readHeader,
  wordSize,
} from '../../assembly/rlp.ts'

export {
  hashChains,
  hashJobs,
  hashMany,
  bytesSize,
  encodeBytes,
  encodeListHeader,
  encodeNumber,
  encodeWord,
  itemData,
  itemEnd,
  itemIsInteger,
  itemIsList,
  itemLength,
  keccak256,
  keccak256Pair64,
  listHeaderSize,
  numberSize,
  readHeader,
  wordSize,
}

/**
 * Hashes the first `len` bytes at `data` for every len from 0 to `max` - 1; the digests follow one another at `out`.
 */
export function hashAllLengths(out: usize, data: usize, max: u32): void {
  for (let len: u32 = 0; len < max; len++) keccak256(out + (len << 5), data, len)
}

/** Whether [ptr, end) is exactly one canonical item, with all items inside it. */
export function isOneItem(ptr: usize, end: usize): bool {
  return readHeader(ptr, end) && itemEnd() == end && walk(ptr, end)
}

function walk(ptr: usize, end: usize): bool {
  while (ptr < end) {
    if (!readHeader(ptr, end)) return false
    const next = itemEnd()
    if (itemIsList() && !walk(itemData(), next)) return false
    ptr = next
  }
  return ptr == end
}
