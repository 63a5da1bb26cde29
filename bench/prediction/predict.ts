// Predictions of the templates for the transactions of a block, on the state before it. Templates are kept by code.

import { WHAT_SLOT } from '../../assembly/parallel/program.ts'
import { bind, type Predicted } from '../../src/analysis/reference.ts'
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

/** The slots among predictions. */
export function slotsOf(predicted: readonly Predicted[]): Slots {
  return new Set(predicted.filter(({ what }) => what === WHAT_SLOT).map(slotName))
}
