// A source that proves what it answers: accounts and slots come from trie nodes found by their hashes below the parent's state root,
// codes by their hash, block hashes from headers that follow one another. So nothing is trusted but the hash of the parent that the
// block names. After the block the same nodes, and those that changed, give the state root.
//
// The nodes lie in an instance of the core of their own (core/trie.ts), apart from the engine's, which may be replaced in the middle of
// a block.

import { keccak_256 } from '@noble/hashes/sha3.js'
import type { TrieExports } from '../abi.ts'
import { BlockFormatError } from '../chain/exceptions.ts'
import type { UncleHeader } from '../chain/uncles.ts'
import { compileCore, type WasmSource } from '../core/load.ts'
import { TrieCore, TrieFault } from '../core/trie.ts'
import { InputError, MissingNodeError, MissingStateError, type StateKey } from '../errors.ts'
import type { HashBackend, HashRun } from '../gpu/batch.ts'
import { WasmHasher } from '../gpu/wasm.ts'
import { decodeHeader } from '../input/block-rlp.ts'
import { type Place, refuse, under } from '../input/fields.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import {
  type Account,
  type Address,
  type BlockEnv,
  EMPTY_CODE_HASH,
  type Hex,
  type Source,
  type StateDiff,
  type Witness,
} from '../types.ts'

/** Options of `witnessSource`. */
export interface WitnessOptions {
  /** Who hashes nodes and codes. Default: the core in which the nodes lie. */
  hash?: HashBackend
  /** The core: a URL, bytes, a response or a compiled module. Default: the packaged build. */
  wasm?: WasmSource
  /** Where the witness was read, for error messages. */
  place?: Place
}

/** What a witness held, and what of it was needed. */
export interface WitnessReport {
  /** Trie nodes, codes and headers listed. */
  nodes: number
  codes: number
  headers: number
  /** Trie nodes listed that nothing so far has needed: clients differ in what they add. They change no answer. */
  surplus: number
  /** How the hashes of nodes and codes were made, all in one batch. */
  hash: HashRun
}

/**
 * A source for `block` from its execution witness (`readWitness`): the nodes and codes are hashed in one batch, the headers checked to
 * be those of the parent and of blocks before it. Throws an InputError that names the item where bytes are no node or header, or where
 * the headers are not those; what is missing shows when it is asked for, as MissingNodeError or MissingStateError.
 */
export async function witnessSource(
  witness: Witness,
  block: Pick<BlockEnv, 'number' | 'parentHash'>,
  options: WitnessOptions = {},
): Promise<WitnessSource> {
  const { place = { file: 'witness', path: '' } } = options
  const chain = readChain(witness.headers, block, place)
  const instance = await WebAssembly.instantiate(await compileCore(options.wasm), {})
  const exports = instance.exports as unknown as TrieExports
  const trie = new TrieCore(exports)
  const backend = options.hash ?? new WasmHasher(exports)
  const jobs = trie.list([...witness.state, ...witness.codes])
  const hash = await backend.hash({ kind: 'messages', ...jobs })
  const malformed = trie.add(jobs, witness.state.length)
  if (malformed !== undefined) {
    const expected = 'a node of a state or storage trie in canonical RLP'
    refuse(under(under(place, 'state'), malformed), expected, `${witness.state[malformed]!.length} other bytes`)
  }
  const hashes = trie.digests(jobs, witness.state.length)
  trie.free(jobs)
  const codes = new Map(witness.codes.map((code, i) => [hashes[i]!, code]))
  return new WitnessSource({ witness, trie, backend, codes, chain, hash, place })
}

/** State root of the parent, and the hashes that the headers tell, by number. */
interface Chain {
  stateRoot: Hex
  hashes: Map<bigint, Hex>
  /** The first block whose hash is known. */
  first: bigint
}

/** Headers may come in any order; together they have to be the parent and the blocks just before it. */
function readChain(
  headers: readonly Uint8Array[],
  { number, parentHash }: Pick<BlockEnv, 'number' | 'parentHash'>,
  place: Place,
): Chain {
  const at = under(place, 'headers')
  const byHash = new Map(
    headers
      .map((header, i) => [readHeader(header, under(at, i)), i] as const)
      .map(([{ hash, header }, i]) => [hash, { header, i }]),
  )
  const hashes = new Map([[number - 1n, parentHash]])
  const parent = byHash.get(parentHash)?.header
  if (!parent)
    refuse(
      at,
      `the header of the parent, ${parentHash}`,
      headers.length === 1 ? 'another header' : `${headers.length} headers without it`,
    )
  let first = number - 1n
  for (let next = byHash.get(parentHash); next; next = byHash.get(next.header.parentHash)) {
    const { header, i } = next
    if (header.number !== first)
      refuse(
        under(under(at, i), 'number'),
        `${first}, as the block that names it is ${first + 1n}`,
        String(header.number),
      )
    byHash.delete(hashes.get(first)!)
    if (header.number === 0n) break
    first--
    hashes.set(first, header.parentHash)
  }
  for (const { i } of byHash.values())
    refuse(under(at, i), `an ancestor of block ${number} whose descendants are here`, 'another header')
  return { stateRoot: parent.stateRoot, hashes, first }
}

function readHeader(header: Uint8Array, place: Place): UncleHeader {
  try {
    return decodeHeader(header)
  } catch (cause) {
    if (!(cause instanceof BlockFormatError)) throw cause
    throw new InputError({
      ...{ file: place.file, field: place.path, expected: 'an encoded header', found: `${header.length} other bytes` },
      cause,
    })
  }
}

/** State that an execution witness proves. Made by `witnessSource`. */
export class WitnessSource implements Source {
  readonly #witness: Witness
  readonly #trie: TrieCore
  readonly #backend: HashBackend
  readonly #codes: ReadonlyMap<Hex, Uint8Array>
  readonly #chain: Chain
  readonly #hash: HashRun
  readonly #place: Place
  #last: Promise<unknown> = Promise.resolve()

  /** Not for callers: see `witnessSource`. */
  constructor(parts: {
    witness: Witness
    trie: TrieCore
    backend: HashBackend
    codes: ReadonlyMap<Hex, Uint8Array>
    chain: Chain
    hash: HashRun
    place: Place
  }) {
    this.#witness = parts.witness
    this.#trie = parts.trie
    this.#backend = parts.backend
    this.#codes = parts.codes
    this.#chain = parts.chain
    this.#hash = parts.hash
    this.#place = parts.place
  }

  /** State root of the parent block, below which everything is looked up. */
  get preStateRoot(): Hex {
    return this.#chain.stateRoot
  }

  account(address: Address): Account | null {
    return this.#read({ kind: 'account', address }, () => this.#trie.account(this.preStateRoot, address))
  }

  storage(address: Address, key: bigint): bigint {
    return this.#read({ kind: 'storage', address, key }, () => this.#trie.slot(this.preStateRoot, address, key))
  }

  code(codeHash: Hex): Uint8Array {
    const code = this.#codes.get(codeHash)
    if (code) return code
    if (codeHash === EMPTY_CODE_HASH) return new Uint8Array(0)
    throw new MissingStateError([{ kind: 'code', codeHash }])
  }

  blockHash(number: bigint): Hex {
    const hash = this.#chain.hashes.get(number)
    if (hash) return hash
    const details = `The headers of the witness tell the hashes from block ${this.#chain.first} on.`
    throw new MissingStateError([{ kind: 'blockHash', number }], { details })
  }

  /** Root of the state that a diff makes of the parent's. Throws a MissingNodeError where a node is missing that it depends on. */
  stateRoot(diff: StateDiff): Promise<Hex> {
    const run = this.#last.then(() => this.#root(diff))
    this.#last = run.catch(() => {})
    return run
  }

  async #root(diff: StateDiff): Promise<Hex> {
    try {
      this.#trie.update(this.preStateRoot, diff)
    } catch (error) {
      throw error instanceof TrieFault ? this.#named(error, changedKey(error, diff)) : error
    }
    for (let jobs = this.#trie.next(); jobs; jobs = this.#trie.next()) {
      await this.#backend.hash({ kind: 'messages', ...jobs })
    }
    return this.#trie.root()
  }

  /** What the witness held, and what was not needed so far. */
  report(): WitnessReport {
    const { state, codes, headers } = this.#witness
    const surplus = state.length - this.#trie.used()
    return { nodes: state.length, codes: codes.length, headers: headers.length, surplus, hash: this.#hash }
  }

  /** The witness without nodes that nothing so far has needed. Codes stay: an engine that has one from before does not ask for it. */
  needed(): Witness {
    const given = this.#trie.nodes().slice(0, this.#trie.given)
    return { ...this.#witness, state: given.flatMap(({ isUsed, bytes }) => (isUsed ? [bytes] : [])) }
  }

  #read<T>(key: StateKey, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw error instanceof TrieFault ? this.#named(error, key) : error
    }
  }

  /** A fault as an error that says what was read or changed. */
  #named({ isMissing, hash, path, account }: TrieFault, key: StateKey): Error {
    const storageOf = account !== undefined && 'address' in key ? key.address : undefined
    if (isMissing && hash) return new MissingNodeError({ hash, path, ...(storageOf && { storageOf }) }, key)
    const { file, path: field } = under(this.#place, 'state')
    const trie = storageOf === undefined ? 'the state trie' : `the storage trie of ${storageOf}`
    const found = hash === undefined ? 'another node' : `node ${hash}`
    return new InputError({
      file,
      field,
      expected: `what belongs ${path === '' ? 'at the root' : `at path ${path}`} of ${trie}`,
      found,
    })
  }
}

/** The account or slot of a diff in whose change a fault was found. */
function changedKey({ key, account }: TrieFault, diff: StateDiff): StateKey {
  const hashOf = (text: Hex): Hex => hexOf(keccak_256(hexBytes(text)!))
  const changed = diff.find(({ address }) => hashOf(address) === (account ?? key))!
  const { address, storage } = changed
  if (account === undefined) return { kind: 'account', address }
  const slot = storage.find(([slot]) => hashOf(`0x${slot.toString(16).padStart(64, '0')}`) === key)!
  return { kind: 'storage', address, key: slot[0] }
}
