// One transaction from its decoded form to its effect on the view (Yellow Paper 6; EIP-1559, 2930, 3529, 3651, 4844, 7623,
// 7702), in phases that can each wait for state:
//
//   LOAD   the accounts it names are in the view   START  it is valid; the gas is paid for; its message has a frame
//   RUN    the interpreter                         then the gas is settled and the outcome kept
//
// commit() is left to the caller: the view is the transaction's read record and write set until then.

import {
  BERLIN,
  LONDON,
  REJECTED,
  REJECT_INSUFFICIENT_FUNDS,
  REJECT_NONE,
  REJECT_SIGNATURE,
  SHANGHAI,
  SUCCESS,
} from '../abi.ts'
import { exhausted, scratch } from '../arena.ts'
import { EMPTY_CODE, addCode, isDelegation } from '../code.ts'
import { BASE_FEE, BLOB_BASE_FEE, CHAIN_ID, COINBASE, GAS_PRICE, ORIGIN, env, fork, setBlobHashes } from '../env.ts'
import { MESSAGE_CALL, MESSAGE_CREATE, resetFrames } from '../frame.ts'
import { delegateOf, isDelegate } from '../instructions/call.ts'
import { createAddress } from '../instructions/create.ts'
import { EXECUTED, EXECUTE_NO_MEMORY } from '../flow.ts'
import { WORK_PER_YIELD, executeFrames } from '../interpreter.ts'
import { keccak256 } from '../keccak.ts'
import {
  abandonFrames,
  addRefund,
  collide,
  finalGas,
  finalStatus,
  openContract,
  openFrame,
  refund,
  resetRefund,
  transfer,
  useCode,
  useInitcode,
} from '../message.ts'
import { customAt, precompileAt } from '../precompiles/addresses.ts'
import { requestCount } from '../request.ts'
import { itemData, itemEnd, readHeader } from '../rlp.ts'
import { addressNumber, addressToWord, loadAddressBytes, storeAddressBytes } from '../state/address.ts'
import {
  account,
  accountAt,
  beginView,
  canPay,
  codeOf,
  credit,
  debit,
  exists,
  isVacant,
  needCode,
  nonceOf,
  setCode,
  setNonce,
  slot,
  warmAccount,
  warmSlot,
} from '../state/view.ts'
import { beginTraceEnd, traceEnd } from '../trace-state.ts'
import { beginTrace, tracing } from '../trace.ts'
import { add, mul, sub } from '../word/arithmetic.ts'
import { copyWord, equalWords, isZeroWord, lessThan, loadBigEndian, setWord } from '../word/word.ts'
import { Authorization, Tx, authorizationAt, txAt } from './tx.ts'
import {
  GAS_PER_BLOB,
  floorGas,
  intrinsicGas,
  validateFees,
  validateForm,
  validateGas,
  validateSender,
} from './validate.ts'

export const TX_DONE: i32 = 0
export const TX_MISS: i32 = 1
export const TX_NO_MEMORY: i32 = 2
export const TX_YIELD: i32 = 3
export const TX_TRACE_FULL: i32 = 4
/** Of a block: its transactions are about to run in parallel. */
export const TX_PARALLEL: i32 = 5
/** Of a block: digests are wanted. */
export const TX_HASH: i32 = 6

const PHASE_LOAD: u32 = 0
const PHASE_RUN: u32 = 1
const PHASE_TRACE: u32 = 2

let phase: u32 = PHASE_LOAD
let index: u32 = 0
let unchecked: bool = false
let gasAvailable: u64 = 0
let blobLimit: u32 = 0

/** Outcome of the transaction: status (REJECTED with a reason, or as EVMC), gas used after refunds, the refund. */
export let txStatus: i32 = SUCCESS
export let txRejection: u32 = REJECT_NONE
export let txGasUsed: u64 = 0
export let txRefunded: u64 = 0
/** Index + 1 in the view of the contract that the transaction created. */
export let txCreated: u32 = 0

/** Begins the decoded transaction `number` with what the block has left; `free`: as eth_call, nothing is checked or paid. */
export function beginTx(number: u32, gas: u64, blobs: u32, free: bool): void {
  index = number
  gasAvailable = gas
  blobLimit = blobs
  unchecked = free
  phase = PHASE_LOAD
  txStatus = SUCCESS
  txRejection = REJECT_NONE
  txGasUsed = 0
  txRefunded = 0
  txCreated = 0
  beginView(fork)
  resetFrames()
  resetRefund()
  beginTrace(number)
}

/** Runs until the transaction is done, or waits. */
export function runTx(patience: u32 = WORK_PER_YIELD): i32 {
  const tx = txAt(index)
  if (phase == PHASE_LOAD) {
    if (!tx.senderKnown && !tx.rejection) tx.rejection = REJECT_SIGNATURE // the host did not answer
    txRejection = validateForm(tx)
    if (!txRejection && !unchecked) txRejection = validateFees(tx)
    if (!txRejection) txRejection = validateGas(tx, gasAvailable, blobLimit)
    if (txRejection) return rejectTx()
    loadAccounts(tx)
    if (exhausted) return TX_NO_MEMORY
    if (requestCount) return TX_MISS
    if (!unchecked) txRejection = validateSender(tx, indexOf(tx.sender))
    else if (!canPay(accountAt(indexOf(tx.sender)), tx.value)) txRejection = REJECT_INSUFFICIENT_FUNDS
    if (txRejection) return rejectTx()
    if (!start(tx)) return TX_NO_MEMORY
    phase = PHASE_RUN
  }
  if (phase == PHASE_RUN) {
    const ended = executeFrames(patience)
    if (ended == EXECUTE_NO_MEMORY || exhausted) {
      abandonFrames()
      return TX_NO_MEMORY
    }
    if (ended != EXECUTED) return ended
    settle(tx)
    if (!tracing) return TX_DONE
    phase = PHASE_TRACE
    beginTraceEnd()
  }
  return traceEnd(txStatus, tx.gasLimit, txGasUsed, txRefunded) ? TX_DONE : TX_TRACE_FULL
}

function rejectTx(): i32 {
  txStatus = REJECTED
  return TX_DONE
}

/** Index of an account that has been loaded. */
@inline
function indexOf(address: usize): u32 {
  return account(address) - 1
}

// ---- LOAD ---------------------------------------------------------------------------------------------------------------

/** Asks for everything that is known to be needed, in one request. */
function loadAccounts(tx: Tx): void {
  account(env + COINBASE)
  loadExecutable(tx.sender)
  if (tx.isCreate) {
    const found = account(tx.sender)
    if (found) {
      createAddress(scratch() + 64, tx.sender, unchecked ? accountAt(found - 1).nonce : tx.nonce)
      account(scratch() + 64)
    }
  } else loadExecutable(tx.to)
  for (let i: u32 = 0; i < tx.authorizationCount; i++) {
    const entry = authorizationAt(tx.authorizations + i)
    if (!entry.isValid) continue
    loadExecutable(entry.authority)
    loadExecutable(entry.address)
  }
  walkAccessList(tx, false)
}

/** The account, its code, and where that delegates to the delegate and its code. */
function loadExecutable(address: usize): void {
  const found = account(address)
  if (!found) return
  const code = accountAt(found - 1).code
  if (!needCode(code)) return
  const delegate = delegateOf(code)
  if (isDelegate(delegate)) needCode(accountAt(delegate).code)
}

/** EIP-2930: loads the entries of the list, or marks them as accessed. */
function walkAccessList(tx: Tx, warm: bool): void {
  const address = scratch() + 64
  const key = scratch() + 96
  let at = tx.access
  while (at < tx.accessEnd) {
    readHeader(at, tx.accessEnd)
    const entryEnd = itemEnd()
    readHeader(itemData(), entryEnd)
    loadAddressBytes(address, itemData())
    at = itemEnd()
    const found = account(address)
    if (found && warm) warmAccount(found - 1)
    readHeader(at, entryEnd)
    at = itemData()
    while (at < entryEnd) {
      loadBigEndian(key, at + 1)
      at += 33
      const owned = found ? slot(found - 1, key) : 0
      if (owned && warm) warmSlot(owned - 1)
    }
    at = entryEnd
  }
}

// ---- START --------------------------------------------------------------------------------------------------------------

/** Pays for the gas, warms what is named, applies authorizations and opens the message. False: memory is exhausted. */
function start(tx: Tx): bool {
  addressToWord(env + ORIGIN, tx.sender)
  effectivePrice(env + GAS_PRICE, tx)
  setBlobHashes(tx.blobHashes, tx.blobCount)
  const sender = indexOf(tx.sender)
  const nonce = nonceOf(accountAt(sender))
  if (!unchecked) pay(tx, sender)
  setNonce(sender, nonce + 1)
  if (fork >= BERLIN) {
    warmAccount(sender)
    if (!tx.isCreate) warmAccount(indexOf(tx.to))
    if (fork >= SHANGHAI) warmAccount(indexOf(env + COINBASE)) // EIP-3651
    walkAccessList(tx, true)
  }
  for (let i: u32 = 0; i < tx.authorizationCount; i++) authorize(authorizationAt(tx.authorizations + i))
  const gas = <i64>(tx.gasLimit - intrinsicGas(tx))
  return tx.isCreate ? openCreation(tx, sender, nonce, gas) : openCall(tx, sender, gas)
}

/** min(maxFee, base fee + priority fee); the gas price before London. */
export function effectivePrice(out: usize, tx: Tx): void {
  copyWord(out, tx.maxFee)
  if (fork < LONDON) return
  const offered = scratch()
  add(offered, env + BASE_FEE, tx.priorityFee)
  if (lessThan(offered, out)) copyWord(out, offered)
}

function pay(tx: Tx, sender: u32): void {
  const amount = scratch() + 64
  const factor = scratch() + 96
  setWord(factor, tx.gasLimit)
  mul(amount, env + GAS_PRICE, factor)
  setWord(factor, <u64>tx.blobCount * GAS_PER_BLOB)
  mul(factor, env + BLOB_BASE_FEE, factor)
  add(amount, amount, factor)
  debit(sender, amount)
}

/** EIP-7702: one authorization, skipped when it does not apply. */
function authorize(entry: Authorization): void {
  if (!entry.isValid || entry.nonce == u64.MAX_VALUE) return
  if (!isZeroWord(entry.chainId) && !equalWords(entry.chainId, env + CHAIN_ID)) return
  const authority = indexOf(entry.authority)
  warmAccount(authority)
  const code = codeOf(accountAt(authority))
  if ((code != EMPTY_CODE && !isDelegation(code)) || nonceOf(accountAt(authority)) != entry.nonce) return
  if (exists(accountAt(authority))) addRefund(12500)
  setCode(authority, designator(entry.address))
  setNonce(authority, entry.nonce + 1)
}

/** Code id of 0xef0100 ‖ address; the empty code for address 0. */
function designator(address: usize): u32 {
  if (addressNumber(address) == 0) return EMPTY_CODE
  const bytes = scratch() + 64
  store<u32>(bytes, 0x0001ef)
  storeAddressBytes(bytes + 3, address)
  keccak256(bytes + 32, bytes, 23)
  return addCode(bytes + 32, bytes, 23)
}

function openCall(tx: Tx, sender: u32, gas: i64): bool {
  const target = indexOf(tx.to)
  let code = customAt(tx.to) ? EMPTY_CODE : codeOf(accountAt(target))
  const delegate = delegateOf(code)
  const delegated = isDelegate(delegate)
  if (delegated) {
    warmAccount(delegate)
    code = codeOf(accountAt(delegate))
  }
  const frame = openFrame(MESSAGE_CALL, gas, 0)
  if (!changetype<usize>(frame)) return false
  frame.self = target
  addressToWord(frame.address, tx.to)
  addressToWord(frame.caller, tx.sender)
  copyWord(frame.value, tx.value)
  frame.input = tx.data
  frame.inputLength = tx.dataLength
  if (!delegated) frame.precompile = precompileAt(tx.to, fork)
  useCode(frame, code)
  transfer(sender, target, tx.value)
  return true
}

function openCreation(tx: Tx, sender: u32, nonce: u64, gas: i64): bool {
  const address = scratch() + 64
  createAddress(address, tx.sender, nonce)
  const created = indexOf(address)
  if (fork >= BERLIN) warmAccount(created)
  const frame = openFrame(MESSAGE_CREATE, gas, 0)
  if (!changetype<usize>(frame)) return false
  frame.self = created
  addressToWord(frame.address, address)
  addressToWord(frame.caller, tx.sender)
  copyWord(frame.value, tx.value)
  if (!isVacant(accountAt(created))) {
    frame.input = tx.data
    frame.inputLength = tx.dataLength
    return collide(frame)
  }
  if (!useInitcode(frame, tx.data, tx.dataLength)) return false
  txCreated = created + 1
  openContract(sender, created, tx.value)
  return true
}

// ---- the end ------------------------------------------------------------------------------------------------------------

/** Refunds (EIP-3529), the floor (EIP-7623), what goes back to the sender and what the beneficiary gets. */
function settle(tx: Tx): void {
  txStatus = finalStatus
  if (txStatus != SUCCESS) txCreated = 0
  const spent = tx.gasLimit - <u64>finalGas
  txRefunded = min(<u64>max<i64>(refund, 0), spent / (fork >= LONDON ? 5 : 2))
  txGasUsed = max(spent - txRefunded, floorGas(tx))
  if (unchecked) return
  const amount = scratch() + 64
  const price = scratch() + 96
  setWord(amount, tx.gasLimit - txGasUsed)
  mul(amount, amount, env + GAS_PRICE)
  credit(indexOf(tx.sender), amount)
  copyWord(price, env + GAS_PRICE)
  if (fork >= LONDON) sub(price, price, env + BASE_FEE)
  setWord(amount, txGasUsed)
  mul(amount, amount, price)
  credit(indexOf(env + COINBASE), amount)
}
