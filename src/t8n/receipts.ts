// Commitments to receipts and transactions in the host: bloom filters (Yellow Paper 4.3.1), consensus encodings (EIP-2718, EIP-658) and
// the root of the trie that a block keeps them in (Yellow Paper appendix D). The core makes the same for whole blocks; these are for
// receipts of their own in the output, and for transactions that run without a block around them.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexBytes, hexOf, quantityBytes } from '../input/hex.ts'
import { encodeRlp, type RlpItem } from '../input/rlp.ts'
import type { Hex, Log, Receipt } from '../types.ts'

/** A receipt as t8n gives it. */
export interface TransitionReceipt extends Omit<Receipt, 'sender'> {
  /** State root after the transaction; before Byzantium only. */
  stateRoot?: Hex
}

const BLOOM_BYTES = 256
const EMPTY = new Uint8Array()

/** Bloom filter of logs: three bits for each address and topic. */
export function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES)
  for (const entry of logs.flatMap(({ address, topics }) => [address, ...topics])) {
    const digest = keccak_256(hexBytes(entry)!)
    for (const at of [0, 2, 4]) {
      const bit = ((digest[at]! << 8) | digest[at + 1]!) & 2047
      bloom[BLOOM_BYTES - 1 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  return bloom
}

/** Logs as RLP has them. */
export function logItems(logs: readonly Log[]): RlpItem[] {
  return logs.map(log => [hexBytes(log.address)!, log.topics.map(topic => hexBytes(topic)!), log.data])
}

/** Consensus encoding; the state root stands instead of the status before Byzantium. */
export function encodeReceipt({ type, status, cumulativeGasUsed, logs, stateRoot }: TransitionReceipt): Uint8Array {
  const outcome = stateRoot ? hexBytes(stateRoot)! : status === 'success' ? Uint8Array.of(1) : EMPTY
  const gas = quantityBytes(`0x${cumulativeGasUsed.toString(16)}`, 8)!
  return encodeRlp([outcome, gas, bloomOf(logs), logItems(logs)], type === 0 ? undefined : type)
}

// ---- trie -------------------------------------------------------------------------------------------------------------------

type Entry = readonly [path: readonly number[], value: Uint8Array]

/** Root of the trie of `values` by their positions. */
export function listRoot(values: readonly Uint8Array[]): Hex {
  const entries = values.map((value, i): Entry => [nibblesOf(encodeRlp(indexBytes(i))), value])
  return hexOf(keccak_256(encodeRlp(entries.length === 0 ? EMPTY : nodeOf(entries, 0))))
}

function indexBytes(index: number): Uint8Array {
  return quantityBytes(`0x${index.toString(16)}`, 8)!
}

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap(byte => [byte >> 4, byte & 15])
}

/** The node of all entries, which agree in the first `depth` nibbles. No path is the beginning of another: RLP is prefix-free. */
function nodeOf(entries: readonly Entry[], depth: number): RlpItem {
  const [first, ...others] = entries as [Entry, ...Entry[]]
  if (others.length === 0) return [compact(first[0].slice(depth), true), first[1]]
  let end = depth
  while (others.every(([path]) => path[end] === first[0][end])) end++
  if (end > depth) return [compact(first[0].slice(depth, end), false), referenceTo(nodeOf(entries, end))]
  const children = Array.from({ length: 16 }, (_, nibble) => entries.filter(([path]) => path[depth] === nibble))
  return [...children.map(child => (child.length === 0 ? EMPTY : referenceTo(nodeOf(child, depth + 1)))), EMPTY]
}

/** A node of less than 32 bytes stands in its parent. */
function referenceTo(node: RlpItem): RlpItem {
  const encoded = encodeRlp(node)
  return encoded.length < 32 ? node : keccak_256(encoded)
}

/** Hex prefix encoding (Yellow Paper appendix C). */
function compact(path: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0
  const nibbles = path.length % 2 === 1 ? [flag + 1, ...path] : [flag, 0, ...path]
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, i) => (nibbles[2 * i]! << 4) | nibbles[2 * i + 1]!)
}
