// weft run: executes bytecode once, on an empty state or a given one, and prints how it ended.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { CODE_ADDRESS } from '../call.ts'
import { type Fork, forkByName, LATEST_FORK } from '../chain/forks.ts'
import { describe, InputError } from '../errors.ts'
import { readFileBytes, readJsonFile } from '../input/file.node.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import type { PreState } from '../input/pre-state.ts'
import { atMost, MAX_CODE_BYTES } from '../limits.ts'
import { allocJson, readAlloc } from '../state/alloc.ts'
import { MemorySource } from '../state/memory.ts'
import { type Address, EMPTY_CODE_HASH, type TxOutcome } from '../types.ts'
import { type Command, FAILED, grouped, OK, type OptionValues, print, UsageError } from './command.ts'
import { type CodeRun, loadEngine } from './engine.ts'
import {
  type CliTracer,
  createTracer,
  readTraceFormat,
  TRACE_FORMATS,
  TRACE_HELP,
  TRACE_SWITCHES,
  TraceOutput,
} from './tracing.ts'

const DEFAULT_GAS = 30_000_000n
const MAX_GAS = 2n ** 63n - 1n
const MAX_VALUE = 2n ** 256n - 1n
const NOBODY: Address = `0x${'00'.repeat(20)}`
const WARM_UP_RUNS = 3
const BENCH_MS = 1000
const MAX_BENCH_RUNS = 100_000

const HELP = `Usage: weft run HEX|@FILE [options]

Executes bytecode on an empty state or a given one. HEX may begin with 0x; @FILE is a file that holds such text.

Options:
  --input HEX|@FILE  calldata
  --gas N            gas limit, decimal or 0x (default ${DEFAULT_GAS})
  --value N          wei sent along, decimal or 0x (default 0)
  --fork, --rev NAME rules to run under (default ${LATEST_FORK.name})
  --create           the bytecode is initcode: create a contract with it
  --sender ADDRESS   who calls (default ${NOBODY}); without --prestate it has --value
  --receiver ADDRESS the account that has the code (default ${CODE_ADDRESS})
  --prestate FILE    state in JSON: address to balance, nonce, code, storage, or a genesis file with "alloc".
                     With --receiver, HEX may be left out: the code of that account is run
  --dump             the state afterwards, in the form of --prestate
  --bench            run it again and again for a second and print the median time
  --json             one JSON object
  --trace            every opcode on stderr, a line of JSON each (EIP-3155), before the outcome
  --trace.format F   another trace: ${TRACE_FORMATS.join(', ')}
${TRACE_HELP}
  -v, --verbose      stack traces of errors
  -h, --help         this text
  -V, --version

Exit code: 0 success, 1 the code reverted or halted, 2 usage or file error.`

/** The state that the code runs on: the given one, and in it the receiver with the code. */
function readState(values: OptionValues, code: Uint8Array | undefined, from: Address, to: Address): MemorySource {
  const hasFile = typeof values.prestate === 'string'
  const { accounts, codes } = hasFile
    ? readPrestate(values.prestate as string)
    : { accounts: new Map(), codes: new Map() }
  const value = sentValue(values)
  if (!hasFile && value > 0n) accounts.set(from, { nonce: 0n, balance: value, codeHash: EMPTY_CODE_HASH })
  if (code && values.create !== true) {
    const codeHash = hexOf(keccak_256(code))
    const { nonce = 1n, balance = 0n, storage = [] } = accounts.get(to) ?? {}
    accounts.set(to, { nonce, balance, storage, codeHash })
    codes.set(codeHash, code)
  }
  return new MemorySource({ accounts, codes, complete: true })
}

function readPrestate(file: string): PreState {
  const json = readJsonFile(file)
  const isGenesis = typeof json === 'object' && json !== null && 'alloc' in json
  return readAlloc(isGenesis ? json.alloc : json, { file, path: isGenesis ? 'alloc' : '' })
}

function sentValue(values: OptionValues): bigint {
  return readNumberArgument(String(values.value ?? 0), '--value', MAX_VALUE)
}

function readAddressArgument(text: unknown, name: string, fallback: Address): Address {
  if (text === undefined) return fallback
  const digits = String(text).replace(/^0x/i, '')
  if (/^[0-9a-fA-F]{40}$/.test(digits)) return `0x${digits.toLowerCase()}`
  throw new UsageError(`"${name}" expected 40 hex digits, got ${describe(text)}`)
}

/** Hex text of the command line: with or without 0x, or @FILE. */
export function readHexArgument(text: string, name: string): Uint8Array {
  const isFile = text.startsWith('@')
  const content = isFile ? new TextDecoder('latin1').decode(readFileBytes(text.slice(1))) : text
  const digits = content.replace(/\s+/g, '')
  const bytes = hexBytes(/^0x/i.test(digits) ? `0x${digits.slice(2)}` : `0x${digits}`)
  const place = isFile ? { file: text.slice(1) } : { field: name }
  if (!bytes)
    throw new InputError({ ...place, expected: 'hex with two digits per byte', found: describe(content.trim()) })
  if (bytes.length > MAX_CODE_BYTES) {
    const expected = atMost(MAX_CODE_BYTES, 'bytes', 'MAX_CODE_BYTES')
    throw new InputError({ ...place, expected, found: `${bytes.length} bytes` })
  }
  return bytes
}

/** A number of the command line, decimal or 0x, within 0..max. */
export function readNumberArgument(text: string, name: string, max: bigint): bigint {
  const isNumber = /^(\d{1,80}|0x[0-9a-fA-F]{1,64})$/.test(text)
  const number = isNumber ? BigInt(text) : -1n
  if (number >= 0n && number <= max) return number
  throw new UsageError(`"${name}" expected a number 0..${max}, got ${describe(text)}`)
}

/** The outcome as plain JSON. */
export function outcomeJson(outcome: TxOutcome): Record<string, unknown> {
  return {
    status: outcome.status,
    gasUsed: Number(outcome.gasUsed),
    gasRefunded: Number(outcome.gasRefunded),
    output: hexOf(outcome.output),
    logs: outcome.logs.map(log => ({ ...log, data: hexOf(log.data) })),
    createdAddress: outcome.createdAddress,
    haltReason: outcome.haltReason,
  }
}

function outcomeLines(outcome: TxOutcome): string[] {
  const lines = [
    ['status', outcome.haltReason ? `${outcome.status} (${outcome.haltReason})` : outcome.status],
    ['gas used', grouped(outcome.gasUsed)],
    ['gas refunded', grouped(outcome.gasRefunded)],
    ['output', hexOf(outcome.output)],
    ...(outcome.createdAddress ? [['created', outcome.createdAddress]] : []),
    ...outcome.logs.map((log, i) => [`log ${i}`, [log.address, ...log.topics, hexOf(log.data)].join(' ')]),
  ]
  return lines.map(([name, value]) => `${name!.padEnd(12)}  ${value}`)
}

/** Times of repeated runs. */
interface BenchResult {
  runs: number
  medianMs: number
  minMs: number
}

/** Runs for a second after a few runs for warming up; the time is that of the whole call, state set-up included. */
async function bench(once: () => Promise<unknown>): Promise<BenchResult> {
  for (let i = 0; i < WARM_UP_RUNS; i++) await once()
  const times: number[] = []
  const end = performance.now() + BENCH_MS
  while (times.length === 0 || (performance.now() < end && times.length < MAX_BENCH_RUNS)) {
    const start = performance.now()
    await once()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return { runs: times.length, medianMs: times[times.length >> 1]!, minMs: times[0]! }
}

function benchLine({ runs, medianMs, minMs }: BenchResult, gasUsed: bigint): string {
  const speed = (Number(gasUsed) / 1000 / medianMs).toFixed(1)
  return `time          median ${medianMs.toFixed(3)} ms, least ${minMs.toFixed(3)} ms, ${speed} Mgas/s, ${grouped(runs)} runs`
}

function readRun(values: OptionValues, positionals: string[]): CodeRun & { source: MemorySource } {
  const isReceiverOnly = positionals.length === 0 && values.receiver !== undefined && values.prestate !== undefined
  if (positionals.length !== 1 && !isReceiverOnly) {
    throw new UsageError('weft run needs exactly one HEX or @FILE (see weft run --help)')
  }
  const forkName = values.fork ?? values.rev
  const fork: Fork = typeof forkName === 'string' ? forkByName(forkName, { field: '--fork' }) : LATEST_FORK
  const code = isReceiverOnly ? undefined : readHexArgument(positionals[0]!, 'code')
  const from = readAddressArgument(values.sender, '--sender', NOBODY)
  const to = readAddressArgument(values.receiver, '--receiver', CODE_ADDRESS)
  const create = values.create === true
  return {
    input: readHexArgument(String(values.input ?? ''), '--input'),
    gas: readNumberArgument(String(values.gas ?? DEFAULT_GAS), '--gas', MAX_GAS),
    value: sentValue(values),
    fork: fork.name,
    ...{ create, from, to, source: readState(values, code, from, to) },
    ...(create && code && { code }),
    withDiff: values.dump === true,
  }
}

function readTracer(values: OptionValues): CliTracer | undefined {
  const format = values['trace.format']
  if (values.trace !== true && format === undefined) return undefined
  return createTracer(readTraceFormat(String(format ?? 'eip3155'), '--trace.format'), values, new TraceOutput())
}

async function run(values: OptionValues, positionals: string[]): Promise<number> {
  const options = readRun(values, positionals)
  const weft = await loadEngine()
  const trace = readTracer(values)
  const outcome = await weft.call({ ...options, ...(trace && { tracer: trace.tracer }) })
  trace?.finish()
  const times = values.bench === true ? await bench(() => weft.call(options)) : undefined
  if (outcome.diff) options.source.apply(outcome.diff)
  const state = outcome.diff && allocJson(options.source)
  if (values.json === true) {
    print(JSON.stringify({ ...outcomeJson(outcome), ...(times && { bench: times }), ...(state && { state }) }))
  } else {
    for (const line of outcomeLines(outcome)) print(line)
    if (times) print(benchLine(times, outcome.gasUsed))
    if (state) print(JSON.stringify(state, null, 2))
  }
  return outcome.status === 'success' ? OK : FAILED
}

/** The command. */
export const runCode: Command = {
  name: 'run',
  summary: 'execute bytecode once and print how it ended',
  help: HELP,
  options: {
    input: { type: 'string' },
    gas: { type: 'string' },
    value: { type: 'string' },
    fork: { type: 'string' },
    rev: { type: 'string' },
    create: { type: 'boolean' },
    sender: { type: 'string' },
    receiver: { type: 'string' },
    prestate: { type: 'string' },
    dump: { type: 'boolean' },
    bench: { type: 'boolean' },
    json: { type: 'boolean' },
    trace: { type: 'boolean' },
    'trace.format': { type: 'string' },
    ...TRACE_SWITCHES,
  },
  run,
}
