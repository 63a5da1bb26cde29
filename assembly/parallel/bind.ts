// The binder: what a transaction is going to touch, from its envelope, its access list and the template programs of the codes it
// calls, bound to its words and the state before the block. It runs no bytecode. Whatever it says is a hint: a program may be wrong,
// or bounds may cut it short, and only time is lost. Called before the transactions of a block run in parallel:
//
//   beginBind()   bindTx(0, out) … bindTx(n - 1, out)   endBind(out)

import { Buffer, exhausted, scratch } from '../arena.ts'
import { codeBytes, codeHash, isDelegation } from '../code.ts'
import { createAddress } from '../instructions/create.ts'
import { itemData, itemEnd, readHeader } from '../rlp.ts'
import { addressToWord, loadAddressBytes } from '../state/address.ts'
import { findAccount, storedAccount } from '../state/store.ts'
import { Tx, authorizationAt, txAt } from '../transaction/tx.ts'
import { copyWord, fitsU64, isZeroWord, loadBigEndian } from '../word/word.ts'
import { isAbsent, isRunnable, knownAccount, resetUnanswered } from './answers.ts'
import { beginEvaluation, freshWord, keyOf, rounds, stateOf, waitingEntry, wordOf } from './evaluate.ts'
import {
  BoundFrame,
  FRESH,
  KNOWN,
  NOTHING,
  WAITING,
  dropFrames,
  giveBack,
  initFrameRegion,
  openBoundFrame,
  take,
} from './frames.ts'
import { TRANSFER_GAS } from './kinds.ts'
import { resetMemo } from './memo.ts'
import {
  ANY_SELECTOR,
  CALL_CODE,
  CALL_DELEGATE,
  CALL_PLAIN,
  DO_ACCOUNT,
  DO_BRANCH,
  DO_CALL,
  DO_FORGET,
  DO_GOTO,
  DO_RETURN,
  DO_SLOT,
  DO_SLOT_OF,
  MODE_DELTA,
  MODE_READ,
  MODE_WRITE,
  SOURCE_ACCESS_LIST,
  SOURCE_ENVELOPE,
  SOURCE_LEARNED,
  SOURCE_STATIC,
  WHAT_BALANCE,
  WHAT_CODE,
  WHAT_NONCE,
  WHAT_SLOT,
} from './program.ts'
import { MODE_MAYBE, append, beginRecords, fillKeys, note, noteWaiting, resetRecords } from './records.ts'
import { beginTemplates, programAt, templateNumber, templateOf } from './templates.ts'

const MAX_DEPTH: u32 = 10

// Bounds of one transaction; setBindBounds() for tests.
let maxFrames: u32 = 48
let maxEvaluations: u32 = 3000
let maxTurns: u32 = 400
/** Turns of all loops of one frame: more is likelier a bound read wrong than true. */
let maxFrameTurns: u32 = 200
/** The same behind a condition that could not be decided, whatever the bounds. */
const MAX_MAYBE_TURNS: u32 = 400
let maxRecords: u32 = 512

let tx: Tx = changetype<Tx>(0)
let isReady: bool = false
/** Number + 1 of the template of the code that the transaction calls, in templates.ts; 0: it calls none that is known. */
export let calledTemplate: u32 = 0
let framesLeft: u32 = 0
let turnsLeft: u32 = 0
let maybe: u32 = 0
/** SOURCE_* of what is being recorded, above WHAT_*. */
let source: u32 = 0
/** An address that is being looked at, and a word. Constant data is shared by threads, so they are given memory. */
let place: usize = 0

/** Makes ready for the transactions of a block. False: memory is exhausted. */
export function beginBind(): bool {
  isReady = false
  if (!beginTemplates() || !resetMemo()) return false
  const table = initFrameRegion()
  if (!table) return false
  resetRecords(table)
  resetUnanswered()
  isReady = true
  return true
}

/** Bounds of every transaction from now on, instead of the defaults. */
export function setBindBounds(frames: u32, evaluations: u32, turns: u32, frameTurns: u32, records: u32): void {
  maxFrameTurns = frameTurns
  maxFrames = frames
  maxEvaluations = evaluations
  maxTurns = turns
  maxRecords = records
}

/** Hashes what was collected and completes the records of all transactions in `out`. False: memory is exhausted. */
export function endBind(out: Buffer): bool {
  if (!isReady) return false
  fillKeys(out)
  return !exhausted
}

/** Appends the records of a transaction to `out` (records.ts). False: memory is exhausted. */
export function bindTx(index: u32, out: Buffer): bool {
  if (!isReady) return false
  tx = txAt(index)
  calledTemplate = 0
  beginRecords(out, maxRecords)
  source = SOURCE_ENVELOPE << 8
  if (tx.isCreate) creation()
  else if (tx.gasLimit <= TRANSFER_GAS)
    transfer() // most are told by that: to look for a code takes as long as all the rest
  else {
    const code = codeAt(tx.to)
    if (code || tx.authorizationCount || tx.accessAddresses) call(code)
    else transfer()
  }
  return !exhausted
}

/** Without a table of what was noted before: these are different. */
function transfer(): void {
  append(tx.sender, MODE_DELTA, WHAT_NONCE | source, 0)
  append(tx.sender, MODE_DELTA, WHAT_BALANCE | source, 0)
  if (!isZeroWord(tx.value)) append(tx.to, MODE_DELTA, WHAT_BALANCE | source, 0)
}

/** Sender and recipient. */
function envelope(to: usize): void {
  dropFrames()
  place = take(64)
  maybe = 0
  note(tx.sender, MODE_DELTA, WHAT_NONCE | source, 0)
  note(tx.sender, MODE_DELTA, WHAT_BALANCE | source, 0)
  if (!isZeroWord(tx.value)) note(to, MODE_DELTA, WHAT_BALANCE | source, 0)
}

/** The new account. What the initcode does is not known. */
function creation(): void {
  const created = scratch()
  createAddress(created, tx.sender, tx.nonce)
  envelope(created)
  note(created, MODE_READ | MODE_WRITE, WHAT_CODE | source, 0)
  note(created, MODE_READ | MODE_WRITE, WHAT_NONCE | source, 0)
  accessList()
}

function call(code: u32): void {
  envelope(tx.to)
  authorities()
  accessList()
  if (!code) return
  framesLeft = maxFrames
  turnsLeft = maxTurns
  beginEvaluation(tx, maxEvaluations)
  source = SOURCE_ENVELOPE << 8
  const selector = tx.dataLength < 4 ? <u32>ANY_SELECTOR : bswap<u32>(load<u32>(tx.data))
  enter(tx.to, selector, tx.to, tx.sender, tx.value, 0, changetype<BoundFrame>(0), 0, 0)
}

/** EIP-7702: the accounts whose code and nonce change. */
function authorities(): void {
  for (let i: u32 = 0; i < tx.authorizationCount; i++) {
    const entry = authorizationAt(tx.authorizations + i)
    if (!entry.isValid) continue
    note(entry.authority, MODE_READ | MODE_WRITE, WHAT_NONCE | source, 0)
    note(entry.authority, MODE_READ | MODE_WRITE, WHAT_CODE | source, 0)
  }
}

/** EIP-2930: it says what is touched, not how. */
function accessList(): void {
  source = SOURCE_ACCESS_LIST << 8
  let at = tx.access
  while (at < tx.accessEnd) {
    readHeader(at, tx.accessEnd)
    const entryEnd = itemEnd()
    readHeader(itemData(), entryEnd)
    loadAddressBytes(place, itemData())
    readHeader(itemEnd(), entryEnd)
    for (at = itemData(); at < entryEnd; at += 33) {
      loadBigEndian(place + 32, at + 1)
      note(place, MODE_READ, WHAT_SLOT | source, place + 32)
    }
    at = entryEnd
  }
}

// ---- frames -----------------------------------------------------------------------------------------------------------------

/** The code of an account that can be run; 0 where there is none, or it is not there. */
function codeAt(address: usize): u32 {
  const found = knownAccount(address)
  if (!found) return 0
  const code = storedAccount(found - 1).code
  return isRunnable(code) ? code : 0
}

/**
 * Binds the programs of the code at an address. `self`, `sender` and `value` (0 = not known) are words that `took` so many rounds. The frame of the static
 * program, 0 where there is none.
 */
function enter(
  address: usize,
  selector: u32,
  self: usize,
  sender: usize,
  value: usize,
  took: u32,
  caller: BoundFrame,
  at: usize,
  depth: u32,
): usize {
  if (depth > MAX_DEPTH || !framesLeft) return 0
  touch(address, MODE_READ, WHAT_CODE)
  let code = codeAt(address)
  if (!code) return 0
  if (isDelegation(code)) {
    loadAddressBytes(place, codeBytes(code) + 3)
    touch(place, MODE_READ, WHAT_CODE)
    code = codeAt(place)
    if (!code) return 0
  }
  const template = templateOf(codeHash(code), selector, tx.gasLimit)
  if (!changetype<usize>(template)) return 0
  // Read now: the table may move while what the programs call is looked up.
  const fixed = template.fixed
  const learned = template.learned
  if (!depth) calledTemplate = templateNumber(template) + 1
  const outer = source
  let made: usize = 0
  // What was learned is about the whole transaction: it is executed for the outermost frame only.
  const passes: u32 = depth ? 1 : 2
  for (let pass: u32 = 0; pass < passes; pass++) {
    const program = pass ? learned : fixed
    if (!program || !framesLeft) continue
    const frame = openBoundFrame(programAt(program))
    if (!changetype<usize>(frame)) break
    framesLeft--
    source = (pass ? SOURCE_LEARNED : SOURCE_STATIC) << 8
    addressToWord(frame.self, self)
    copyWord(frame.sender, sender)
    frame.hasValue = value ? 1 : 0
    if (value) copyWord(frame.value, value)
    frame.rounds = took
    frame.account = findAccount(self)
    frame.caller = changetype<usize>(caller)
    frame.call = at
    if (!pass) made = changetype<usize>(frame)
    execute(frame, depth)
  }
  source = outer
  return made
}

/** Records something about an account. */
@inline
function touch(address: usize, mode: u32, what: u32): void {
  note(address, maybe ? mode | MODE_MAYBE : mode, what | source, 0)
}

/** Executes a program from its first block on, both ways where a condition is not known. */
function execute(frame: BoundFrame, depth: u32): void {
  const table = frame.program + ((<usize>load<u32>(frame.program, 24)) << 2)
  const outer = maybe
  let turns: u32 = 0
  let open: u32 = 1
  store<u32>(frame.open, 0)
  while (open) {
    open--
    let next = load<u32>(frame.open + ((<usize>open) << 2))
    while (next != ENDED) {
      if (!turnsLeft || turns >= (maybe ? min<u32>(MAX_MAYBE_TURNS, maxFrameTurns) : maxFrameTurns)) break
      turnsLeft--
      turns++
      const block = next
      next = executeBlock(frame, frame.program + ((<usize>load<u32>(table + ((<usize>block) << 2))) << 2), block, depth)
      if (next & BOTH && next != ENDED) {
        // The first time both sides are followed: one now, the other one later.
        next ^= BOTH
        store<u32>(frame.open + ((<usize>open) << 2), otherSide)
        open++
      }
    }
  }
  maybe = outer
}

const ENDED: u32 = u32.MAX_VALUE
const BOTH: u32 = 0x40000000
let otherSide: u32 = 0

/** Executes a block; returns the next one, perhaps with BOTH, or ENDED. */
function executeBlock(frame: BoundFrame, from: usize, block: u32, depth: u32): u32 {
  let at = from
  while (true) {
    const word = load<u32>(at)
    switch (word & 255) {
      case DO_SLOT:
        slot(frame, load<u32>(at, 4), (word >> 8) & 255)
        at += 8
        break
      case DO_SLOT_OF:
        slotOf(frame, load<u32>(at, 4), load<u32>(at, 8), (word >> 8) & 255)
        at += 12
        break
      case DO_ACCOUNT: {
        const address = wordOf(frame, load<u32>(at, 4), 0)
        if (address) touch(address, (word >> 8) & 255, word >> 16)
        at += 8
        break
      }
      case DO_CALL:
        callSite(frame, at, (word >> 8) & 255, word >> 16, depth)
        at += (<usize>(7 + load<u32>(at, 20) + 3 * load<u32>(at, 24))) << 2
        break
      case DO_BRANCH:
        return branch(frame, at, block)
      case DO_GOTO:
        if (word >> 8) assign(frame, at + 8, word >> 8)
        return load<u32>(at, 4)
      case DO_FORGET: {
        const end = at + ((<usize>(word >> 8)) << 2)
        while (at < end) {
          at += 4
          store<u8>(frame.states + load<u32>(at), <u8>FRESH)
        }
        at += 4
        break
      }
      case DO_RETURN:
        if (!frame.returned) frame.returned = at
        return ENDED
      default:
        return ENDED
    }
  }
}

@inline
function slot(frame: BoundFrame, node: u32, mode: u32): void {
  const key = keyOf(frame, node)
  if (!key) return
  const how = maybe ? mode | MODE_MAYBE : mode
  if (key == WAITING) noteWaiting(frame.self, how, WHAT_SLOT | source, waitingEntry(frame, node), place + 32)
  else note(frame.self, how, WHAT_SLOT | source, key)
}

function slotOf(frame: BoundFrame, owner: u32, node: u32, mode: u32): void {
  const address = wordOf(frame, owner, 0)
  const key = address ? wordOf(frame, node, 0) : 0
  if (key) note(address, maybe ? mode | MODE_MAYBE : mode, WHAT_SLOT | source, key)
}

function branch(frame: BoundFrame, at: usize, block: u32): u32 {
  const condition = wordOf(frame, load<u32>(at, 4), 0)
  if (condition) return isZeroWord(condition) ? load<u32>(at, 12) : load<u32>(at, 8)
  // The first time both sides are followed, then only the other one, so that loops end.
  maybe++
  const times = load<u8>(frame.undecided + block)
  if (times < 2) store<u8>(frame.undecided + block, times + 1)
  if (times == 0) {
    otherSide = load<u32>(at, 12)
    return load<u32>(at, 8) | BOTH
  }
  return times == 1 ? load<u32>(at, 12) : ENDED
}

/** Gives parameters new words, all at once. */
function assign(frame: BoundFrame, pairs: usize, count: u32): void {
  const words = take(count * 33)
  if (!words) return
  const states = words + ((<usize>count) << 5)
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = freshWord(frame, load<u32>(pairs + (i << 3) + 4))
    if (word) copyWord(words + (i << 5), word)
    store<u8>(states + i, stateOf(word ? KNOWN : NOTHING))
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const node = load<u32>(pairs + (i << 3))
    copyWord(frame.values + ((<usize>node) << 5), words + (i << 5))
    store<u8>(frame.states + node, load<u8>(states + i))
  }
  giveBack(words)
}

function callSite(frame: BoundFrame, at: usize, kind: u32, site: u32, depth: u32): void {
  const target = freshWord(frame, load<u32>(at, 4))
  if (!target) return
  const isInner = kind == <u32>CALL_DELEGATE || kind == <u32>CALL_CODE
  const given = kind == <u32>CALL_DELEGATE ? (frame.hasValue ? frame.value : 0) : wordOf(frame, load<u32>(at, 8), 0)
  if (kind == <u32>CALL_PLAIN && (!given || !isZeroWord(given))) {
    touch(frame.self, MODE_DELTA, WHAT_BALANCE)
    touch(target, MODE_DELTA, WHAT_BALANCE)
  }
  // Of target and value, and for the storage of the frame itself also its own.
  const took = isInner ? max(rounds, frame.rounds) : rounds
  const length = wordOf(frame, load<u32>(at, 12), 0)
  let selector: u32 = ANY_SELECTOR
  if (!length || !fitsU64(length) || load<u64>(length) >= 4) {
    const first = wordOf(frame, load<u32>(at, 16), 0)
    if (!first) return
    selector = load<u32>(first, 28)
  }
  const self = isInner ? frame.self : target
  const sender = kind == <u32>CALL_DELEGATE ? frame.sender : frame.self
  const callee = enter(target, selector, self, sender, given, took, frame, at, depth + 1)
  store<u32>(frame.callees + ((<usize>site) << 2), <u32>callee)
}
