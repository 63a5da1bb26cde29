// A state that is known by some of the nodes of its trie (trie/known.ts): accounts and slots read from them, and the root after a
// diff. The answers are the records that weft_supply takes, and the diff is what weft_diff gives. This has nothing to do with the
// store: a host may read from here what a run asks for, so that the run rests on nothing but the root.

import {
  ACCOUNT_ADDRESS,
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_EXISTS,
  ACCOUNT_FLAGS,
  ACCOUNT_HAS_STORAGE,
  ACCOUNT_NONCE,
  ACCOUNT_RECORD_SIZE,
  ACCOUNT_STORAGE_CLEARED,
  KIND_ACCOUNT,
  KIND_CODE,
  KIND_STORAGE,
  RECORD_KIND,
  RECORD_SIZE,
  RUN_BAD_INPUT,
  RUN_DONE,
  STORAGE_ADDRESS,
  STORAGE_KEY,
  STORAGE_RECORD_SIZE,
  STORAGE_VALUE,
  TRIE_MALFORMED,
} from './abi.ts'
import { exhausted, scratch } from './arena.ts'
import { keccak256 } from './keccak.ts'
import { itemData, itemEnd, readHeader } from './rlp.ts'
import { isWellFormed } from './supply.ts'
import {
  ACCOUNT_ENCODING_MAX,
  STORAGE_VALUE_MAX,
  decodeAccount,
  decodeStorageValue,
  decodedBalance,
  decodedBalanceLength,
  decodedCodeHash,
  decodedNonce,
  decodedStorageRoot,
  encodeAccount,
  encodeStorageValue,
  storeAligned,
} from './trie/account.ts'
import {
  RECORD_VALUE,
  RECORD_VALUE_LENGTH,
  beginChanges,
  fault,
  isRecord,
  leafOf,
  recordAt,
  refuseLeaf,
  removeKey,
  setItem,
  setValue,
} from './trie/changes.ts'
import { KEY_NIBBLES, isEmptyRoot } from './trie/encoded.ts'
import { noteFault, noteStorage, trieBytes } from './trie/known.ts'
import { foundIn, foundItem, lookUp } from './trie/lookup.ts'
import { emptyRoot } from './trie/root.ts'
import { settleChanges } from './trie/settle.ts'
import { copyWord, isZeroWord, loadBigEndian } from './word/word.ts'

// Offsets within the scratch memory; trie/settle.ts uses what lies before.
const ACCOUNT_KEY: usize = 64
const SLOT_KEY: usize = 96
const ROOT: usize = 128
const WORD: usize = 160

const ADDRESS_LENGTH: u32 = 20

// ---- reading --------------------------------------------------------------------------------------------------------------

/** Writes the record of an account (ACCOUNT_*) below the state root `root`. RUN_DONE, TRIE_MISSING or TRIE_MALFORMED. */
export function readAccount(out: usize, root: usize, address: usize): i32 {
  memory.copy(scratch() + WORD, address, ADDRESS_LENGTH) // which may lie where the record goes
  const ended = findAccountBelow(root, address)
  if (ended != RUN_DONE) return ended
  beginRecord(out, KIND_ACCOUNT, ACCOUNT_RECORD_SIZE)
  memory.copy(out + ACCOUNT_ADDRESS, scratch() + WORD, ADDRESS_LENGTH)
  if (!foundItem) return RUN_DONE
  const hasStorage = isEmptyRoot(decodedStorageRoot) ? 0 : ACCOUNT_HAS_STORAGE
  store<u32>(out, ACCOUNT_EXISTS | hasStorage, ACCOUNT_FLAGS)
  store<u64>(out, decodedNonce, ACCOUNT_NONCE)
  storeAligned(out + ACCOUNT_BALANCE, decodedBalance, decodedBalanceLength)
  memory.copy(out + ACCOUNT_CODE_HASH, decodedCodeHash, 32)
  return RUN_DONE
}

/** Writes the record of a slot (STORAGE_*). */
export function readSlotBelow(out: usize, root: usize, address: usize, key: usize): i32 {
  memory.copy(scratch() + WORD, address, ADDRESS_LENGTH)
  memory.copy(scratch() + WORD + 32, key, 32)
  let ended = findAccountBelow(root, address)
  if (ended != RUN_DONE) return ended
  const slotKey = scratch() + SLOT_KEY
  keccak256(slotKey, scratch() + WORD + 32, 32)
  if (foundItem) {
    ended = lookUp(decodedStorageRoot, slotKey)
    if (ended != RUN_DONE) {
      noteStorage(scratch() + ACCOUNT_KEY)
      return ended
    }
  }
  beginRecord(out, KIND_STORAGE, STORAGE_RECORD_SIZE)
  memory.copy(out + STORAGE_ADDRESS, scratch() + WORD, ADDRESS_LENGTH)
  memory.copy(out + STORAGE_KEY, scratch() + WORD + 32, 32)
  if (!foundItem) return RUN_DONE
  readHeader(foundItem, usize.MAX_VALUE)
  if (decodeStorageValue(out + STORAGE_VALUE, itemData(), itemEnd())) return RUN_DONE
  noteFault(foundIn, slotKey, KEY_NIBBLES, slotKey)
  noteStorage(scratch() + ACCOUNT_KEY)
  return TRIE_MALFORMED
}

/** Looks an account up and decodes it; foundItem is 0 where there is none. */
function findAccountBelow(root: usize, address: usize): i32 {
  const key = scratch() + ACCOUNT_KEY
  keccak256(key, address, ADDRESS_LENGTH)
  const ended = lookUp(root, key)
  if (ended != RUN_DONE || !foundItem) return ended
  readHeader(foundItem, usize.MAX_VALUE)
  if (decodeAccount(itemData(), itemEnd())) return RUN_DONE
  noteFault(foundIn, key, KEY_NIBBLES, key)
  return TRIE_MALFORMED
}

function beginRecord(out: usize, kind: u32, size: u32): void {
  memory.fill(out, 0, size)
  store<u32>(out, kind, RECORD_KIND)
  store<u32>(out, size, RECORD_SIZE)
}

// ---- changing -------------------------------------------------------------------------------------------------------------

/**
 * Lays a diff (RECORD_*; the slots of an account after it) over the state of `root`, and makes ready to encode what changes.
 * RUN_DONE, TRIE_MISSING, TRIE_MALFORMED, or RUN_BAD_INPUT where the records are no diff.
 */
export function changeState(root: usize, records: usize, length: u32): i32 {
  if (!isDiff(records, length)) return RUN_BAD_INPUT
  beginChanges(root)
  const end = records + length
  let account: u32 = 0
  for (let at = records; at < end && !fault && !exhausted; at += load<u32>(at, RECORD_SIZE)) {
    // Asked again, because the records may lie in memory that the change before has changed.
    if (!isWellFormed(at, <u32>(end - at))) return RUN_BAD_INPUT
    const kind = load<u32>(at, RECORD_KIND)
    if (kind == KIND_ACCOUNT) account = changeAccount(at)
    else if (kind == KIND_STORAGE) changeSlot(account, at)
  }
  if (!fault && !exhausted) settleChanges()
  return fault
}

/** Accounts, each before its slots, and codes. */
function isDiff(records: usize, length: u32): bool {
  const end = records + length
  let account: usize = 0
  for (let at = records; at < end; at += load<u32>(at, RECORD_SIZE)) {
    if (!isWellFormed(at, <u32>(end - at))) return false
    const kind = load<u32>(at, RECORD_KIND)
    if (kind == KIND_ACCOUNT) account = load<u32>(at, ACCOUNT_FLAGS) & ACCOUNT_EXISTS ? at : 0
    else if (kind == KIND_STORAGE) {
      if (!account || memory.compare(account + ACCOUNT_ADDRESS, at + STORAGE_ADDRESS, ADDRESS_LENGTH)) return false
    } else if (kind != KIND_CODE) return false
  }
  return true
}

/** Returns the leaf of the account, 0 where it is gone, or with a fault. */
function changeAccount(record: usize): u32 {
  const key = scratch() + ACCOUNT_KEY
  keccak256(key, record + ACCOUNT_ADDRESS, ADDRESS_LENGTH)
  const flags = load<u32>(record, ACCOUNT_FLAGS)
  if (!(flags & ACCOUNT_EXISTS)) {
    removeKey(0, key)
    return 0
  }
  const leaf = leafOf(0, key)
  if (!leaf || !keepStorage(leaf, (flags & ACCOUNT_STORAGE_CLEARED) != 0)) return 0
  const bytes = trieBytes()
  const value = bytes.length
  const space = bytes.push(<u32>ACCOUNT_ENCODING_MAX)
  if (exhausted) return 0
  loadBigEndian(scratch() + WORD, record + ACCOUNT_BALANCE)
  const nonce = load<u64>(record, ACCOUNT_NONCE)
  const end = encodeAccount(space, nonce, scratch() + WORD, scratch() + ROOT, record + ACCOUNT_CODE_HASH)
  bytes.length = value + <u32>(end - space)
  setValue(leaf, value, <u32>(end - space))
  return leaf
}

/**
 * Hangs the storage trie that the account has so far in its leaf, and copies its root to the scratch memory. False: with a fault.
 */
function keepStorage(leaf: u32, isCleared: bool): bool {
  const root = scratch() + ROOT
  const at = recordAt(leaf)
  const length = load<u32>(at, RECORD_VALUE_LENGTH)
  if (isCleared || !length) {
    setItem(leaf, 0, 0)
    emptyRoot(root)
    return true
  }
  const bytes = trieBytes().ptr
  const value = bytes + load<u32>(at, RECORD_VALUE)
  if (!decodeAccount(value, value + length)) {
    refuseLeaf(leaf)
    return false
  }
  copyWord(root, decodedStorageRoot)
  // The item is the root with its header. A trie that this diff has begun to change stays where it is.
  if (!isRecord(leaf, 0)) setItem(leaf, 0, isEmptyRoot(root) ? 0 : <u32>(decodedStorageRoot - 1 - bytes))
  return true
}

function changeSlot(account: u32, record: usize): void {
  if (!account) return // there was a fault
  const key = scratch() + SLOT_KEY
  const word = scratch() + WORD
  keccak256(key, record + STORAGE_KEY, 32)
  loadBigEndian(word, record + STORAGE_VALUE)
  if (isZeroWord(word)) {
    removeKey(account, key)
    return
  }
  const leaf = leafOf(account, key)
  if (!leaf) return
  const bytes = trieBytes()
  const value = bytes.length
  const space = bytes.push(<u32>STORAGE_VALUE_MAX)
  if (exhausted) return
  const length = <u32>(encodeStorageValue(space, word) - space)
  bytes.length = value + length
  setValue(leaf, value, length)
}
