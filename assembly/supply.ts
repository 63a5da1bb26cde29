// The host's answers and the state diff: both are the same records (abi.ts), so that the diff of one core can be supplied to
// another. Records are checked before any is taken over.

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
  BLOCK_HASH_HASH,
  BLOCK_HASH_NUMBER,
  BLOCK_HASH_RECORD_SIZE,
  CODE_BYTES,
  CODE_HASH,
  CODE_LENGTH,
  JOB_SIZE,
  KIND_ACCOUNT,
  KIND_BLOCK_HASH,
  KIND_CODE,
  KIND_CUSTOM,
  KIND_PRECOMPILE,
  KIND_RECOVER,
  KIND_STORAGE,
  PRECOMPILE_LENGTH,
  PRECOMPILE_OK,
  PRECOMPILE_OUTPUT,
  PURPOSE_CODES,
  RECORD_KIND,
  RECORD_SIZE,
  RECOVER_ADDRESS,
  RECOVER_INDEX,
  RECOVER_OK,
  RECOVER_RECORD_SIZE,
  REJECT_SIGNATURE,
  RUN_BAD_INPUT,
  RUN_DONE,
  STORAGE_ADDRESS,
  STORAGE_KEY,
  STORAGE_RECORD_SIZE,
  STORAGE_VALUE,
} from './abi.ts'
import { Buffer, bufferAt, exhausted, scratch } from './arena.ts'
import { EMPTY_CODE, addCode, codeBytes, codeHash, codeLength, internCodeHash, isCodeLoaded } from './code.ts'
import { setBlockHash } from './env.ts'
import { countOwn, hashOrOffer, isCounting, mayOffer } from './hashing.ts'
import { setJob } from './keccak-batch.ts'
import { blockCount } from './keccak-pair.ts'
import { keccak256 } from './keccak.ts'
import { answerCustom, isAnswer } from './precompiles/custom.ts'
import { answerPrecompile } from './precompiles/run.ts'
import { loadAddressBytes, storeAddressBytes } from './state/address.ts'
import {
  EXISTS,
  HAS_STORAGE,
  PLACEHOLDER,
  STORAGE_KNOWN,
  StoredAccount,
  StoredSlot,
  accountCount,
  addAccount,
  addSlot,
  findAccount,
  findSlot,
  storedAccount,
  storedSlot,
  writeSlot,
} from './state/store.ts'
import { AUTHORIZATION_INDEX } from './transaction/decode.ts'
import { authorizationAt, authorizationCount, txAt, txCount } from './transaction/tx.ts'
import { copyWord, equalWords, isZeroWord, loadBigEndian, storeBigEndian, zeroWord } from './word/word.ts'

/** Codes whose digests the host makes. */
let offered: u32 = 0

/** Offers the hashes of the codes among these records to the host. True: it makes them, then supply() with `isHashed`. */
export function offerCodes(records: usize, length: u32): bool {
  const end = records + length
  let permutations: u32 = 0
  offered = 0
  for (let at = records; at < end; at += load<u32>(at, RECORD_SIZE)) {
    if (!isWellFormed(at, <u32>(end - at))) return false
    if (load<u32>(at, RECORD_KIND) != KIND_CODE) continue
    permutations += blockCount(load<u32>(at, CODE_LENGTH))
    offered++
  }
  const jobs = bufferAt(50)
  if (!mayOffer(permutations) || !jobs.ensure(<u64>offered * (JOB_SIZE + 32))) return false
  let job = jobs.ptr
  let listed: u32 = 0
  for (let at = records; at < end && listed < offered; at += load<u32>(at, RECORD_SIZE)) {
    // Asked again, because the records may lie in memory that making room has changed.
    if (!isWellFormed(at, <u32>(end - at))) return false
    if (load<u32>(at, RECORD_KIND) != KIND_CODE) continue
    setJob(job, at + CODE_BYTES, load<u32>(at, CODE_LENGTH), codeDigest(listed++))
    job += JOB_SIZE
  }
  return hashOrOffer(PURPOSE_CODES, jobs.ptr, listed)
}

@inline
function codeDigest(index: u32): usize {
  return bufferAt(50).ptr + offered * JOB_SIZE + (index << 5)
}

/**
 * Takes records over. RUN_BAD_INPUT, and nothing is taken, when one is malformed. `isHashed`: the host has made the digests of
 * their codes.
 */
export function supply(records: usize, length: u32, isHashed: bool): i32 {
  const end = records + length
  let codes: u32 = 0
  for (let at = records; at < end; at += load<u32>(at, RECORD_SIZE)) {
    if (!isWellFormed(at, <u32>(end - at))) return RUN_BAD_INPUT
    if (load<u32>(at, RECORD_KIND) != KIND_CODE) continue
    if (isHashed ? codes == offered || !equalWords(codeDigest(codes), at + CODE_HASH) : !isGenuine(at))
      return RUN_BAD_INPUT
    codes++
  }
  for (let at = records; at < end; ) {
    // Asked again, because the records may lie in memory that taking the one before has changed.
    if (!isWellFormed(at, <u32>(end - at))) return RUN_BAD_INPUT
    const next = at + load<u32>(at, RECORD_SIZE)
    take(at)
    if (exhausted) break
    at = next
  }
  return RUN_DONE
}

/** Whether a record has the form of its kind, and at most `room` bytes. */
export function isWellFormed(record: usize, room: u32): bool {
  if (room < 16) return false
  const size = load<u32>(record, RECORD_SIZE)
  if (size > room || size < 16 || size & 7) return false
  switch (load<u32>(record, RECORD_KIND)) {
    case KIND_ACCOUNT:
      return size == ACCOUNT_RECORD_SIZE
    case KIND_STORAGE:
      return size == STORAGE_RECORD_SIZE
    case KIND_CODE:
      return size >= <u32>CODE_BYTES && load<u32>(record, CODE_LENGTH) <= size - CODE_BYTES
    case KIND_BLOCK_HASH:
      return size == BLOCK_HASH_RECORD_SIZE
    case KIND_PRECOMPILE:
      return load<u32>(record, PRECOMPILE_LENGTH) <= size - PRECOMPILE_OUTPUT
    case KIND_CUSTOM:
      return isAnswer(record, size)
    case KIND_RECOVER:
      return size == RECOVER_RECORD_SIZE && isSigner(load<u32>(record, RECOVER_INDEX))
    default:
      return false
  }
}

/** A code has to have the hash that it is supplied under. */
function isGenuine(record: usize): bool {
  const hash = scratch()
  const length = load<u32>(record, CODE_LENGTH)
  keccak256(hash, record + CODE_BYTES, length)
  if (isCounting()) countOwn(PURPOSE_CODES, 1, blockCount(length))
  return equalWords(hash, record + CODE_HASH)
}

function isSigner(index: u32): bool {
  return index >= AUTHORIZATION_INDEX ? index - AUTHORIZATION_INDEX < authorizationCount : index < txCount
}

function take(record: usize): void {
  switch (load<u32>(record, RECORD_KIND)) {
    case KIND_ACCOUNT:
      takeAccount(record)
      break
    case KIND_STORAGE:
      takeSlot(record)
      break
    case KIND_CODE:
      addCode(record + CODE_HASH, record + CODE_BYTES, load<u32>(record, CODE_LENGTH))
      break
    case KIND_BLOCK_HASH:
      setBlockHash(load<u64>(record, BLOCK_HASH_NUMBER), record + BLOCK_HASH_HASH)
      break
    case KIND_PRECOMPILE:
      answerPrecompile(
        load<u32>(record, PRECOMPILE_OK) != 0,
        record + PRECOMPILE_OUTPUT,
        load<u32>(record, PRECOMPILE_LENGTH),
      )
      break
    case KIND_CUSTOM:
      answerCustom(record, load<u32>(record, RECORD_SIZE))
      break
    default:
      takeSigner(record)
  }
}

function takeAccount(record: usize): void {
  const address = scratch()
  loadAddressBytes(address, record + ACCOUNT_ADDRESS)
  const found = findAccount(address)
  const account = storedAccount(found ? found - 1 : addAccount(address))
  if (exhausted) return
  const flags = load<u32>(record, ACCOUNT_FLAGS)
  const isHere = (flags & ACCOUNT_EXISTS) != 0
  if (flags & ACCOUNT_STORAGE_CLEARED && found) account.epoch++
  account.flags =
    (isHere ? EXISTS : STORAGE_KNOWN) |
    (flags & ACCOUNT_STORAGE_CLEARED ? STORAGE_KNOWN : 0) |
    (flags & ACCOUNT_HAS_STORAGE ? HAS_STORAGE : 0)
  account.nonce = isHere ? load<u64>(record, ACCOUNT_NONCE) : 0
  account.code = isHere ? internCodeHash(record + ACCOUNT_CODE_HASH) : EMPTY_CODE
  if (isHere) loadBigEndian(account.balance, record + ACCOUNT_BALANCE)
  else zeroWord(account.balance)
  account.baseFlags = account.flags
  account.baseNonce = account.nonce
  account.baseCode = account.code
  account.baseEpoch = account.epoch
  copyWord(account.baseBalance, account.balance)
}

function takeSlot(record: usize): void {
  const address = scratch()
  const key = scratch() + 32
  loadAddressBytes(address, record + STORAGE_ADDRESS)
  loadBigEndian(key, record + STORAGE_KEY)
  const found = findAccount(address)
  const account = found ? found - 1 : addAccount(address)
  if (exhausted) return
  if (!found) storedAccount(account).flags = PLACEHOLDER
  const stored = findSlot(account, key)
  const index = stored ? stored - 1 : addSlot(account, key)
  if (exhausted) return
  loadBigEndian(key, record + STORAGE_VALUE)
  writeSlot(index, key)
  copyWord(storedSlot(index).base, key)
}

function takeSigner(record: usize): void {
  const index = load<u32>(record, RECOVER_INDEX)
  const ok = load<u32>(record, RECOVER_OK) != 0
  if (index >= AUTHORIZATION_INDEX) {
    const entry = authorizationAt(index - AUTHORIZATION_INDEX)
    entry.isValid = ok ? 1 : 0
    loadAddressBytes(entry.authority, record + RECOVER_ADDRESS)
    return
  }
  const tx = txAt(index)
  if (tx.senderKnown) return // a run may be under way in that name
  tx.senderKnown = 1
  if (ok) loadAddressBytes(tx.sender, record + RECOVER_ADDRESS)
  else if (!tx.rejection) tx.rejection = REJECT_SIGNATURE
}

// ---- the state diff -----------------------------------------------------------------------------------------------------

/**
 * Writes what differs from the base as records into a buffer and returns it: per account that changed, itself or in a slot, its
 * record, its code where that is new, and its changed slots.
 */
export function writeDiff(): Buffer {
  const out = bufferAt(17)
  out.length = 0
  for (let i: u32 = 0; i < accountCount; i++) writeAccountDiff(out, storedAccount(i))
  return out
}

function writeAccountDiff(out: Buffer, account: StoredAccount): void {
  const wiped = account.epoch != account.baseEpoch && ((account.flags | account.baseFlags) & EXISTS) != 0
  const changed =
    ((account.flags ^ account.baseFlags) & EXISTS) != 0 ||
    wiped ||
    account.nonce != account.baseNonce ||
    account.code != account.baseCode ||
    !equalWords(account.balance, account.baseBalance)
  if (changed) putAccount(out, account, wiped)
  let listed = changed
  if (account.code != account.baseCode && account.code != EMPTY_CODE && isCodeLoaded(account.code))
    putCode(out, account.code)
  for (let next = account.slots; next; ) {
    const slot = storedSlot(next - 1)
    next = slot.next
    if (slot.epoch != account.epoch || (wiped ? isZeroWord(slot.value) : equalWords(slot.value, slot.base))) continue
    if (!listed) putAccount(out, account, false)
    listed = true
    putSlot(out, account, slot)
  }
}

function putAccount(out: Buffer, account: StoredAccount, wiped: bool): void {
  const record = out.push(ACCOUNT_RECORD_SIZE)
  memory.fill(record, 0, ACCOUNT_RECORD_SIZE)
  store<u32>(record, KIND_ACCOUNT, RECORD_KIND)
  store<u32>(record, ACCOUNT_RECORD_SIZE, RECORD_SIZE)
  const flags = (account.flags & EXISTS ? ACCOUNT_EXISTS : 0) | (wiped ? ACCOUNT_STORAGE_CLEARED : 0)
  store<u32>(record, flags, ACCOUNT_FLAGS)
  store<u64>(record, account.nonce, ACCOUNT_NONCE)
  storeAddressBytes(record + ACCOUNT_ADDRESS, account.address)
  storeBigEndian(record + ACCOUNT_BALANCE, account.balance)
  memory.copy(record + ACCOUNT_CODE_HASH, codeHash(account.code), 32)
}

function putCode(out: Buffer, code: u32): void {
  const length = codeLength(code)
  const size = CODE_BYTES + ((length + 7) & ~7)
  if (!out.ensure(<u64>out.length + size)) return // may be larger than MAX_PUSH
  const record = out.push(size)
  memory.fill(record, 0, size)
  store<u32>(record, KIND_CODE, RECORD_KIND)
  store<u32>(record, size, RECORD_SIZE)
  store<u32>(record, length, CODE_LENGTH)
  memory.copy(record + CODE_HASH, codeHash(code), 32)
  memory.copy(record + CODE_BYTES, codeBytes(code), length)
}

function putSlot(out: Buffer, account: StoredAccount, slot: StoredSlot): void {
  const record = out.push(STORAGE_RECORD_SIZE)
  memory.fill(record, 0, STORAGE_RECORD_SIZE)
  store<u32>(record, KIND_STORAGE, RECORD_KIND)
  store<u32>(record, STORAGE_RECORD_SIZE, RECORD_SIZE)
  storeAddressBytes(record + STORAGE_ADDRESS, account.address)
  storeBigEndian(record + STORAGE_KEY, slot.key)
  storeBigEndian(record + STORAGE_VALUE, slot.value)
}
