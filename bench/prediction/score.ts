// How good predictions were: slots of transactions counted once each, against those that were really touched.
import type { PastBlock, PastTx } from './history.ts'

/** Slots by name, see `slotName`. */
export type Slots = ReadonlySet<string>

/** One name for a slot. */
export function slotName({ address, key }: { address: bigint; key: bigint }): string {
  return `${address.toString(16)}:${key.toString(16)}`
}

/** Counts of one source over any number of transactions. A slot counts once for each transaction that touches it. */
export interface Score {
  /** Touched. */
  real: number
  predicted: number
  /** Both. */
  hit: number
  /** Touched, and of those that matter for the order of the block. */
  conflicts: number
  conflictsHit: number
}

/** A score of nothing. */
export function emptyScore(): Score {
  return { real: 0, predicted: 0, hit: 0, conflicts: 0, conflictsHit: 0 }
}

/** Adds what one transaction gives. */
export function addTx(score: Score, { accesses }: PastTx, predicted: Slots, conflicting: Slots): void {
  score.predicted += predicted.size
  for (const access of accesses) {
    const name = slotName(access)
    const isHit = predicted.has(name)
    score.real++
    if (isHit) score.hit++
    if (!conflicting.has(name)) continue
    score.conflicts++
    if (isHit) score.conflictsHit++
  }
}

/** Slots that at least two transactions of the block touch and at least one of them changes. */
export function conflictSlots({ txs }: PastBlock): Set<string> {
  const touched = new Map<string, { times: number; changed: boolean }>()
  for (const { accesses } of txs) {
    for (const access of accesses) {
      const name = slotName(access)
      const slot = touched.get(name) ?? { times: 0, changed: false }
      touched.set(name, { times: slot.times + 1, changed: slot.changed || access.isChanged })
    }
  }
  return new Set([...touched].filter(([, { times, changed }]) => times > 1 && changed).map(([name]) => name))
}

/** hit / real, 0..1. */
export function recall({ hit, real }: Score): number {
  return real === 0 ? 1 : hit / real
}

/** hit / predicted, 0..1. */
export function precision({ hit, predicted }: Score): number {
  return predicted === 0 ? 1 : hit / predicted
}

/** The share of the slots that matter for the order that was predicted, 0..1. */
export function conflictRecall({ conflicts, conflictsHit }: Score): number {
  return conflicts === 0 ? 1 : conflictsHit / conflicts
}
