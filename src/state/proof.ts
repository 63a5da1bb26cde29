// Proofs of accounts and slots (EIP-1186) in a state that is whole: its tries are made in a core of their own, of which the nodes on the way
// to each key are taken.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { instantiateTries } from '../core/apart.ts'
import { compileCore } from '../core/load.ts'
import { TrieCore } from '../core/trie.ts'
import { describe, InputError } from '../errors.ts'
import { WasmHasher } from '../gpu/wasm.ts'
import { addressOf } from '../input/given.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import type { RlpItem } from '../input/rlp.ts'
import { decodeRlp } from '../input/rlp-decode.ts'
import { type Address, EMPTY_CODE_HASH, type Hex, type Source, type SourceEntry, type StateDiff } from '../types.ts'
import { wordHex } from './alloc.ts'
import { State } from './state.ts'

/** A slot, and the nodes from the storage root to it. */
export interface SlotProof {
  key: bigint
  /** 0n where there is none, which the nodes prove too. */
  value: bigint
  /** Encoded nodes, the root first. Nodes that stand in another one are not listed. */
  proof: Hex[]
}

/** An account, slots of it, and the nodes that prove them below a state root: the answer of eth_getProof. */
export interface AccountProof {
  address: Address
  nonce: bigint
  /** wei */
  balance: bigint
  codeHash: Hex
  /** Root of the account's storage. */
  storageHash: Hex
  /** Encoded nodes from the state root to the account, or to where it would be. */
  accountProof: Hex[]
  storageProof: SlotProof[]
  /** Root of the whole state. */
  stateRoot: Hex
}

/** Root of a trie without anything. */
const EMPTY_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** Proves an account and slots of it. `module`: the core; default: the packaged build. Throws an InputError where the state is not whole. */
export async function proofOf(
  module: WebAssembly.Module | undefined,
  source: Source,
  named: Address,
  keys: readonly bigint[],
): Promise<AccountProof> {
  const address = addressOf('address', named)
  const wrong = keys.findIndex(key => typeof key !== 'bigint' || key < 0n || key >> 256n !== 0n)
  if (wrong >= 0) {
    throw new InputError({ field: `keys[${wrong}]`, expected: 'a bigint 0..2^256-1', found: describe(keys[wrong]) })
  }
  const exports = await instantiateTries(module ?? (await compileCore()))
  const [trie, hasher] = [new TrieCore(exports), new WasmHasher(exports)]
  trie.update(EMPTY_ROOT, Array.from(entriesOf(source), entryDiff))
  for (let jobs = trie.next(); jobs; jobs = trie.next()) await hasher.hash({ kind: 'messages', ...jobs })
  const nodes = new Map(trie.nodes().map(({ hash, bytes }) => [hash, bytes])).set(EMPTY_ROOT, Uint8Array.of(0x80))
  const stateRoot = trie.root()
  const account = wayTo(nodes, stateRoot, hexBytes(address)!)
  const storageHash = account.value ? hexOf((decodeRlp(account.value) as Uint8Array[])[2]!) : EMPTY_ROOT
  const { nonce, balance, codeHash } = (await source.account(address)) ?? ABSENT
  return {
    ...{ address, nonce, balance, codeHash, storageHash, accountProof: account.proof, stateRoot },
    storageProof: keys.map(key => {
      const { value, proof } = wayTo(nodes, storageHash, hexBytes(wordHex(key))!)
      return { key, value: value ? BigInt(hexOf(decodeRlp(value) as Uint8Array)) : 0n, proof }
    }),
  }
}

const ABSENT = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }

/** All accounts of a source. Throws an InputError where it cannot tell. */
function entriesOf(source: Source): Iterable<SourceEntry> {
  if (source instanceof State && source.isWhole) return source.list()
  if (source.complete && source.entries) return source.entries()
  const details = 'A proof takes the nodes of all accounts and slots: also of those that nobody has asked for.'
  throw new InputError({
    field: 'source',
    expected: 'a state that is whole',
    found: 'one that is known in part',
    details,
  })
}

function entryDiff({ address, account, storage }: SourceEntry): StateDiff[number] {
  return { address, ...account, exists: true, storageCleared: false, storage: [...storage] }
}

/** The nodes from a root to where a key is, or would be, and the value there. */
function wayTo(nodes: ReadonlyMap<Hex, Uint8Array>, root: Hex, key: Uint8Array): { proof: Hex[]; value?: Uint8Array } {
  const proof: Hex[] = []
  const path = nibblesOf(keccak_256(key))
  let at: RlpItem = hexBytes(root)!
  for (let depth = 0; ; ) {
    if (at instanceof Uint8Array) {
      const bytes = at.length === 32 ? nodes.get(hexOf(at)) : undefined
      if (!bytes) return { proof }
      proof.push(hexOf(bytes))
      at = decodeRlp(bytes)
    }
    // A trie without anything is a node without anything.
    if (at instanceof Uint8Array) return { proof }
    const node: readonly RlpItem[] = at
    if (node.length === 17) {
      at = node[path[depth++]!]!
      continue
    }
    const { nibbles, isLeaf } = readPath(node[0] as Uint8Array)
    if (nibbles.some((nibble, i) => nibble !== path[depth + i])) return { proof }
    if (isLeaf) return { proof, value: node[1] as Uint8Array }
    depth += nibbles.length
    at = node[1]!
  }
}

function nibblesOf(bytes: Uint8Array): number[] {
  return Array.from(bytes).flatMap(byte => [byte >> 4, byte & 15])
}

/** A path as leaves and extensions have it (Yellow Paper, appendix C). */
function readPath(encoded: Uint8Array): { nibbles: number[]; isLeaf: boolean } {
  const nibbles = nibblesOf(encoded)
  const flags = nibbles[0]!
  return { nibbles: nibbles.slice(flags & 1 ? 1 : 2), isLeaf: (flags & 2) !== 0 }
}
