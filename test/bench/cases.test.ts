// Which cases the benchmark has: what has to be measured is not left out by a table that somebody shortened.
import { describe, expect, it } from 'vitest'
import { RECIPES, type RecipeName } from '../../bench/blocks/recipes.ts'
import { HashBackends, hashCases, moreHashCases } from '../../bench/cases/hash.ts'
import { ParallelEngines, recipeCases } from '../../bench/cases/parallel.ts'
import { Field } from '../../bench/field.ts'

/** The smallest module there is. */
const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))

describe('generated blocks', () => {
  const namesOn = (cores: number, isQuick = false): string[] =>
    recipeCases(new ParallelEngines(module, module), isQuick, cores).map(({ name }) => name)

  it('are without conflicts, contended and serial, of 1,000 and of 10,000 transactions', () => {
    const kinds = namesOn(2).map(name => {
      const [, recipe, size] = /^parallel\.([\w-]+)\.(\d+)\./.exec(name)!
      return `${RECIPES[recipe as RecipeName].conflicts} ${size}`
    })
    const wanted = ['none', 'some', 'chain'].flatMap(kind => [`${kind} 1000`, `${kind} 10000`])
    expect([...new Set(kinds)].sort()).toEqual(wanted.sort())
  })

  it.each([
    [1, [1, 2]],
    [2, [1, 2]],
    [6, [1, 2, 4, 6]],
    [16, [1, 2, 4, 8, 16]],
  ])('run on %i cores with %j threads, under both dispatches', (cores, threads) => {
    const scaling = namesOn(cores, true).filter(name => name.startsWith('parallel.swaps-separate.100.'))
    const wanted = threads.flatMap(count => [`dataflow${count}`, `batched${count}`])
    expect(scaling.map(name => name.split('.').at(-1))).toEqual(wanted)
  })
})

it('Keccak has lengths from 32 bytes to 1 KiB and batches from 16 to 65,536', () => {
  const backends = new HashBackends(module)
  const cases = [...hashCases(backends, new Field()), ...moreHashCases(backends, new Field())]
  const numbers = (name: RegExp): number[] =>
    cases.flatMap(each => Number(name.exec(each.name)?.[1] ?? [])).filter(Boolean)
  expect(numbers(/^hash\.wasm\.(\d+)-bytes$/).sort((a, b) => a - b)).toEqual([32, 64, 136, 532, 1024])
  expect(numbers(/^hash\.batch\.(\d+)$/)).toEqual([16, 256, 1024, 4096, 16_384, 65_536])
})
