// Our own messages of the benchmark: the committed file holds what the contracts and the assembler make now, and every message gives
// on the core what EthereumJS gave when the file was made.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ownCases } from '../../bench/cases/messages.ts'
import { Field } from '../../bench/field.ts'
import { draftMessages, MESSAGES_PATH } from '../../bench/messages/generate.ts'
import { compileCore } from '../../src/core/load.ts'
import { wasmBytes } from '../setup/weft.ts'

describe('our own messages', () => {
  it('are made of the committed contracts and the micros (npm run messages)', () => {
    const committed = JSON.parse(readFileSync(MESSAGES_PATH, 'utf8')) as { gasUsed?: number; output?: string }[]
    expect(committed.map(({ gasUsed, output, ...draft }) => draft)).toEqual(draftMessages())
  })

  it('give on the core the gas and output of EthereumJS', async () => {
    const module = await compileCore(wasmBytes('simd'))
    // No rivals: asking for them would start them.
    const field = Object.assign(new Field(), { take: async () => ({}) })
    const entries = ownCases(field, module)
    expect(entries.filter(({ group }) => group === 'classic')).toHaveLength(5)
    for (const { name, load } of entries) {
      const { ours } = await load()
      await ours.prepare()
      await ours.run()
      expect(() => ours.verify(), name).not.toThrow()
    }
  })
})
