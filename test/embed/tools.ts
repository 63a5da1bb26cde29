// The tools of hosts that are not Node: found on this machine, or fetched into .cache/ from the registries at a fixed version, which the hash
// of the file proves. What cannot be had is told with its reason, and its tests are skipped.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))
const DAY = 24 * 3600 * 1000

/** What runs a host, or why nothing does. */
export type Tool = { command: string; env?: Record<string, string> } | { reason: string }

/** What a program printed, or undefined where it could not be run or failed. */
export function output(command: string, args: readonly string[], cwd?: string, seconds = 60): string | undefined {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: seconds * 1000,
    ...(cwd && { cwd }),
  })
  return status === 0 ? stdout : undefined
}

/** sha256 of wasmtime 49.0.0 for CPython on x86-64 Linux with glibc. */
const WASMTIME = '94f0288f9e1c33924995a72bb769f4c4e2885002391589dd6992cdaa35d1990a'
/** Integrity of @oven/bun-linux-x64 1.4.5 in the registry. */
const BUN = 'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g=='
const isHere = process.platform === 'linux' && process.arch === 'x64'

/** Python with wasmtime: that of the system, or the wheel in .cache/wasmtime. */
export function findPython(): Tool {
  const command = 'python3'
  if (output(command, ['--version']) === undefined) return { reason: 'no python3 (scripts/setup-system.mjs)' }
  if (output(command, ['-c', 'import wasmtime']) !== undefined) return { command }
  const folder = join(cache, 'wasmtime')
  const reason = ensure(folder, 'wasmtime', download => {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', download]
    if (output(command, [...pip, 'wasmtime==49.0.0'], undefined, 120) === undefined)
      return 'no wheel of wasmtime: pip failed'
    const wheel = readdirSync(download).find(file => file.endsWith('.whl'))
    if (!wheel) return 'no wheel of wasmtime for this machine'
    const file = join(download, wheel)
    if (createHash('sha256').update(readFileSync(file)).digest('hex') !== WASMTIME) return `${wheel} has another hash`
    return output(command, ['-m', 'zipfile', '-e', file, folder]) === undefined
      ? `${wheel} cannot be unpacked`
      : undefined
  })
  if (reason !== undefined) return { reason }
  const env = { PYTHONPATH: folder }
  const { status } = spawnSync(command, ['-c', 'import wasmtime'], { env: { ...process.env, ...env } })
  return status === 0 ? { command, env } : { reason: 'the wheel of wasmtime does not run here' }
}

/** Bun: that of the system, or the npm package in .cache/bun. It is 90 MB, too much for a development dependency. */
export function findBun(): Tool {
  if (output('bun', ['--version']) !== undefined) return { command: 'bun' }
  const folder = join(cache, 'bun')
  const command = join(folder, 'package/bin/bun')
  const reason = ensure(folder, 'package', download => {
    const npm = output(
      'npm',
      ['pack', '@oven/bun-linux-x64@1.4.5', '--pack-destination', download, '--silent'],
      download,
      180,
    )
    const file = npm === undefined ? undefined : readdirSync(download).find(name => name.endsWith('.tgz'))
    if (!file) return 'no Bun: npm failed'
    const bytes = readFileSync(join(download, file))
    if (`sha512-${createHash('sha512').update(bytes).digest('base64')}` !== BUN) return `${file} has another hash`
    return output('tar', ['-xzf', join(download, file), '-C', folder]) === undefined
      ? `${file} cannot be unpacked`
      : undefined
  })
  if (reason !== undefined) return { reason }
  return output(command, ['--version']) === undefined ? { reason: 'Bun does not run here' } : { command }
}

/** Fills a folder of .cache/ unless `what` is there. What failed less than a day ago is not tried again. */
function ensure(folder: string, what: string, fetch: (download: string) => string | undefined): string | undefined {
  if (existsSync(join(folder, what))) return undefined
  if (!isHere) return `only fetched for Linux on x86-64: ${what}`
  const failure = join(folder, 'failure.txt')
  if (existsSync(failure) && Date.now() - statSync(failure).mtimeMs < DAY) return readFileSync(failure, 'utf8')
  const download = join(folder, 'download')
  mkdirSync(download, { recursive: true })
  const reason = fetch(download)
  rmSync(download, { recursive: true, force: true })
  if (reason !== undefined) writeFileSync(failure, reason)
  return reason
}

/** A host in C: the core as wasm2c translates it, compiled once per build of it into .cache/c, and the given files of this repository. */
export function compileC(program: string, wasm: string, sources: readonly string[]): Tool {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const folder = join(cache, 'c')
  const [translated, object, command] = ['weft_core.c', 'weft_core.o', program].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const [tool, from] of [
    ['wasm2c', 'wabt'],
    ['gcc', 'gcc'],
  ] as const)
    if (output(tool, ['--version']) === undefined) return { reason: `no ${tool} (${from}; scripts/setup-system.mjs)` }
  mkdirSync(folder, { recursive: true })
  const hash = createHash('sha256').update(readFileSync(wasm)).digest('hex')
  const stamp = join(folder, 'stamp.txt')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
    must('wasm2c', [wasm, '-n', 'weft', '-o', translated])
    // What wasm2c writes is not held to our warnings.
    must('gcc', ['-O1', '-w', '-c', translated, '-o', `${object}.new`])
    renameSync(`${object}.new`, object)
    writeFileSync(stamp, hash)
  }
  const warnings = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic', '-g']
  const includes = ['include', 'examples/c'].flatMap(path => ['-I', join(root, path)])
  const files = sources.map(path => join(root, path))
  const libraries = [object, '-lwasm-rt-impl', '-lm', '-o', command]
  const build = (...more: string[]): readonly string[] => [
    ...warnings,
    ...more,
    ...includes,
    '-I',
    folder,
    ...files,
    ...libraries,
  ]
  // With the sanitizers where their libraries are there.
  if (output('gcc', build('-fsanitize=address,undefined')) === undefined) must('gcc', build())
  return { command }
}

/** Runs a program that has to succeed. */
function must(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`${command} failed: ${stderr.slice(0, 2000)}`)
}
