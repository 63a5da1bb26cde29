// The values of state and storage tries: RLP of an account (Yellow Paper, section 4.1) and of a storage word.
// Called by the state root, which hashes a storage trie before it encodes the account that owns it, and by known-state.ts, which
// reads them as well.

import {
  encodeNumber,
  encodeWord,
  itemData,
  itemEnd,
  itemIsInteger,
  itemIsList,
  itemLength,
  readHeader,
} from '../rlp.ts'
import { copyWord } from '../word/word.ts'

/** The most bytes an encoded account takes: list header 2, nonce 9, balance and two hashes 33 each. */
export const ACCOUNT_ENCODING_MAX: usize = 2 + 9 + 3 * 33
/** The most bytes an encoded storage value takes. */
export const STORAGE_VALUE_MAX: usize = 33

/**
 * Encodes an account: nonce, balance (a word), storage root and code hash (32 bytes each). Returns the end.
 * The two hashes alone make the payload longer than 55 and shorter than 256 bytes, so the list header is 2 bytes.
 */
export function encodeAccount(out: usize, nonce: u64, balance: usize, storageRoot: usize, codeHash: usize): usize {
  let end = encodeNumber(out + 2, nonce)
  end = encodeWord(end, balance)
  end = encodeHash(end, storageRoot)
  end = encodeHash(end, codeHash)
  store<u8>(out, 0xf8)
  store<u8>(out, <u8>(end - out - 2), 1)
  return end
}

/** Encodes the word of a slot, a number that is not zero. Returns the end. */
export function encodeStorageValue(out: usize, word: usize): usize {
  return encodeWord(out, word)
}

function encodeHash(out: usize, hash: usize): usize {
  store<u8>(out, 0xa0)
  copyWord(out + 1, hash)
  return out + 33
}

// ---- reading --------------------------------------------------------------------------------------------------------------

/** Of the account that was decoded last. */
export let decodedNonce: u64 = 0
/** Pointer to and length of the balance, big-endian without leading zeros. */
export let decodedBalance: usize = 0
export let decodedBalanceLength: u32 = 0
/** Pointers to 32 bytes. */
export let decodedStorageRoot: usize = 0
export let decodedCodeHash: usize = 0

/** Decodes the account that [at, end) encodes. False: that is none. */
export function decodeAccount(at: usize, end: usize): bool {
  if (!readHeader(at, end) || !itemIsList() || itemEnd() != end) return false
  if (!readHeader(itemData(), end) || !itemIsInteger() || itemLength() > 8) return false
  decodedNonce = 0
  for (let i: u32 = 0; i < itemLength(); i++) decodedNonce = (decodedNonce << 8) | load<u8>(itemData() + i)
  if (!readHeader(itemEnd(), end) || !itemIsInteger() || itemLength() > 32) return false
  decodedBalance = itemData()
  decodedBalanceLength = itemLength()
  if (!readHeader(itemEnd(), end) || itemIsList() || itemLength() != 32) return false
  decodedStorageRoot = itemData()
  if (!readHeader(itemEnd(), end) || itemIsList() || itemLength() != 32) return false
  decodedCodeHash = itemData()
  return itemEnd() == end
}

/** Writes the word that [at, end) encodes to `out`, big-endian. False: that is none that a slot may have. */
export function decodeStorageValue(out: usize, at: usize, end: usize): bool {
  if (!readHeader(at, end) || !itemIsInteger() || !itemLength() || itemLength() > 32 || itemEnd() != end) return false
  storeAligned(out, itemData(), itemLength())
  return true
}

/** Writes a big-endian number of at most 32 bytes as 32. */
export function storeAligned(out: usize, from: usize, length: u32): void {
  memory.fill(out, 0, 32)
  memory.copy(out + 32 - length, from, length)
}
