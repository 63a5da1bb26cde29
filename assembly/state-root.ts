// The state root, from all accounts in the store. Accounts are taken in groups: the keys of a group's accounts and slots are hashed in
// one batch each, and then the storage tries of the whole group height by height, as if they were one (planTries). So batches are
// large however little storage each account has, and the memory for tries is bounded by the largest account. Last comes the
// trie of the accounts.
//
// It can stop where a batch is offered to the host (hashing.ts), and goes on when it is called again. The store must not change
// meanwhile: index.ts gives the root up, or refuses, when a call would change it.

import { PURPOSE_STATE_KEYS, PURPOSE_STATE_NODES } from './abi.ts'
import { exhausted, release, reserve, scratch } from './arena.ts'
import { codeHash } from './code.ts'
import { hashKeysOrOffer, hashNodes, isCounting, offerRoom } from './hashing.ts'
import { storeAddressBytes } from './state/address.ts'
import { EXISTS, accountCount, storedAccount, storedSlot } from './state/store.ts'
import { ACCOUNT_ENCODING_MAX, STORAGE_VALUE_MAX, encodeAccount, encodeStorageValue } from './trie/account.ts'
import { digestOf, rootDigest } from './trie/batch.ts'
import { ENTRY_SIZE, setEntry, sortEntries, sortScratch } from './trie/entries.ts'
import { planTrie, planTries, trieScratchFor } from './trie/plan.ts'
import { emptyRoot } from './trie/root.ts'
import { isZeroWord, storeBigEndian } from './word/word.ts'

/** Accounts and slots of a group. The core is as fast with a few hundred as with all, and less is less memory; a device wants many. */
const GROUP: u32 = 1024
const OFFERED_GROUP: u32 = 65536
/** Bytes of a slot in a group beside the trie: entry, key, value. */
const SLOT_BYTES: u64 = ENTRY_SIZE + 32 + STORAGE_VALUE_MAX
const ADDRESS_BYTES: u32 = 20

const GATHER: u32 = 0
const SLOT_KEYS: u32 = 1
const STORAGE_PLAN: u32 = 2
const STORAGE_NODES: u32 = 3
const ACCOUNTS: u32 = 4
const STATE_PLAN: u32 = 5
const STATE_NODES: u32 = 6

let step: u32 = GATHER
/** Records of the store that are through, and those before the group; all accounts among them that exist, and those before the group. */
let next: u32 = 0
let groupStart: u32 = 0
let count: u32 = 0
let countBefore: u32 = 0

// Of all accounts: entries │ keys │ values. 0: no root is under way.
let accounts: usize = 0
let accountsSize: u64 = 0
let keys: usize = 0
let value: usize = 0

// Of the group: entries │ keys │ number of slots per account, then root node │ values │ work: keys before they are hashed, sorting, plan.
let group: usize = 0
let groupSize: u64 = 0
let slotCount: u32 = 0
let slotKeys: usize = 0
let tries: usize = 0
let work: usize = 0
let workSize: usize = 0

/** Gives up the root that is under way. */
export function abandonStateRoot(): void {
  if (accounts) release(accounts, accountsSize)
  if (group) release(group, groupSize)
  forgetStateRoot()
}

/** What was under way is gone (rewindArena). */
export function forgetStateRoot(): void {
  accounts = 0
  group = 0
}

/** Writes the root of all accounts in the store: the state root if the store is complete. False: it waits for digests. */
export function stateRoot(out: usize): bool {
  if (!accounts && !begin()) return true
  while (!exhausted) {
    if (step == STATE_NODES) {
      if (!hashNodes(work, PURPOSE_STATE_NODES)) return false
      rootDigest(out, work)
      break
    }
    if (step == STATE_PLAN && !count) {
      emptyRoot(out)
      break
    }
    if (!advance()) return false
  }
  abandonStateRoot()
  return true
}

/** One step towards the trie of the accounts. False: a batch is offered. */
function advance(): bool {
  switch (step++) {
    case GATHER:
      return (
        !gather() || !hashKeysOrOffer(PURPOSE_STATE_KEYS, work, ADDRESS_BYTES, count - countBefore, keyAt(countBefore))
      )
    case SLOT_KEYS:
      return !slotCount || !hashKeysOrOffer(PURPOSE_STATE_KEYS, rawSlots(), 32, slotCount, slotKeys)
    case STORAGE_PLAN:
      if (slotCount) planStorage()
      return true
    case STORAGE_NODES:
      if (!slotCount || hashNodes(work, PURPOSE_STATE_NODES)) return true
      step = STORAGE_NODES
      return false
    case ACCOUNTS:
      encodeAccounts()
      step = next < accountCount ? GATHER : STATE_PLAN
      return true
    default:
      planState()
      return true
  }
}

function begin(): bool {
  accountsSize = max<u64>(1, <u64>accountCount * (<u64>ENTRY_SIZE + 32 + <u64>ACCOUNT_ENCODING_MAX))
  accounts = reserve(accountsSize)
  if (!accounts) return false
  keys = accounts + <usize>accountCount * ENTRY_SIZE
  value = keys + ((<usize>accountCount) << 5)
  step = accountCount ? GATHER : STATE_PLAN
  next = 0
  count = 0
  return true
}

@inline
function keyAt(index: u32): usize {
  return keys + ((<usize>index) << 5)
}

/** Where the slots of the group lie before they are hashed: behind the addresses. */
@inline
function rawSlots(): usize {
  return work + <usize>(count - countBefore) * ADDRESS_BYTES
}

// ---- a group --------------------------------------------------------------------------------------------------------------

/** Takes the next accounts and their slots into the group. False: there are none, or memory is exhausted. */
function gather(): bool {
  groupStart = next
  countBefore = count
  const records = findGroup()
  if (count == countBefore || !layOut(records, count - countBefore)) return false
  let address = work
  let entry = group
  let key = slotKeys
  let raw = rawSlots()
  let encoded = tries + ((<usize>(count - countBefore)) << 2)
  let trie = tries
  for (let i = groupStart; i < next; i++) {
    const account = storedAccount(i)
    if (!(account.flags & EXISTS)) continue
    storeAddressBytes(address, account.address)
    address += ADDRESS_BYTES
    let own: u32 = 0
    for (let at = account.slots; at; ) {
      const slot = storedSlot(at - 1)
      at = slot.next
      if (slot.epoch != account.epoch || isZeroWord(slot.value)) continue
      storeBigEndian(raw, slot.key)
      const end = encodeStorageValue(encoded, slot.value)
      setEntry(entry, key, 32, encoded, <u32>(end - encoded))
      encoded = end
      entry += ENTRY_SIZE
      raw += 32
      key += 32
      own++
    }
    store<u32>(trie, own)
    trie += 4
    slotCount += own
  }
  return true
}

/** Moves `next` behind the last account of the group and counts them. Returns the number of their slot records, old ones among them. */
function findGroup(): u32 {
  const most = isCounting() ? OFFERED_GROUP : GROUP
  let records: u32 = 0
  slotCount = 0
  while (next < accountCount && records + (count - countBefore) < most) {
    const account = storedAccount(next++)
    if (!(account.flags & EXISTS)) continue
    count++
    for (let at = account.slots; at; at = storedSlot(at - 1).next) records++
  }
  return records
}

/** Makes room for a group of so many slot records and accounts. False: memory is exhausted. */
function layOut(slots: u32, owners: u32): bool {
  const raw = ((<usize>slots) << 5) + <usize>owners * ADDRESS_BYTES
  const longest = <u32>STORAGE_VALUE_MAX
  const nodes = trieScratchFor(slots, 32, longest) + offerRoom(slots, longest + 40)
  workSize = max(max(raw, sortScratch(slots)), nodes)
  const size = SLOT_BYTES * slots + ((<u64>owners) << 2) + 8 + workSize
  if (!ensureGroup(size)) return false
  slotKeys = group + <usize>slots * ENTRY_SIZE
  tries = slotKeys + ((<usize>slots) << 5)
  work = (tries + ((<usize>owners) << 2) + <usize>slots * STORAGE_VALUE_MAX + 7) & ~7
  return true
}

function ensureGroup(size: u64): bool {
  if (group && size <= groupSize) return true
  if (group) release(group, groupSize)
  groupSize = size
  group = reserve(size)
  return group != 0
}

/** Sorts the slots of each account by their hashed keys, and plans all storage tries. */
function planStorage(): void {
  const owners = count - countBefore
  let entries = group
  for (let i: u32 = 0; i < owners; i++) {
    const own = load<u32>(tries + ((<usize>i) << 2))
    sortEntries(entries, own, work)
    entries += <usize>own * ENTRY_SIZE
  }
  planTries(work, workSize, group, slotCount, tries, owners)
}

/** Encodes the accounts of the group, whose storage roots are there. */
function encodeAccounts(): void {
  const root = scratch()
  const none = root + 32
  emptyRoot(none)
  let trie = tries
  let index = countBefore
  for (let i = groupStart; i < next; i++) {
    const account = storedAccount(i)
    if (!(account.flags & EXISTS)) continue
    const storage = slotCount ? <usize>load<u32>(trie) : <usize>0
    trie += 4
    if (storage) digestOf(root, storage)
    const end = encodeAccount(value, account.nonce, account.balance, storage ? root : none, codeHash(account.code))
    setEntry(accounts + <usize>index * ENTRY_SIZE, keyAt(index), 32, value, <u32>(end - value))
    value = end
    index++
  }
}

// ---- the trie of the accounts -----------------------------------------------------------------------------------------------

function planState(): void {
  const longest = <u32>ACCOUNT_ENCODING_MAX
  workSize = max(sortScratch(count), trieScratchFor(count, 32, longest) + offerRoom(count, longest + 40))
  if (!ensureGroup(workSize)) return
  work = group
  sortEntries(accounts, count, work)
  planTrie(work, workSize, accounts, count)
}
