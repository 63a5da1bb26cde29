// What a host with threads of its own does with OUTCOME_USED (docs/ABI.md, "Scheduling instances"): reads the records, tells whether an
// outcome holds on another state than the one it was made on, and what it makes of that state.
import * as abi from '../../src/abi.ts'
import { Reader } from '../../src/abi.ts'
import {
  type AccountDiff,
  type Address,
  EMPTY_CODE_HASH,
  type Hex,
  type Source,
  type StateDiff,
} from '../../src/index.ts'

/** An account in a state, as far as questions go. */
interface Values {
  exists: boolean
  nonce: bigint
  balance: bigint
  codeHash: Hex
}

export interface UsedAccount {
  address: Address
  /** ASKED_* */
  asked: number
  before: Values
  after: Values
  atLeast: bigint
  below: bigint
  storageCleared: boolean
}

export interface UsedSlot {
  address: Address
  key: bigint
  asked: boolean
  before: bigint
  after: bigint
}

/** What a transaction used of the state. */
export interface Used {
  accounts: UsedAccount[]
  slots: UsedSlot[]
}

/** The records of the outcome at `at`. */
export function readUsed(memory: WebAssembly.Memory, at: number): Used {
  const reader = new Reader(memory)
  const used: Used = { accounts: [], slots: [] }
  let record = reader.u32(at + abi.OUTCOME_USED)
  const end = record + reader.u32(at + abi.OUTCOME_USED_LENGTH)
  for (; record < end; record += reader.u32(record + abi.RECORD_SIZE)) {
    if (reader.u32(record + abi.RECORD_KIND) === abi.TRACE_ACCOUNT) used.accounts.push(readAccount(reader, record))
    else used.slots.push(readSlot(reader, record))
  }
  return used
}

function readAccount(reader: Reader, at: number): UsedAccount {
  const flags = reader.u32(at + abi.TRACED_FLAGS)
  return {
    address: reader.hex(at + abi.TRACED_ADDRESS, 20),
    asked: reader.u32(at + abi.TRACED_ASKED),
    before: {
      exists: (flags & abi.TRACED_EXISTS) !== 0,
      nonce: reader.u64(at + abi.TRACED_NONCE),
      balance: reader.word(at + abi.TRACED_BALANCE),
      codeHash: reader.hex(at + abi.TRACED_CODE_HASH, 32),
    },
    after: {
      exists: (flags & abi.TRACED_EXISTS_AFTER) !== 0,
      nonce: reader.u64(at + abi.TRACED_NONCE_AFTER),
      balance: reader.word(at + abi.TRACED_BALANCE_AFTER),
      codeHash: reader.hex(at + abi.TRACED_CODE_HASH_AFTER, 32),
    },
    atLeast: reader.word(at + abi.TRACED_AT_LEAST),
    below: reader.word(at + abi.TRACED_BELOW),
    storageCleared: (flags & abi.TRACED_STORAGE_CLEARED) !== 0,
  }
}

function readSlot(reader: Reader, at: number): UsedSlot {
  return {
    address: reader.hex(at + abi.TRACED_SLOT_ADDRESS, 20),
    key: reader.word(at + abi.TRACED_SLOT_KEY),
    asked: reader.u32(at + abi.TRACED_SLOT_ASKED) === 1,
    before: reader.word(at + abi.TRACED_SLOT_VALUE),
    after: reader.word(at + abi.TRACED_SLOT_VALUE_AFTER),
  }
}

/** Does every answer that the outcome rests on still hold? Not for accounts that a creation found with storage (EIP-7610). */
export async function holds(used: Used, state: Source): Promise<boolean> {
  for (const account of used.accounts) {
    if (!accountHolds(account, await valuesOf(state, account.address))) return false
  }
  for (const slot of used.slots) {
    if (slot.asked && (await state.storage(slot.address, slot.key)) !== slot.before) return false
  }
  return true
}

async function valuesOf(state: Source, address: Address): Promise<Values> {
  const account = await state.account(address)
  return account
    ? { exists: true, nonce: account.nonce, balance: account.balance, codeHash: account.codeHash }
    : { exists: false, nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
}

const isEmpty = ({ nonce, balance, codeHash }: Values): boolean =>
  nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH

function accountHolds({ asked, before, atLeast, below }: UsedAccount, now: Values): boolean {
  if (asked & abi.ASKED_NONCE && now.nonce !== before.nonce) return false
  if (asked & abi.ASKED_CODE && now.codeHash !== before.codeHash) return false
  if (asked & abi.ASKED_BALANCE && now.balance !== before.balance) return false
  if (asked & abi.ASKED_FUNDS && (now.balance < atLeast || now.balance >= below)) return false
  if (asked & abi.ASKED_EXISTS && now.exists !== before.exists) return false
  return !(asked & abi.ASKED_EMPTY) || isEmpty(now) === isEmpty(before)
}

/** What the outcome makes of a state that it holds on, under the rules of Spurious Dragon or later. `codes`: those it deployed. */
export async function effectOf(used: Used, state: Source, codes: ReadonlyMap<Hex, Uint8Array>): Promise<StateDiff> {
  const diff = new Map<Address, AccountDiff & { storage: [bigint, bigint][] }>()
  const wrote = new Set(used.slots.filter(({ before, after }) => before !== after).map(({ address }) => address))
  for (const account of used.accounts) {
    if (!isChanged(account) && !wrote.has(account.address)) continue
    const now = await valuesOf(state, account.address)
    const next = account.after.exists ? changed(account, now) : { ...now, exists: false }
    const code = codes.get(next.codeHash)
    const exists = next.exists && !isEmpty(next)
    diff.set(account.address, {
      address: account.address,
      ...next,
      exists,
      storageCleared: account.storageCleared || !exists,
      storage: [],
      ...(code && { code }),
    })
  }
  for (const { address, key, before, after } of used.slots) {
    const owner = diff.get(address)
    if (before !== after && owner?.exists) owner.storage.push([key, after])
  }
  return [...diff.values()]
}

function isChanged({ before, after, storageCleared }: UsedAccount): boolean {
  const { nonce, balance, codeHash, exists } = before
  const isSame = nonce === after.nonce && balance === after.balance && codeHash === after.codeHash
  return storageCleared || exists !== after.exists || !isSame
}

/** Balances as differences, the rest as values. */
function changed({ before, after }: UsedAccount, now: Values): Values {
  return {
    exists: true,
    nonce: before.nonce === after.nonce ? now.nonce : after.nonce,
    balance: BigInt.asUintN(256, now.balance + after.balance - before.balance),
    codeHash: before.codeHash === after.codeHash ? now.codeHash : after.codeHash,
  }
}
