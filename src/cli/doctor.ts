// weft doctor: what this machine and runtime have that Weft can use, what it chooses of that, and why.
import { arch, cpus, platform } from 'node:os'
import { coreCount } from '#platform'
import { compileCore, hasSimd, hasThreads } from '../core/load.ts'
import type { Cost } from '../gpu/auto.ts'
import type { AdapterFacts } from '../gpu/device.ts'
import { createHasher, type Hasher } from '../gpu/hasher.ts'
import { type Command, count, errorLine, FAILED, grouped, OK, type OptionValues, print } from './command.ts'
import { version } from './version.ts'

const HELP = `Usage: weft doctor [options]

Prints what Weft found here: WASM features, threads, WebGPU adapter, driver, limits and features, which of them it
chooses, and why. Hashing is measured where there is a GPU to choose.

Options:
  --software        let hashing choose a software adapter too, and measure it
  --low-power       ask for the GPU that takes less power
  --json            one JSON object
  -v, --verbose     stack traces of errors
  -h, --help        this text
  -V, --version

Exit code: 0 Weft runs here, 1 the core cannot be loaded, 2 usage error.`

/** What is found. */
export interface Diagnosis {
  weft: string
  node: string
  system: string
  processor: { model: string; cores: number }
  wasm: { simd: boolean; sharedMemory: boolean; build: string; error?: string }
  threads: { most: number; reason: string }
  webgpu: { adapter: AdapterFacts | null; driverFiles?: string; error?: string }
  hash: { backend: string; reason: string; costs?: Hasher['costs'] }
}

async function examine(values: OptionValues): Promise<Diagnosis> {
  const cores = coreCount()
  const sharedMemory = hasThreads()
  const error = await compileCore().then(() => undefined, errorLine)
  const found: Diagnosis = {
    weft: version(),
    node: process.version,
    system: `${platform()} ${arch()}`,
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', cores },
    wasm: {
      simd: hasSimd(),
      sharedMemory,
      build: hasSimd() ? 'weft.simd.wasm' : 'weft.wasm',
      ...(error !== undefined && { error }),
    },
    threads: sharedMemory
      ? { most: cores, reason: `${count(cores, 'core')}, and memory that threads can share` }
      : { most: 1, reason: 'this runtime has no memory that threads can share' },
    webgpu: { adapter: null, ...driverFiles() },
    hash: { backend: 'none', reason: 'the core cannot be loaded' },
  }
  if (error === undefined) await examineHashing(found, values)
  return found
}

async function examineHashing(found: Diagnosis, values: OptionValues): Promise<void> {
  const powerPreference = values['low-power'] === true ? { powerPreference: 'low-power' as const } : {}
  const { backend, reason, adapter, costs } = await createHasher({
    software: values.software === true,
    ...powerPreference,
  })
  backend.close()
  found.webgpu.adapter = adapter ?? null
  if (!adapter) found.webgpu.error = reason
  found.hash = { backend: backend.name, reason, ...(costs && { costs }) }
}

function driverFiles(): { driverFiles?: string } {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES
  return named === undefined ? {} : { driverFiles: named }
}

/** The diagnosis as lines of text. */
export function diagnosisLines({ weft, node, system, processor, wasm, threads, webgpu, hash }: Diagnosis): string[] {
  const { adapter } = webgpu
  const rows: [string, string][] = [
    ['weft', `${weft} on Node ${node}, ${system}`],
    ['processor', `${processor.model}, ${count(processor.cores, 'core')}`],
    ['wasm', wasm.error ?? `${wasm.build} (${wasm.simd ? 'SIMD' : 'no SIMD'})`],
    ['threads', `up to ${threads.most}: ${threads.reason}`],
    ['webgpu', adapter?.name ?? webgpu.error ?? 'not looked at'],
    ...(adapter ? adapterRows(adapter) : []),
    ...(webgpu.driverFiles === undefined ? [] : ([['  driver', webgpu.driverFiles]] as [string, string][])),
    ['hashing', `${hash.backend}: ${hash.reason}`],
    ...Object.entries(hash.costs ?? {}).map(([kernel, cost]): [string, string] => [`  ${kernel}`, costText(cost)]),
  ]
  return rows.map(([name, text]) => `${name.padEnd(12)}  ${text}`)
}

function adapterRows({ vendor, architecture, device, features, limits }: AdapterFacts): [string, string][] {
  return [
    ['  adapter', [vendor, architecture, device].filter(Boolean).join(', ')],
    ...Object.entries(limits).map(([name, limit]): [string, string] => ['  limit', `${name} ${grouped(limit)}`]),
    ['  features', features.join(' ')],
  ]
}

function costText({ wasmNs, gpuNs, gpuMs, crossover }: Cost): string {
  const from = Number.isFinite(crossover) ? `GPU from ${grouped(crossover)} permutations on` : 'never the GPU'
  return `${from}: WASM ${wasmNs.toFixed(0)} ns each, GPU ${gpuNs.toFixed(0)} ns and ${gpuMs.toFixed(2)} ms a batch`
}

async function run(values: OptionValues): Promise<number> {
  const found = await examine(values)
  // JSON has no Infinity: a crossover that is never reached is null.
  if (values.json === true) print(JSON.stringify(found))
  else for (const line of diagnosisLines(found)) print(line)
  return found.wasm.error === undefined ? OK : FAILED
}

/** The command. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'what this machine has that Weft can use, and what it chooses',
  help: HELP,
  options: { json: { type: 'boolean' }, software: { type: 'boolean' }, 'low-power': { type: 'boolean' } },
  run,
}
