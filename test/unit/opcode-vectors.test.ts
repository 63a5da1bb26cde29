// The two-operand vectors of go-ethereum (see data/README.md) through the word operations: an oracle that is
// not BigInt.
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface WordKernel {
  apply(operation: number, cases: number, count: number, alias: number): void
  setWordScratch(ptr: number): void
}

const folder = `${process.env.WEFT_DATA ?? './data'}/opcode-vectors`
const present = existsSync(folder)
if (!present) console.warn(`opcode vectors skipped: ${folder} is missing`)

const SCRATCH = 65_536
const CASE = SCRATCH + 512
/** Numbers of the operations in test/kernel/words.ts; `sgt` and `gt` are the comparisons with operands exchanged. */
// biome-ignore format: one table
const numbers: Record<string, number> = {
  add: 0, sub: 1, mul: 2, div: 3, mod: 4, sdiv: 5, smod: 6, exp: 9, signext: 10, and: 11, or: 12, xor: 13,
  byte: 15, shl: 16, shr: 17, sar: 18, lt: 21, slt: 22, eq: 23, gt: 21, sgt: 22,
}

interface Vector {
  op: string
  x: string
  y: string
  expected: string
}

describe.runIf(present).each(builds)('opcode vectors (%s)', build => {
  it('all 1,701 give the expected word', async () => {
    const kernel = await loadKernel<WordKernel>('words', build)
    kernel.memory.grow(2)
    kernel.setWordScratch(SCRATCH)
    const words = new BigUint64Array(kernel.memory.buffer, CASE, 12)
    const lines = gunzipSync(readFileSync(`${folder}/two-operand.ndjson.gz`))
      .toString()
      .trim()
      .split('\n')
    expect(lines).toHaveLength(1701)
    const wrong: string[] = []
    for (const line of lines) {
      const { op, x, y, expected } = JSON.parse(line) as Vector
      // y is the top of the stack, the first operand.
      const operands = op === 'gt' || op === 'sgt' ? [x, y] : [y, x]
      operands.forEach((operand, i) => {
        for (let limb = 0; limb < 4; limb++) words[i * 4 + limb] = BigInt(operand) >> BigInt(limb * 64)
      })
      kernel.apply(numbers[op]!, CASE, 1, 2)
      const result = words[8]! | (words[9]! << 64n) | (words[10]! << 128n) | (words[11]! << 192n)
      if (result !== BigInt(expected)) wrong.push(`${op} ${y} ${x}: 0x${result.toString(16)}, expected ${expected}`)
    }
    expect(wrong).toEqual([])
  })
})
