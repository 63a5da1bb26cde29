// Parts of the engine alone: recovery of senders, analysis of bytecode, prediction and conflict graph of a block.

import { fileURLToPath } from 'node:url'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { CodeTemplates } from '../../src/analysis/template.ts'
import { replayBlock } from '../../src/block.ts'
import { Crypto } from '../../src/crypto/crypto.ts'
import { createSign, type Signature } from '../../src/crypto/sign.ts'
import { readJsonFile } from '../../src/input/file.node.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import { MemorySource } from '../../src/state/memory.ts'
import type { Artifacts } from '../contracts/compile.ts'
import { type Field, importRival } from '../field.ts'
import { type Case, Missing, type Runner } from '../harness.ts'
import { type CaseEntry, demand } from './case.ts'
import { type ParallelEngines, untilAnalysed } from './parallel.ts'

const ARTIFACTS = fileURLToPath(new URL('../contracts/artifacts.json', import.meta.url))
const SIGNATURES = 200
const WORKERS = 2
/** Blocks whose plan is measured: by name and size. */
const PLANNED = [
  ['ether-distinct', 10_000],
  ['erc20-distinct', 10_000],
  ['swaps-few-pairs', 1000],
] as const

/** All of them; blocks a tenth of their size in quick runs. */
export function partCases(engines: ParallelEngines, field: Field, isQuick: boolean): CaseEntry[] {
  return [
    { name: 'part.senders', group: 'part', load: () => sendersCase(field) },
    { name: 'part.analysis', group: 'part', load: async () => analysisCase() },
    ...PLANNED.map(([name, full]): CaseEntry => {
      const size = isQuick ? full / 10 : full
      return { name: `part.plan.${name}.${size}`, group: 'part', load: () => planCase(engines, name, size) }
    }),
  ]
}

interface Signed extends Signature {
  hash: Uint8Array
}

async function sendersCase(field: Field): Promise<Case> {
  const crypto = new Crypto({ keccak: async () => keccak_256 })
  const [sign] = await Promise.all([createSign(), crypto.load('secp256k1')])
  const signed = Array.from({ length: SIGNATURES }, (_, i): Signed => {
    const hash = keccak_256(Uint8Array.of(i >> 8, i & 0xff))
    return { hash, ...sign(hash, keccak_256(hash))! }
  })
  const expected = signed.map(({ hash, r, s, yParity }) => hexOf(crypto.recover(hash, r, s, yParity)!))
  const ours = recovering('weft', signed, expected, ({ hash, r, s, yParity }) => crypto.recover(hash, r, s, yParity)!)
  const rivals = await field.take({ '@noble/curves': () => nobleCurves(signed, expected) })
  return { gas: 0, items: SIGNATURES, ours, rivals }
}

async function nobleCurves(signed: readonly Signed[], expected: readonly string[]): Promise<Runner> {
  const name = '@noble/curves'
  const { secp256k1 } = await importRival(name, () => import('@noble/curves/secp256k1.js'))
  return recovering(name, signed, expected, ({ hash, r, s, yParity }) => {
    const signature = Uint8Array.of(yParity, ...r, ...s)
    const compressed = secp256k1.recoverPublicKey(signature, hash, { prehash: false })
    const key = secp256k1.Point.fromBytes(compressed).toBytes(false)
    return keccak_256(key.subarray(1)).subarray(12)
  })
}

function recovering(
  name: string,
  signed: readonly Signed[],
  expected: readonly string[],
  recover: (signed: Signed) => Uint8Array,
): Runner {
  let found: Uint8Array[] = []
  return {
    prepare: () => {},
    run: () => {
      found = signed.map(recover)
    },
    verify: () => demand(name, 'addresses', expected.join(), found.map(address => hexOf(address)).join()),
  }
}

/** Templates of every function of our own contracts, from their bytecode. */
function analysisCase(): Case {
  const { contracts } = readJsonFile(ARTIFACTS) as Artifacts
  const jobs = Object.values(contracts).map(({ runtime, selectors }) => {
    return { code: hexBytes(runtime)!, selectors: Object.values(selectors).map(Number) }
  })
  const analyse = (): number =>
    jobs.reduce((sum, { code, selectors }) => {
      const templates = new CodeTemplates(code)
      return sum + selectors.reduce((words, selector) => words + templates.template(selector).program.length, 0)
    }, 0)
  const expected = analyse()
  let words = 0
  const ours: Runner = {
    prepare: () => {},
    run: () => {
      words = analyse()
    },
    verify: () => demand('weft', 'words of programs', expected, words),
  }
  return { gas: 0, items: jobs.reduce((sum, { selectors }) => sum + selectors.length, 0), ours }
}

/** What counts of a run is prediction and graph; the block runs to its end, and has to give its receipts root. */
async function planCase(engines: ParallelEngines, name: (typeof PLANNED)[number][0], size: number): Promise<Case> {
  const { recipeBlock } = await importRival('@ethereumjs/tx', () => import('../blocks/recipes.ts'))
  const { block, state } = recipeBlock(name, size)
  const run = (threads: number, dispatch: 'sequential' | 'dataflow') =>
    replayBlock(engines.with(threads), block, { source: new MemorySource({ ...state, complete: false }), dispatch })
  const { receiptsRoot } = await run(0, 'sequential')
  await untilAnalysed(engines.with(WORKERS), () => run(WORKERS, 'dataflow'))
  let found: Awaited<ReturnType<typeof run>>
  const ours: Runner = {
    prepare: () => {},
    run: async () => {
      found = await run(WORKERS, 'dataflow')
      if (!found.parallel) throw new Missing('the block ran sequentially')
      return found.parallel.ms.predict + found.parallel.ms.graph
    },
    verify: () => demand('weft', 'receipts root', receiptsRoot, found.receiptsRoot),
  }
  return { gas: 0, items: size, ours, note: () => `${found.parallel!.aborts} of ${size} again` }
}
