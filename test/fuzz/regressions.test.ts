// Replays what the fuzzer once found (regressions/*.json, written by main.ts): on both builds, with state supplied and asked for, against
// EthereumJS. Cases where EthereumJS is wrong are not here but in docs/ORACLES.md.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { wasmBytes } from '../setup/weft.ts'
import type { FuzzCase } from './case.ts'
import { Arena } from './run.ts'

const folder = fileURLToPath(new URL('regressions/', import.meta.url))

describe('cases that the fuzzer found', () => {
  let arena: Arena
  beforeAll(async () => {
    arena = await Arena.create({ scalar: wasmBytes('scalar'), simd: wasmBytes('simd') })
  })

  it.each(readdirSync(folder).filter(file => file.endsWith('.json')))('%s', async file => {
    const given = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as FuzzCase
    expect(await arena.mismatchOf(given)).toBeUndefined()
  })
})
