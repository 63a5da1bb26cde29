// The mainnet blocks of the folder mainnet-blocks and the committed sample block, each from its own pre-state. What counts of
// a run is prepare, execute and roots: taking over the pre-state, all transactions, receipts and their root. Senders are
// recovered once, before the timed runs, for both engines; codes are decoded beforehand. Each run has a fresh WASM instance,
// so codes are analysed in it. The first run checks every header field; all runs check gas, bloom and roots.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { replayBlock } from '../../src/block.ts'
import { allOk, checkOutcome, firstMismatch } from '../../src/chain/checks.ts'
import { instantiateCore } from '../../src/core/load.ts'
import { Engine } from '../../src/engine.ts'
import type { BlockFile } from '../../src/input/block-file.ts'
import { blockFileReader, readJsonFile } from '../../src/input/file.node.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { type BlockOutcome, EMPTY_CODE_HASH, type Hex } from '../../src/types.ts'
import { type Field, importRival } from '../field.ts'
import { type Runner, WrongResult } from '../harness.ts'
import type { RpcBlock } from '../rivals/ethereumjs-block.ts'
import type { CaseEntry } from './case.ts'
import { knownSigners } from './signers.ts'

/** Quick runs have one in so many of the mainnet blocks. */
export const QUICK_STEP = 9

const SAMPLE_FILE = fileURLToPath(new URL('../blocks/sample.json.gz', import.meta.url))

/** The committed sample block. */
export function sampleCase(field: Field, module: WebAssembly.Module): CaseEntry {
  return entry('block.sample', 'sample', SAMPLE_FILE, blockFileReader(), field, module)
}

/** The blocks of the folder by number, every `step`-th of them; undefined where it is absent. */
export function blockCases(
  folder: string,
  step: number,
  field: Field,
  module: WebAssembly.Module,
): CaseEntry[] | undefined {
  if (!existsSync(folder)) return undefined
  const read = blockFileReader()
  return blockFiles(folder, step).map(({ number, file }) =>
    entry(`block.${number}`, 'block', file, read, field, module),
  )
}

/** The block files of the folder by number, every `step`-th of them. */
export function blockFiles(folder: string, step = 1): { number: string; file: string }[] {
  const numbers = readdirSync(folder).flatMap(file => /^(\d+)\.json\.gz$/.exec(file)?.[1] ?? [])
  return numbers
    .sort((a, b) => Number(a) - Number(b))
    .filter((_, i) => (i + 1) % step === 0)
    .map(number => ({ number, file: join(folder, `${number}.json.gz`) }))
}

function entry(
  name: string,
  group: 'block' | 'sample',
  file: string,
  read: (file: string) => BlockFile,
  field: Field,
  module: WebAssembly.Module,
): CaseEntry {
  return {
    name,
    group,
    load: async () => {
      const block = read(file)
      const codes = codesOf(block)
      const ours = new WeftBlock(block, codes, module)
      await ours.checkHeader()
      const { block: header } = readJsonFile(file) as { block: RpcBlock }
      const rivals = await field.take({
        ethereumjs: async () => {
          const { ethereumJsBlock } = await importRival('@ethereumjs/vm', () => import('../rivals/ethereumjs-block.ts'))
          return ethereumJsBlock(block, header, codes)
        },
      })
      return { gas: Number(block.expected.gasUsed), ours, rivals }
    },
  }
}

/** The codes of the pre-state, decoded. */
export function codesOf({ state }: BlockFile): Map<Hex, Uint8Array> {
  const source = new MemorySource(state)
  const hashes = [...(state.accounts ?? [])].map(([, { codeHash }]) => codeHash)
  return new Map(hashes.filter(hash => hash !== EMPTY_CODE_HASH).map(hash => [hash, source.code(hash)]))
}

/** The block on Weft. */
class WeftBlock implements Runner {
  readonly #file: BlockFile
  readonly #codes: Map<Hex, Uint8Array>
  readonly #module: WebAssembly.Module
  #engine!: Engine
  #source!: MemorySource
  #outcome: BlockOutcome | undefined

  constructor(file: BlockFile, codes: Map<Hex, Uint8Array>, module: WebAssembly.Module) {
    this.#file = file
    this.#codes = codes
    this.#module = module
  }

  /** One run with everything that is known of the state, so that a state root is computed and checked where it can be. */
  async checkHeader(): Promise<void> {
    await this.#prepare(this.#file.state.complete ?? false)
    await this.run()
    this.verify()
  }

  /** EthereumJS keeps no trie here, so there is no state root to compute in the timed runs either. */
  prepare(): Promise<void> {
    return this.#prepare(false)
  }

  async run(): Promise<number> {
    this.#outcome = await replayBlock(this.#engine, this.#file.block, { source: this.#source })
    const { prepare, execute, roots } = this.#outcome.ms
    return prepare + execute + roots
  }

  verify(): void {
    const { block, expected } = this.#file
    const checks = checkOutcome(block, expected, this.#outcome!)
    if (!allOk(checks)) throw new WrongResult(`weft: ${firstMismatch(checks, expected, this.#outcome!)}`)
  }

  async #prepare(complete: boolean): Promise<void> {
    const core = await instantiateCore(this.#module)
    this.#engine = new Engine(async () => ({ core }), knownSigners, { hash: 'wasm', module: this.#module })
    this.#source = new MemorySource({ ...this.#file.state, codes: this.#codes, complete })
    this.#outcome = undefined
  }
}
