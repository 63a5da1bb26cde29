// The values of state and storage tries: RLP of an account (Yellow Paper, section 4.1) and of a storage word.
// Called by the state root, which hashes a storage trie before it encodes the account that owns it.

import { encodeNumber, encodeWord } from '../rlp.ts'
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
