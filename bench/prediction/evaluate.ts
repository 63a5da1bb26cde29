// All figures of bench/prediction.ts: every transaction of the blocks is predicted by every source and compared with what it did.
import { Learner } from '../../src/analysis/learn.ts'
import type { PastBlock, PastTx } from './history.ts'
import { explainBlock, predictLearned, StaticPredictor } from './predict.ts'
import { addTx, conflictSlots, emptyScore, type Score, type Slots, slotName } from './score.ts'

/** Where a prediction comes from; `all` is the union. */
export type SourceName = 'static' | 'learned' | 'access list' | 'all'

/** Times in milliseconds. */
export interface Spread {
  median: number
  p95: number
  max: number
}

/** What a callee with a selector loses. */
export interface Loss {
  /** Callee and selector. */
  name: string
  txs: number
  real: number
  missed: number
  extra: number
  /** Block and index of a transaction that loses something. */
  example: string
}

/** The result of an evaluation. */
export interface Evaluation {
  blocks: { number: number; sources: Record<SourceName, Score> }[]
  sources: Record<SourceName, Score>
  analysis: {
    codes: number
    selectors: number
    /** Per code hash, over all selectors that were asked for. */
    codeMs: Spread
    selectorMs: Spread
    /** Selectors whose analysis a bound ended. */
    partial: number
    programBytes: number
    /** Binding, per transaction to a contract, analysis not counted. */
    bindMs: Spread
  }
  /** Of the static templates, the largest first. */
  losses: Loss[]
}

/** Predicts all transactions of the blocks. What is learned for a block comes from all others, in their order. */
export function evaluate(blocks: readonly PastBlock[]): Evaluation {
  const predictor = new StaticPredictor()
  const losses = new Map<string, Loss>()
  const explained = blocks.map(explainBlock)
  const perBlock = blocks.map((block, i) => {
    const learner = new Learner()
    for (const txs of explained.toSpliced(i, 1)) for (const tx of txs) learner.learn(tx)
    const sources = emptyScores()
    const conflicting = conflictSlots(block)
    for (const tx of block.txs) {
      const fixed = predictor.predict(block, tx)
      const learned = predictLearned(learner, block, tx)
      const listed = new Set(tx.accessList.map(slotName))
      addTx(sources.static, tx, fixed, conflicting)
      addTx(sources.learned, tx, learned, conflicting)
      addTx(sources['access list'], tx, listed, conflicting)
      addTx(sources.all, tx, new Set([...fixed, ...learned, ...listed]), conflicting)
      noteLoss(losses, block, tx, fixed)
    }
    return { number: block.number, sources }
  })
  const sources = emptyScores()
  for (const block of perBlock) for (const name of NAMES) sum(sources[name], block.sources[name])
  return {
    blocks: perBlock,
    sources,
    analysis: analysisOf(predictor),
    losses: [...losses.values()].sort((a, b) => b.missed + b.extra - a.missed - a.extra),
  }
}

const NAMES: readonly SourceName[] = ['static', 'learned', 'access list', 'all']

function emptyScores(): Record<SourceName, Score> {
  return { static: emptyScore(), learned: emptyScore(), 'access list': emptyScore(), all: emptyScore() }
}

function sum(to: Score, from: Score): void {
  for (const field of Object.keys(to) as (keyof Score)[]) to[field] += from[field]
}

function noteLoss(
  losses: Map<string, Loss>,
  { number }: PastBlock,
  { tx, index, accesses }: PastTx,
  slots: Slots,
): void {
  const callee = tx ? `0x${tx.to.toString(16).padStart(40, '0')}` : 'creation'
  const selector = tx && tx.data.length >= 4 ? Buffer.from(tx.data.subarray(0, 4)).toString('hex') : '-'
  const name = `${callee} ${selector}`
  const loss = losses.get(name) ?? { name, txs: 0, real: 0, missed: 0, extra: 0, example: '' }
  const hits = accesses.filter(access => slots.has(slotName(access))).length
  loss.txs++
  loss.real += accesses.length
  loss.missed += accesses.length - hits
  loss.extra += slots.size - hits
  if (accesses.length > hits || slots.size > hits) loss.example = `${number}/${index}`
  losses.set(name, loss)
}

function analysisOf(predictor: StaticPredictor): Evaluation['analysis'] {
  const made = [...predictor.codes].map(({ made }) => [...made.values()])
  const templates = made.flat()
  return {
    codes: made.length,
    selectors: templates.length,
    codeMs: spreadOf(made.map(each => each.reduce((ms, template) => ms + template.ms, 0))),
    selectorMs: spreadOf(templates.map(({ ms }) => ms)),
    partial: templates.filter(({ isPartial }) => isPartial).length,
    programBytes: templates.reduce((bytes, { program }) => bytes + program.byteLength, 0),
    bindMs: spreadOf(predictor.bindMs),
  }
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { median: at(0.5), p95: at(0.95), max: at(1) }
}
