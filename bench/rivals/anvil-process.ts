// anvil as a process: for the benchmark, which compares with it, and for tests, which ask it as a node.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Missing } from '../harness.ts'

/** A process that listens. */
export interface AnvilProcess {
  child: ChildProcess
  port: number
  version: string
}

/** Starts anvil with these flags (`--port 0` takes a free port). Throws a Missing where it is not installed for this platform. */
export async function startAnvil(flags: readonly string[]): Promise<AnvilProcess> {
  const { file, version } = findAnvil()
  const child = spawn(file, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const port = await new Promise<number>((resolve, reject) => {
    lines.on('line', line => {
      const found = /^Listening on .*:(\d+)$/.exec(line)
      if (found) resolve(Number(found[1]))
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`anvil ended with code ${code} before it listened`)))
  })
  return { child, port, version }
}

/** The binary lies in a package per platform, beside the one that names them. */
export function findAnvil(): { file: string; version: string } {
  const platform = process.platform === 'win32' ? 'win32' : process.platform
  const name = `@foundry-rs/anvil-${platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    const file = manifest.replace(/package\.json$/, process.platform === 'win32' ? 'bin/anvil.exe' : 'bin/anvil')
    if (!existsSync(file)) throw new Error(`no file ${file}`)
    return { file, version: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version }
  } catch (cause) {
    throw new Missing(`${name} is not installed (in the repository: npm ci, or npm run bench:rivals)`, { cause })
  }
}
