// Structs on their way into the core: what is written has the size that room is made for.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockSize, putBlock, Writer } from '../../src/abi.ts'
import { createEnv } from '../../src/index.ts'
import type { Address } from '../../src/types.ts'

const address: Address = `0x${'ab'.repeat(20)}`
const some = <T>(item: T) => fc.nat({ max: 5 }).map(length => Array.from({ length }, () => item))

describe('putBlock', () => {
  it('writes as many bytes as blockSize says', () => {
    fc.assert(
      fc.property(
        fc.record({
          transactions: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 9 }),
          withdrawals: fc.option(some({ index: 1n, validatorIndex: 2n, address, amount: 3n }), { nil: undefined }),
          uncles: some({ number: 7n, coinbase: address }),
          unpaidUncles: fc.nat({ max: 2 }),
        }),
        ({ withdrawals, ...rest }) => {
          const block = { env: createEnv('shanghai'), ...rest, ...(withdrawals && { withdrawals }) }
          const writer = new Writer(8)
          putBlock(writer, block, 0, { complete: true, rewards: false, rootReceipts: false })
          expect(writer.length).toBe(blockSize(block))
        },
      ),
    )
  })
})
