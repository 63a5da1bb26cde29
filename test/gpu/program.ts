// Runs a module text in a Node process of its own, with the compiled package: for what shows only at the end of a process, or needs
// another environment.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setUp } from '../setup/weft.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What a program came to. */
export interface ProgramEnd {
  status: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Runs `body`, in which `createHasher` and `WebGpuHasher` are known. */
export function runProgram(body: string, env: Record<string, string> = {}, nodeFlags: string[] = []): ProgramEnd {
  setUp('dist')
  const text = `
    import { createHasher } from './dist/src/gpu/hasher.js'
    import { WebGpuHasher } from './dist/src/gpu/webgpu.js'
    const keys = (count, fill = 1) => {
      const memory = { buffer: new ArrayBuffer(count * 64) }
      new Uint8Array(memory.buffer, 0, count * 32).fill(fill)
      return { kind: 'keys', memory, input: 0, size: 32, count, output: count * 32 }
    }
    ${body}`
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' as const, timeout: 890_000 }
  return spawnSync(process.execPath, [...nodeFlags, '--input-type=module', '-e', text], options)
}
