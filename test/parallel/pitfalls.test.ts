// What other parallel engines have tripped over, one test each (cases.ts), at both dispatches, on two threads and on three.
import { describe, expect, it } from 'vitest'
import { PITFALLS } from './cases.ts'
import { expectSame, waysAt } from './engines.ts'
import { toCase } from './swarm/world.ts'

const TIMES = 3

describe('pitfalls', () => {
  it.each(Object.entries(PITFALLS))('%s', async (name, { block, invalid }) => {
    const given = toCase(block)
    for (let i = 0; i < TIMES; i++) {
      const ending = await expectSame(given, waysAt(2, 3), name)
      if (invalid === undefined) expect(ending).toHaveProperty('outcome')
      else expect(ending).toEqual({ invalid: expect.stringContaining(invalid[0]), index: invalid[1] })
    }
  })
})
