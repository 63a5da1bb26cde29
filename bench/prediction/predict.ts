// Predictions of the templates for the transactions of a block, on the state before it. Templates are kept by code.

import { ANY_SELECTOR, WHAT_SLOT } from '../../assembly/parallel/program.ts'
import { type Explained, explain, type Learner } from '../../src/analysis/learn.ts'
import { bind, bindLearned, type Predicted } from '../../src/analysis/reference.ts'
import { CodeTemplates } from '../../src/analysis/template.ts'
import type { PastBlock, PastTx } from './history.ts'
import { type Slots, slotName } from './score.ts'

/** Templates of all codes that were asked for. */
export class StaticPredictor {
  readonly #codes = new Map<Uint8Array, CodeTemplates>()
  /** What binding each transaction to a contract took, without the analysis of codes. */
  readonly bindMs: number[] = []

  /** Slots that the static templates predict for a transaction. */
  predict({ state }: PastBlock, { tx }: PastTx): Slots {
    if (!tx) return new Set()
    let analysis = 0
    const start = performance.now()
    const predicted = bind(tx, state, (code, selector) => {
      const asked = performance.now()
      const { program } = this.templates(code).template(selector)
      analysis += performance.now() - asked
      return program
    })
    if (state.code(tx.to)) this.bindMs.push(performance.now() - start - analysis)
    return slotsOf(predicted)
  }

  templates(code: Uint8Array): CodeTemplates {
    let templates = this.#codes.get(code)
    if (!templates) {
      templates = new CodeTemplates(code, { steps: 100_000, states: 6000, visits: 9, ms: Number.POSITIVE_INFINITY })
      this.#codes.set(code, templates)
    }
    return templates
  }

  get codes(): Iterable<CodeTemplates> {
    return this.#codes.values()
  }
}

/** Explains every transaction of a block to a contract, for the learner. */
export function explainBlock({ state, txs }: PastBlock): Explained[] {
  return txs.flatMap(({ tx, accesses, preimages }) => {
    if (!tx || !state.code(tx.to)) return []
    const { sender, to, data } = tx
    return [explain({ sender, to, data, codeHash: state.codeHash(to).toString(16), accesses, preimages })]
  })
}

/** Slots that learned templates predict for a transaction. */
export function predictLearned(learner: Learner, { state }: PastBlock, { tx }: PastTx): Slots {
  if (!tx) return new Set()
  const selector = tx.data.length < 4 ? ANY_SELECTOR : Buffer.from(tx.data).readUInt32BE(0)
  const program = learner.program(state.codeHash(tx.to).toString(16), selector)
  return program ? slotsOf(bindLearned(tx, state, program)) : new Set()
}

/** The slots among predictions. */
export function slotsOf(predicted: readonly Predicted[]): Slots {
  return new Set(predicted.filter(({ what }) => what === WHAT_SLOT).map(slotName))
}
