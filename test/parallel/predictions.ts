// Predictions of every kind, for blocks that have to come to the same whatever is predicted of them.
import { Random } from '../../bench/blocks/random.ts'
import type { AccessHint } from '../../src/abi.ts'
import { replayBlock } from '../../src/block.ts'
import type { Access } from '../../src/core/report.ts'
import type { Address } from '../../src/types.ts'
import { type Case, endingOf, engineWith } from './engines.ts'

/** Names of the kinds. */
export const HINT_KINDS = ['none', 'all', 'exact', 'random', 'inverted', 'everything conflicts', 'adversarial'] as const

/** A kind of prediction. */
export type HintKind = (typeof HINT_KINDS)[number]

const WHATS = ['storage', 'balance', 'code', 'nonce'] as const
const MODES = ['read', 'write', 'delta'] as const
const NOWHERE: Address = `0x${'77'.repeat(20)}`

/** Recorded accesses as predictions. WHAT_* and MODE_* of assembly/parallel/program.ts number what `AccessHint` names. */
export function hintsOf(accesses: readonly Access[]): AccessHint[] {
  const hints = accesses.flatMap(({ tx, address, what, mode, key }) =>
    MODES.filter((_, bit) => mode & (1 << bit)).map(
      (name): AccessHint => ({
        tx,
        address,
        what: WHATS[what]!,
        mode: name,
        ...(WHATS[what] === 'storage' && { key }),
      }),
    ),
  )
  return hints.sort((a, b) => a.tx - b.tx)
}

/** What the transactions of a block really access, as one thread records it; nothing where the block is invalid. */
export async function accessesOf({ block, source }: Case): Promise<AccessHint[]> {
  const engine = await engineWith(1)
  const ending = await endingOf(() =>
    replayBlock(engine, block, { source: source(), dispatch: 'dataflow', report: true }),
  )
  return 'outcome' in ending ? engine.alone(core => hintsOf(core.parallelReport().accesses)) : []
}

/** Predictions for a block of `count` transactions that really makes the accesses of `exact`. */
export function hintsFor(
  kind: HintKind,
  count: number,
  exact: readonly AccessHint[],
  seed: string,
): 'none' | 'all' | AccessHint[] {
  const random = new Random(seed)
  const all = Array.from({ length: count }, (_, tx) => tx)
  switch (kind) {
    case 'none':
    case 'all':
      return kind
    case 'exact':
      return [...exact]
    case 'random': {
      const pool = exact.length ? exact : [{ tx: 0, address: NOWHERE, what: 'balance', mode: 'read' } as const]
      return all.flatMap(tx =>
        Array.from({ length: random.below(5) }, () => ({ ...random.pick(pool), tx, mode: random.pick(MODES) })),
      )
    }
    case 'inverted':
      // What each is said to do its mirror image does, and reads are said to be writes.
      return exact
        .map(hint => ({
          ...hint,
          tx: count - 1 - hint.tx,
          mode: hint.mode === 'read' ? ('write' as const) : ('read' as const),
        }))
        .sort((a, b) => a.tx - b.tx)
    case 'everything conflicts':
      return all.map(tx => ({ tx, address: NOWHERE, what: 'storage', key: 1n, mode: 'write' }))
    default:
      // Everybody waits for the first; additions are read, and what is really written is said to be only added to.
      return all.flatMap((tx): AccessHint[] => [
        { tx, address: NOWHERE, what: 'storage', key: 2n, mode: tx === 0 ? 'write' : 'read' },
        { tx, address: NOWHERE, what: 'balance', mode: tx % 3 === 2 ? 'read' : 'delta' },
        ...exact
          .filter(hint => hint.tx === tx && hint.mode === 'write')
          .map(hint => ({ ...hint, mode: 'delta' as const })),
      ])
  }
}
