// How much of what real transactions touch the static templates know beforehand, as bench/prediction.ts measures it on all blocks:
// on a few of them it must not fall below what has been reached. The analysis has no time limit here, so the figures are the same on
// every machine.
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { blockFiles, type PastBlock, type PastTx, pastBlocks } from '../../bench/prediction/history.ts'
import { explainBlock, predictLearned, StaticPredictor } from '../../bench/prediction/predict.ts'
import { addTx, conflictSlots, emptyScore, precision, recall, type Score } from '../../bench/prediction/score.ts'
import { Learner } from '../../src/analysis/learn.ts'
import { createWeft } from '../../src/index.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'

const NUMBERS = [11114732, 12522062, 13217637]
/** Vyper up to 0.2 begins by keeping the selector at 28 of its memory: PUSH1 0 CALLDATALOAD PUSH1 28 MSTORE. */
const VYPER = Buffer.from('600035601c52', 'hex')

describeWithData('mainnet-blocks', 'predictions', folder => {
  const blocks: PastBlock[] = []
  const static_ = emptyScore()
  const learned = emptyScore()
  const vyper = emptyScore()

  beforeAll(async () => {
    const weft = await createWeft({ wasm: wasmBytes('simd') })
    const files = blockFiles(folder).filter(file => NUMBERS.some(number => file === join(folder, `${number}.json.gz`)))
    for await (const block of pastBlocks(weft, files)) blocks.push(block)
    const predictor = new StaticPredictor()
    for (const block of blocks) score(block, predictor)
  })

  function score(block: PastBlock, predictor: StaticPredictor): void {
    const conflicting = conflictSlots(block)
    const learner = new Learner()
    const others = blocks.filter(other => other !== block)
    for (const other of others) for (const tx of explainBlock(other)) learner.learn(tx)
    for (const tx of block.txs) {
      const known = predictor.predict(block, tx)
      addTx(static_, tx, known, conflicting)
      addTx(learned, tx, predictLearned(learner, block, tx), conflicting)
      addTx(vyper, inVyper(block, tx), known, conflicting)
    }
  }

  /** What the transaction touches of contracts in Vyper. */
  function inVyper({ state }: PastBlock, tx: PastTx): PastTx {
    const isVyper = (address: bigint): boolean => {
      const code = state.code(address)
      return code !== undefined && Buffer.from(code.subarray(0, 64)).includes(VYPER)
    }
    return { ...tx, accesses: tx.accesses.filter(({ address }) => isVyper(address)) }
  }

  const rounded = (part: number): number => Math.round(1000 * part) / 10
  const known = (each: Score) => ({
    real: each.real,
    recall: rounded(recall(each)),
    precision: rounded(precision(each)),
  })

  it('of the static templates', () => {
    const { real, recall, precision } = known(static_)
    expect(real).toBe(2966)
    expect(recall).toBeGreaterThan(85)
    expect(precision).toBeGreaterThan(94)
  })

  it('of what was learned in the two other blocks', () => {
    expect(known(learned).recall).toBeGreaterThan(12)
    expect(known(learned).precision).toBeGreaterThan(80)
  })

  it('on code in Vyper', () => {
    expect(vyper.real).toBeGreaterThan(10)
    expect(known(vyper).recall).toBeGreaterThan(33)
  })
})
