// From nothing to the first result, each time in a process of its own. What counts is what the process measures: createWeft() and a call,
// without the start of Node and the loading of our modules, which `process` counts as well.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { BUILT } from '../built.ts'
import { type Runner, WrongResult } from '../harness.ts'
import type { CaseEntry } from './case.ts'

/** PUSH1 42, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN */
const CODE = '602a5f5260205ff3'

/** Programs by case. Each prints the milliseconds that count, and the last byte of the output. */
const PROGRAMS = {
  compiled: `
    const { readFileSync } = await import('node:fs')
    const { createWeft } = await import('./src/index.js')
    const wasm = await WebAssembly.compile(readFileSync('./weft.simd.wasm'))
    const started = performance.now()
    const weft = await createWeft({ wasm })`,
  package: `
    const { createWeft } = await import('./src/index.js')
    const started = performance.now()
    const weft = await createWeft()`,
  process: `
    const started = 0
    const { createWeft } = await import('./src/index.js')
    const weft = await createWeft()`,
} as const

/** The cases of group `startup`: with a compiled module, from the package's file, and from the start of the process on. */
export function startupCases(): CaseEntry[] {
  return Object.entries(PROGRAMS).map(([name, program]) => ({
    name: `startup.${name}`,
    group: 'startup',
    load: async () => ({ gas: 0, ours: firstResult(program) }),
  }))
}

function firstResult(program: string): Runner {
  const text = `${program}
    const { output } = await weft.call({ code: Uint8Array.from(Buffer.from('${CODE}', 'hex')) })
    console.log(performance.now() - started, output.at(-1))`
  let last = Number.NaN
  return {
    prepare: () => {},
    run: async () => {
      const args = ['--input-type=module', '-e', text]
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: BUILT })
      const [ms, byte] = stdout.split(' ').map(Number)
      last = byte!
      return ms
    },
    verify: () => {
      if (last !== 42) throw new WrongResult(`weft: output expected 42, got ${last}`)
    },
  }
}
