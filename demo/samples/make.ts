// The sample blocks with the header that each has to give, as readBlockFile reads them. Loaded by the worker when one is asked for.

import { recipeBlock } from '../../bench/blocks/recipes.ts'
import type { Block, ExpectedHeader, Hex, PlainState } from '../../src/index.ts'
import expectations from './expected.json' with { type: 'json' }
import { GENERATED, type GeneratedName } from './samples.ts'

/** A block that can be run, and what it has to come to. */
export interface Sample {
  block: Block
  state: PlainState
  expected: ExpectedHeader
  /** Who signed each transaction. */
  senders: readonly Hex[]
}

/** Generates a block; its expected header was made by EthereumJS (expect.ts). */
export function makeSample(name: GeneratedName): Sample {
  const { recipe, transactions } = GENERATED[name]
  const { parentStateRoot, gasUsed, blobGasUsed, ...roots } = expectations[name]
  const { block, state, senders } = recipeBlock(recipe, transactions, 'weft', bytesOf(parentStateRoot))
  const expected = { ...roots, gasUsed: BigInt(gasUsed), blobGasUsed: BigInt(blobGasUsed) } as ExpectedHeader
  return { block, state, expected, senders }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: (hex.length - 2) / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16),
  )
}
