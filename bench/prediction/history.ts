// Mainnet blocks as a predictor sees them, and what their transactions really touched: every SLOAD and SSTORE that was executed, by
// the opcode tracer of the engine, with the preimages of KECCAK256 that a learner needs.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type BoundTx, environmentWords, type KnownState } from '../../src/analysis/reference.ts'
import { forkByName } from '../../src/chain/forks.ts'
import type { Weft } from '../../src/index.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { blockFileReader, readJsonFile } from '../../src/input/file.node.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { MemorySource } from '../../src/state/memory.ts'
import type { Step } from '../../src/trace/step.ts'
import type { CallStart, TracedSlot, Tracer, TraceSwitches } from '../../src/trace/tracer.ts'
import { type Address, EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'

/** A slot that a transaction touched, once per transaction. */
export interface RealAccess {
  address: bigint
  key: bigint
  /** Some SSTORE. */
  isStored: boolean
  /** Its value differs after the transaction. */
  isChanged: boolean
  /** Before the transaction. */
  value: bigint
}

/** A transaction before and after it ran. */
export interface PastTx {
  index: number
  /** undefined: it creates a contract. */
  tx: BoundTx | undefined
  /** EIP-2930, as pairs. */
  accessList: readonly { address: bigint; key: bigint }[]
  accesses: readonly RealAccess[]
  /** Digest to preimage of 32 or 64 bytes. */
  preimages: ReadonlyMap<bigint, Uint8Array>
}

/** A block with the state before it. */
export interface PastBlock {
  number: number
  state: KnownState
  txs: readonly PastTx[]
}

/** The block files of a folder from a fork on, as paths in order of their numbers. */
export function blockFiles(folder: string): string[] {
  return readdirSync(folder)
    .flatMap(name => /^(\d+)\.json\.gz$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .map(number => join(folder, `${number}.json.gz`))
}

/** Reads and replays the blocks from a fork on, one after another. */
export async function* pastBlocks(weft: Weft, files: readonly string[], since = 'istanbul'): AsyncIterable<PastBlock> {
  const read = blockFileReader()
  const rules = forkByName(since).rules
  const codes = new Map<Hex, Uint8Array>()
  for (const path of files) {
    const file = read(path)
    if (file.fork.rules < rules) continue
    yield replay(weft, file, (readJsonFile(path) as { block: RpcBlock }).block, stateOf(file, codes))
  }
}

interface RpcBlock {
  transactions: readonly RpcTx[]
}

interface RpcTx {
  from: Address
  to: Address | null
  input: Hex
  value: Hex
  gasPrice?: Hex
  accessList?: readonly { address: Address; storageKeys: readonly Hex[] }[]
}

async function replay(weft: Weft, file: BlockFile, rpc: RpcBlock, state: KnownState): Promise<PastBlock> {
  const tracers = rpc.transactions.map(() => new AccessTracer())
  await weft.replayBlock(file.block, { source: new MemorySource(file.state), tracer: index => tracers[index] })
  const txs = rpc.transactions.map((tx, index) => {
    const { accesses, preimages } = tracers[index]!
    const accessList = (tx.accessList ?? []).flatMap(({ address, storageKeys }) =>
      storageKeys.map(key => ({ address: BigInt(address), key: BigInt(key) })),
    )
    const bound = tx.to ? boundTx(file, tx, tx.to) : undefined
    return { index, tx: bound, accessList, accesses: [...accesses.values()], preimages }
  })
  return { number: Number(file.number), state, txs }
}

function boundTx({ block: { env } }: BlockFile, tx: RpcTx, to: Address): BoundTx {
  return {
    sender: BigInt(tx.from),
    to: BigInt(to),
    value: BigInt(tx.value),
    data: hexBytes(tx.input) ?? new Uint8Array(),
    env: environmentWords(env, BigInt(tx.gasPrice ?? 0)),
  }
}

/** The state before the block, by numbers. A code is one array in all blocks, kept in `codes`. */
function stateOf({ state }: BlockFile, codes: Map<Hex, Uint8Array>): KnownState {
  const source = new MemorySource(state)
  const accounts = new Map(
    [...(state.accounts ?? [])].map(([address, { balance, codeHash, storage }]) => [
      BigInt(address),
      { balance, codeHash, slots: new Map(storage) },
    ]),
  )
  const codeHash = (address: bigint): Hex => accounts.get(address)?.codeHash ?? EMPTY_CODE_HASH
  return {
    code: address => {
      const hash = codeHash(address)
      if (hash === EMPTY_CODE_HASH) return undefined
      if (!codes.has(hash)) codes.set(hash, source.code(hash))
      return codes.get(hash)
    },
    codeHash: address => (accounts.has(address) ? BigInt(codeHash(address)) : 0n),
    balance: address => accounts.get(address)?.balance ?? 0n,
    slot: (address, key) => accounts.get(address)?.slots.get(key) ?? 0n,
  }
}

/** Notes each slot that opcodes of any frame ask for or set, of frames that fail as well. */
class AccessTracer implements Tracer {
  readonly switches: TraceSwitches = {
    steps: true,
    stack: 2,
    memory: true,
    storage: true,
    state: true,
    opcodes: ['SLOAD', 'SSTORE', 'KECCAK256'],
  }
  readonly accesses: Map<string, RealAccess> = new Map()
  readonly preimages: Map<bigint, Uint8Array> = new Map()
  readonly #selves: bigint[] = []

  enter({ depth, self }: CallStart): void {
    this.#selves[depth] = BigInt(self)
  }

  step(step: Step): void {
    if (step.error !== 0) return
    if (step.opcode === 0x20) {
      this.#hash(step)
      return
    }
    const address = this.#selves[step.depth]!
    const key = step.stackItem(step.stackItems - 1)
    const name = `${address}:${key}`
    const access = this.accesses.get(name) ?? { address, key, isStored: false, isChanged: false, value: 0n }
    if (step.opcode === 0x55) access.isStored = true
    this.accesses.set(name, access)
  }

  slot({ address, key, before, after }: TracedSlot): void {
    const access = this.accesses.get(`${BigInt(address)}:${key}`)
    if (!access) return
    access.isChanged = before !== after
    access.value = before
  }

  #hash(step: Step): void {
    const [at, length] = [step.stackItem(step.stackItems - 1), step.stackItem(step.stackItems - 2)]
    if (length !== 32n && length !== 64n) return
    const preimage = new Uint8Array(Number(length))
    preimage.set(step.memory.subarray(Number(at), Number(at + length)))
    this.preimages.set(BigInt(hexOf(keccak_256(preimage))), preimage)
  }
}
