// Execution witnesses for tests, made of whole states by the code under test: the state is laid over the empty trie, which makes all its
// nodes. So a witness holds all of a state; `WitnessSource.needed` tells, after a run, which nodes that took.
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { TrieExports } from '../../src/abi.ts'
import { EMPTY_OMMERS_HASH, type Header } from '../../src/chain/header.ts'
import { TrieCore } from '../../src/core/trie.ts'
import { WasmHasher } from '../../src/gpu/wasm.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { encodeRlp } from '../../src/input/rlp.ts'
import { MemorySource } from '../../src/state/memory.ts'
import {
  type Block,
  EMPTY_CODE_HASH,
  type Hex,
  type PlainState,
  type SourceEntry,
  type StateDiff,
  type Witness,
} from '../../src/types.ts'
import { wasmBytes } from './weft.ts'

/** Root of the state without accounts. */
export const EMPTY_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

const modules = new Map<string, WebAssembly.Module>()

/** The core of a build as a module, compiled once. */
export function coreModule(build: 'scalar' | 'simd'): WebAssembly.Module {
  const module = modules.get(build) ?? new WebAssembly.Module(wasmBytes(build))
  modules.set(build, module)
  return module
}

/** A core for tries and its hasher. */
export function trieCore(build: 'scalar' | 'simd'): { trie: TrieCore; hasher: WasmHasher } {
  const exports = new WebAssembly.Instance(coreModule(build), {}).exports as unknown as TrieExports
  return { trie: new TrieCore(exports), hasher: new WasmHasher(exports) }
}

/** The root after a diff. */
export function updated({ trie, hasher }: ReturnType<typeof trieCore>, root: Hex, diff: StateDiff): Hex {
  trie.update(root, diff)
  for (let jobs = trie.next(); jobs; jobs = trie.next()) hasher.hash({ kind: 'messages', ...jobs })
  return trie.root()
}

/** A state as the diff that makes it of nothing. */
export function wholeDiff(entries: Iterable<SourceEntry>): StateDiff {
  return Array.from(entries, ({ address, account, storage }) => ({
    ...{ address, ...account, exists: true, storageCleared: false, storage: [...storage] },
  }))
}

/** Root and nodes of a state. */
export function nodesOf(
  entries: Iterable<SourceEntry>,
  build: 'scalar' | 'simd' = 'simd',
): { root: Hex; nodes: Uint8Array[] } {
  const core = trieCore(build)
  const root = updated(core, EMPTY_ROOT, wholeDiff(entries))
  return { root, nodes: core.trie.nodes().map(({ bytes }) => bytes) }
}

/** A state that lists its accounts and has their codes. */
interface WholeState {
  entries(): Iterable<SourceEntry>
  code(codeHash: Hex): Uint8Array
}

/** The witness of a whole state, and its root. */
export function wholeWitness(state: WholeState, headers: readonly Uint8Array[]): { root: Hex; witness: Witness } {
  const { root, nodes } = nodesOf(state.entries())
  const hashes = new Set(Array.from(state.entries(), ({ account }) => account.codeHash))
  hashes.delete(EMPTY_CODE_HASH)
  return { root, witness: { state: nodes, codes: Array.from(hashes, hash => state.code(hash)), headers } }
}

// ---- blocks whose parent is not known -------------------------------------------------------------------------------------

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
/** Ancestors that BLOCKHASH reaches. */
const ANCESTORS = 256

/** A header that says nothing but its place and a state root. */
export function plainHeader(number: bigint, parentHash: Hex, stateRoot: Hex): Header {
  return {
    ...{ parentHash, stateRoot, number, ommersHash: EMPTY_OMMERS_HASH, coinbase: zeros(20) },
    ...{ transactionsRoot: zeros(32), receiptsRoot: zeros(32), logsBloom: zeros(256), difficulty: 0n },
    ...{ gasLimit: 30_000_000n, gasUsed: 0n, timestamp: number, extraData: new Uint8Array() },
    ...{ mixHash: zeros(32), nonce: zeros(8) },
  }
}

/** Headers before block `number`, the newest first; the first one has that state root. */
export function headersBefore(number: bigint, stateRoot: Hex): Uint8Array[] {
  const all: Uint8Array[] = []
  let parentHash = zeros(32)
  for (let at = number > ANCESTORS ? number - BigInt(ANCESTORS) : 0n; at < number; at++) {
    const root = at === number - 1n ? stateRoot : zeros(32)
    all.unshift(encodeHeader(plainHeader(at, parentHash, root)))
    parentHash = hashOf(all[0]!)
  }
  return all
}

/** A block with a witness of the state before it. */
export interface ProvedBlock {
  block: Block
  /** The whole state, with the hashes of the blocks before. */
  state: PlainState
  witness: Witness
}

/**
 * A block whose state is known in part only, or whose parent is not, as it would be if that state were the whole one: child of a made-up
 * header with its root. What the header of the block itself says of the state afterwards does not hold then.
 */
export function provedBlock(block: Block, state: PlainState): ProvedBlock {
  const { number } = block.env
  const { root, witness } = wholeWitness(new MemorySource(state), [])
  const headers = headersBefore(number, root)
  const blockHashes = headers.map((header, i): [bigint, Hex] => [number - 1n - BigInt(i), hashOf(header)])
  const env = { ...block.env, parentHash: blockHashes[0]![1] }
  return { block: { ...block, env }, state: { ...state, blockHashes }, witness: { ...witness, headers } }
}

/** The consensus encoding of a header. */
export function encodeHeader(header: Header): Uint8Array {
  const number = (value: bigint): Uint8Array => (value === 0n ? new Uint8Array() : hexBytes(evenHex(value))!)
  const later = [header.baseFee, header.withdrawalsRoot, header.blobGasUsed, header.excessBlobGas]
  const all = [
    ...[header.parentHash, header.ommersHash, header.coinbase, header.stateRoot, header.transactionsRoot],
    ...[header.receiptsRoot, header.logsBloom, header.difficulty, header.number, header.gasLimit, header.gasUsed],
    ...[header.timestamp, hexOf(header.extraData), header.mixHash, header.nonce],
    ...[...later, header.parentBeaconRoot, header.requestsHash].filter(field => field !== undefined),
  ]
  return encodeRlp(all.map(field => (typeof field === 'bigint' ? number(field) : hexBytes(field)!)))
}

function evenHex(value: bigint): string {
  const digits = value.toString(16)
  return `0x${digits.length % 2 ? '0' : ''}${digits}`
}

/** keccak256 as text. */
export function hashOf(bytes: Uint8Array): Hex {
  return hexOf(keccak_256(bytes))
}

/** A witness as debug_executionWitness answers it. */
export function witnessJson({ state, codes, headers }: Witness): Record<'state' | 'codes' | 'headers', Hex[]> {
  return { state: state.map(hexOf), codes: codes.map(hexOf), headers: headers.map(hexOf) }
}
