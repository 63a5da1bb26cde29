// The words of a template program's nodes, for a transaction and the state before its block: evaluated when asked for, kept in the
// frame. A word is a pointer to 32 bytes; 0 means that it cannot be known. Nothing runs here: there is no gas, no memory and no host.

import { exp } from '../word/exp.ts'
import { add, mul, sub } from '../word/arithmetic.ts'
import { and, byteAt, clz, not, or, sar, shl, shr, signExtend, xor } from '../word/bits.ts'
import { addmod, div, mod, mulmod, sdiv, smod } from '../word/division.ts'
import {
  copyWord,
  equalWords,
  fitsU64,
  isZeroWord,
  lessThan,
  loadBigEndian,
  setWord,
  signedLessThan,
  storeBigEndian,
  zeroWord,
} from '../word/word.ts'
import { scratch } from '../arena.ts'
import { keccak256 } from '../keccak.ts'
import { Tx } from '../transaction/tx.ts'
import { answerAccount, answerEnvironment, answerSlot } from './answers.ts'
import { BoundFrame, FRESH, KNOWN, NOTHING, ROUNDS_SHIFT, STATE, WAITING, giveBack, take } from './frames.ts'
import { NO_ENTRY, candidate, digestOf, intern, isResolved, resolve } from './memo.ts'
import { NODE_CONST, NODE_PARAM, NODE_RETURN_LENGTH, NODE_RETURN_WORD, NODE_TABLE, NODE_UNKNOWN } from './program.ts'

const KECCAK: u32 = 0x20
const ADDRESS: u32 = 0x30
const BALANCE: u32 = 0x31
const ORIGIN: u32 = 0x32
const CALLER: u32 = 0x33
const CALLVALUE: u32 = 0x34
const CALLDATALOAD: u32 = 0x35
const CALLDATASIZE: u32 = 0x36
const EXTCODESIZE: u32 = 0x3b
const EXTCODEHASH: u32 = 0x3f
const SLOAD: u32 = 0x54

const ISZERO: u32 = 0x15
const NOT: u32 = 0x19
const CLZ: u32 = 0x1e
const ADDMOD: u32 = 0x08
const MULMOD: u32 = 0x09

/** Expressions within expressions, through all frames: what WASM's stack takes many times over. */
const MAX_NESTING: u32 = 120
/** Calldata of an inner frame that can be asked for. */
const MAX_CALLDATA: u64 = 0xffff

/**
 * Values of slots that a word may take, one behind the other: a pointer in a slot is followed at most so often, as if every round were a
 * question to a store far away. A word that takes more is not known.
 */
const MAX_ROUNDS: u32 = 3

let tx: Tx = changetype<Tx>(0)
/** Rounds of the words that were asked for since freshWord(). */
export let rounds: u32 = 0
/** Evaluations that are left to the transaction. */
export let evaluationsLeft: u32 = 0

/** The words that follow are those of a transaction. */
export function beginEvaluation(present: Tx, evaluations: u32): void {
  tx = present
  evaluationsLeft = evaluations
}

/** The word of a node; 0 when it is not known. Valid until its block begins anew. */
export function wordOf(frame: BoundFrame, node: u32, nesting: u32): usize {
  const state = <u32>load<u8>(frame.states + node)
  if ((state & STATE) == KNOWN) {
    rounds = max(rounds, state >> ROUNDS_SHIFT)
    return frame.values + ((<usize>node) << 5)
  }
  if (state == FRESH) return evaluate(frame, node, nesting)
  return (state & STATE) == WAITING ? arrived(frame, node) : 0
}

/** The same, and `rounds` are those of this word. */
export function freshWord(frame: BoundFrame, node: u32): usize {
  rounds = 0
  return wordOf(frame, node, 0)
}

/** The state of a word that has just been made. */
@inline
export function stateOf(kind: u32): u8 {
  return <u8>(kind | (rounds << ROUNDS_SHIFT))
}

/** The same for a key that nothing is done with: WAITING (and the memo's entry in the node's word) where it is a hash not made yet. */
export function keyOf(frame: BoundFrame, node: u32): usize {
  const state = <u32>load<u8>(frame.states + node)
  if ((state & STATE) == WAITING) return isResolved(waitingEntry(frame, node)) ? arrived(frame, node) : WAITING
  if (state == FRESH && load<u32>(frame.nodes + ((<usize>node) << 4)) == KECCAK && evaluationsLeft) {
    evaluationsLeft--
    const code = frame.nodes + ((<usize>node) << 4)
    const length = load<u32>(code, 8)
    if (length == 64 || length == 32) {
      const list = frame.program + ((<usize>load<u32>(code, 4)) << 2)
      rounds = 0
      const entry = internPreimage(frame, list, length, 1)
      if (entry == NOT_KNOWN) {
        store<u8>(frame.states + node, <u8>NOTHING)
        return 0
      }
      if (entry != NO_ENTRY) {
        store<u32>(frame.values + ((<usize>node) << 5), entry)
        store<u8>(frame.states + node, stateOf(WAITING))
        return isResolved(entry) ? arrived(frame, node) : WAITING
      }
    }
  }
  return wordOf(frame, node, 0)
}

/** The entry that a WAITING node's key is the digest of. */
@inline
export function waitingEntry(frame: BoundFrame, node: u32): u32 {
  return load<u32>(frame.values + ((<usize>node) << 5))
}

/** A node that was waiting is needed. */
function arrived(frame: BoundFrame, node: u32): usize {
  const at = frame.values + ((<usize>node) << 5)
  const entry = load<u32>(at)
  resolve(entry)
  loadBigEndian(at, digestOf(entry))
  const took = <u32>load<u8>(frame.states + node) >> ROUNDS_SHIFT
  store<u8>(frame.states + node, <u8>(KNOWN | (took << ROUNDS_SHIFT)))
  rounds = max(rounds, took)
  return at
}

function evaluate(frame: BoundFrame, node: u32, nesting: u32): usize {
  const code = frame.nodes + ((<usize>node) << 4)
  const op = load<u32>(code)
  if (op == <u32>NODE_CONST) return frame.program + ((<usize>load<u32>(code, 4)) << 2)
  if (op == ADDRESS || op == CALLER || op == CALLVALUE) {
    rounds = max(rounds, frame.rounds)
    if (op == ADDRESS) return frame.self
    return op == CALLER ? frame.sender : frame.hasValue ? frame.value : 0
  }
  if (op == ORIGIN) return tx.sender
  if (nesting > MAX_NESTING || !evaluationsLeft) return 0
  evaluationsLeft--
  const at = frame.values + ((<usize>node) << 5)
  const others = rounds
  rounds = 0
  const isKnown = op < KECCAK ? operate(frame, code, op, at, nesting + 1) : ask(frame, code, op, at, nesting + 1)
  store<u8>(frame.states + node, stateOf(isKnown ? KNOWN : NOTHING))
  rounds = isKnown ? max(rounds, others) : others
  return isKnown ? at : 0
}

@inline
function operand(frame: BoundFrame, code: usize, place: usize, nesting: u32): usize {
  return wordOf(frame, load<u32>(code + place), nesting)
}

// ---- arithmetic -------------------------------------------------------------------------------------------------------------

function operate(frame: BoundFrame, code: usize, op: u32, out: usize, nesting: u32): bool {
  const a = operand(frame, code, 4, nesting)
  if (!a) return false
  if (op == ISZERO || op == NOT || op == CLZ) {
    if (op == ISZERO) setWord(out, isZeroWord(a) ? 1 : 0)
    else if (op == NOT) not(out, a)
    else clz(out, a)
    return true
  }
  const b = operand(frame, code, 8, nesting)
  if (!b) return false
  if (op == ADDMOD || op == MULMOD) {
    const c = operand(frame, code, 12, nesting)
    if (!c) return false
    if (op == ADDMOD) addmod(out, a, b, c)
    else mulmod(out, a, b, c)
    return true
  }
  if (op < 0x10) calculate(op, out, a, b)
  else compare(op, out, a, b)
  return true
}

function calculate(op: u32, out: usize, a: usize, b: usize): void {
  switch (op) {
    case 0x01:
      return add(out, a, b)
    case 0x02:
      return mul(out, a, b)
    case 0x03:
      return sub(out, a, b)
    case 0x04:
      return div(out, a, b)
    case 0x05:
      return sdiv(out, a, b)
    case 0x06:
      return mod(out, a, b)
    case 0x07:
      return smod(out, a, b)
    case 0x0a:
      return exp(out, a, b)
    case 0x0b:
      return signExtend(out, a, b)
    default:
      return zeroWord(out)
  }
}

function compare(op: u32, out: usize, a: usize, b: usize): void {
  switch (op) {
    case 0x10:
      return setWord(out, lessThan(a, b) ? 1 : 0)
    case 0x11:
      return setWord(out, lessThan(b, a) ? 1 : 0)
    case 0x12:
      return setWord(out, signedLessThan(a, b) ? 1 : 0)
    case 0x13:
      return setWord(out, signedLessThan(b, a) ? 1 : 0)
    case 0x14:
      return setWord(out, equalWords(a, b) ? 1 : 0)
    case 0x16:
      return and(out, a, b)
    case 0x17:
      return or(out, a, b)
    case 0x18:
      return xor(out, a, b)
    case 0x1a:
      return byteAt(out, a, b)
    case 0x1b:
      return shl(out, a, b)
    case 0x1c:
      return shr(out, a, b)
    case 0x1d:
      return sar(out, a, b)
    default:
      return zeroWord(out)
  }
}

// ---- questions --------------------------------------------------------------------------------------------------------------

function ask(frame: BoundFrame, code: usize, op: u32, out: usize, nesting: u32): bool {
  switch (op) {
    case KECCAK:
      return hash(frame, code, out, nesting)
    case CALLDATALOAD: {
      const offset = operand(frame, code, 4, nesting)
      return offset != 0 && calldata(frame, fitsU64(offset) ? load<u64>(offset) : u64.MAX_VALUE, out, nesting)
    }
    case CALLDATASIZE:
      return calldataSize(frame, out, nesting)
    case SLOAD: {
      const key = operand(frame, code, 4, nesting)
      rounds = max(rounds, frame.rounds)
      return key != 0 && ++rounds <= MAX_ROUNDS && answerSlot(out, frame, key)
    }
    case BALANCE:
    case EXTCODESIZE:
    case EXTCODEHASH: {
      const address = operand(frame, code, 4, nesting)
      return address != 0 && answerAccount(out, op, address)
    }
    case NODE_RETURN_WORD:
      return returned(frame, load<u32>(code, 4), load<u32>(code, 8), out, nesting)
    case NODE_RETURN_LENGTH:
      return returnedLength(frame, load<u32>(code, 4), out, nesting)
    case NODE_TABLE:
      return fromTable(frame, code, out, nesting)
    case NODE_UNKNOWN:
    case NODE_PARAM:
      return false
    default:
      return answerEnvironment(out, op, tx)
  }
}

/** More than any entry: a word of the preimage is not known, or it found no place. */
const NOT_KNOWN: u32 = u32.MAX_VALUE - 1

/** The memo's entry of a preimage of 32 or 64 bytes; NOT_KNOWN or NO_ENTRY. */
function internPreimage(frame: BoundFrame, list: usize, length: u32, nesting: u32): u32 {
  const first = wordOf(frame, load<u32>(list), nesting)
  if (!first) return NOT_KNOWN
  const second = length == 64 ? wordOf(frame, load<u32>(list, 4), nesting) : first
  if (!second) return NOT_KNOWN
  const preimage = candidate()
  storeBigEndian(preimage, first)
  if (length == 64) storeBigEndian(preimage + 32, second)
  return intern(length)
}

function hash(frame: BoundFrame, code: usize, out: usize, nesting: u32): bool {
  const list = frame.program + ((<usize>load<u32>(code, 4)) << 2)
  const length = load<u32>(code, 8)
  if (length == 64 || length == 32) {
    const entry = internPreimage(frame, list, length, nesting)
    if (entry == NOT_KNOWN) return false
    if (entry != NO_ENTRY) {
      resolve(entry)
      loadBigEndian(out, digestOf(entry))
      return true
    }
  }
  const words = <usize>(length + 31) >> 5
  for (let i: usize = 0; i < words; i++) if (!wordOf(frame, load<u32>(list + (i << 2)), nesting)) return false
  // All of them are known now, so nothing is computed that would use the scratch.
  const message = scratch()
  for (let i: usize = 0; i < words; i++) {
    const word = wordOf(frame, load<u32>(list + (i << 2)), nesting)
    if (!word) return false
    storeBigEndian(message + (i << 5), word)
  }
  keccak256(out, message, length)
  loadBigEndian(out, out)
  return true
}

function returned(frame: BoundFrame, site: u32, offset: u32, out: usize, nesting: u32): bool {
  const callee = changetype<BoundFrame>(<usize>load<u32>(frame.callees + ((<usize>site) << 2)))
  if (!changetype<usize>(callee) || !callee.returned || offset & 31) return false
  const at = offset >> 5
  if (at >= load<u32>(callee.returned, 8)) return false
  const word = wordOf(callee, load<u32>(callee.returned + 12 + ((<usize>at) << 2)), nesting)
  if (word) copyWord(out, word)
  return word != 0
}

function returnedLength(frame: BoundFrame, site: u32, out: usize, nesting: u32): bool {
  const callee = changetype<BoundFrame>(<usize>load<u32>(frame.callees + ((<usize>site) << 2)))
  if (!changetype<usize>(callee)) return false
  if (!callee.returned) {
    zeroWord(out)
    return true
  }
  const word = wordOf(callee, load<u32>(callee.returned, 4), nesting)
  if (word) copyWord(out, word)
  return word != 0
}

function fromTable(frame: BoundFrame, code: usize, out: usize, nesting: u32): bool {
  const offset = operand(frame, code, 12, nesting)
  if (!offset || !fitsU64(offset) || load<u64>(offset) & 31) return false
  const at = load<u64>(offset) >> 5
  if (at >= load<u32>(code, 8)) return false
  const list = frame.program + ((<usize>load<u32>(code, 4)) << 2)
  const word = wordOf(frame, load<u32>(list + ((<usize>at) << 2)), nesting)
  if (word) copyWord(out, word)
  return word != 0
}

// ---- calldata ---------------------------------------------------------------------------------------------------------------

function calldataSize(frame: BoundFrame, out: usize, nesting: u32): bool {
  if (!frame.caller) {
    setWord(out, tx.dataLength)
    return true
  }
  const size = wordOf(changetype<BoundFrame>(frame.caller), load<u32>(frame.call, 12), nesting)
  if (size) copyWord(out, size)
  return size != 0
}

/** The word of a frame's calldata at an offset: the transaction's own, or what the caller laid out. */
function calldata(frame: BoundFrame, offset: u64, out: usize, nesting: u32): bool {
  if (!frame.caller) {
    ownCalldata(offset, out)
    return true
  }
  if (nesting > MAX_NESTING || offset > MAX_CALLDATA || !evaluationsLeft) return false
  evaluationsLeft--
  const caller = changetype<BoundFrame>(frame.caller)
  const at = <u32>offset
  const words = load<u32>(frame.call, 20)
  const args = frame.call + 28
  for (let i = load<u32>(frame.call, 24); i > 0; i--) {
    const copy = args + ((<usize>words + 3 * (i - 1)) << 2)
    const start = load<u32>(copy)
    if (at < start) continue
    const length = wordOf(caller, load<u32>(copy, 8), nesting)
    const source = wordOf(caller, load<u32>(copy, 4), nesting)
    if (!length || !source || (fitsU64(length) && at - start >= load<u64>(length))) continue
    if (!fitsU64(source) || load<u64>(source) > u64.MAX_VALUE - MAX_CALLDATA) {
      return calldata(caller, u64.MAX_VALUE, out, nesting + 1)
    }
    return calldata(caller, load<u64>(source) + (at - start), out, nesting + 1)
  }
  if (at < 4 || (at - 4) & 31) return unaligned(frame, at, out, nesting)
  const index = (at - 4) >> 5
  if (index < words) {
    const word = wordOf(caller, load<u32>(args + ((<usize>index) << 2)), nesting)
    if (word) copyWord(out, word)
    return word != 0
  }
  const size = wordOf(caller, load<u32>(frame.call, 12), nesting)
  if (!size || !fitsU64(size) || at < load<u64>(size)) return false
  zeroWord(out)
  return true
}

function ownCalldata(offset: u64, out: usize): void {
  if (offset >= tx.dataLength) return zeroWord(out)
  const from = tx.data + <usize>offset
  const have = tx.dataLength - <u32>offset
  if (have >= 32) return loadBigEndian(out, from)
  zeroWord(out)
  memory.copy(out, from, have)
  loadBigEndian(out, out)
}

/** A word of calldata across two of those that the caller laid out; the first may be the selector. */
function unaligned(frame: BoundFrame, at: u32, out: usize, nesting: u32): bool {
  const bytes = take(64)
  if (!bytes) return false
  let isKnown = false
  let from: usize = 0
  if (at < 4) {
    const low = wordOf(changetype<BoundFrame>(frame.caller), load<u32>(frame.call, 16), nesting)
    from = at
    isKnown = low != 0 && calldata(frame, 4, out, nesting + 1)
    if (isKnown) storeBigEndian(bytes + 4, out)
    if (isKnown) store<u32>(bytes, bswap<u32>(load<u32>(low, 28)))
  } else {
    const aligned = <u64>(at - ((at - 4) & 31))
    from = (at - 4) & 31
    isKnown = calldata(frame, aligned, out, nesting + 1)
    if (isKnown) storeBigEndian(bytes, out)
    isKnown = isKnown && calldata(frame, aligned + 32, out, nesting + 1)
    if (isKnown) storeBigEndian(bytes + 32, out)
  }
  if (isKnown) loadBigEndian(out, bytes + from)
  giveBack(bytes)
  return isKnown
}
