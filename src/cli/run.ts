// weft run: executes bytecode once, on an empty state, and prints how it ended.
import { type Fork, forkByName, LATEST_FORK } from '../chain/forks.ts'
import { describe, InputError } from '../errors.ts'
import { readFileBytes } from '../input/file.node.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import { atMost, MAX_CODE_BYTES } from '../limits.ts'
import type { TxOutcome } from '../types.ts'
import { type Command, FAILED, grouped, OK, type OptionValues, print, UsageError } from './command.ts'
import { loadEngine } from './engine.ts'

const DEFAULT_GAS = 30_000_000n
const MAX_GAS = 2n ** 63n - 1n
const MAX_VALUE = 2n ** 256n - 1n

const HELP = `Usage: weft run HEX|@FILE [options]

Executes bytecode on an empty state. HEX may begin with 0x; @FILE is a file that holds such text.

Options:
  --input HEX|@FILE  calldata
  --gas N            gas limit, decimal or 0x (default ${DEFAULT_GAS})
  --value N          wei sent along, decimal or 0x (default 0)
  --fork NAME        rules to run under (default ${LATEST_FORK.name})
  --create           the bytecode is initcode: create a contract with it
  --json             one JSON object
  -v, --verbose      stack traces of errors
  -h, --help         this text
  -V, --version

Exit code: 0 success, 1 the code reverted or halted, 2 usage or file error.`

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

async function run(values: OptionValues, positionals: string[]): Promise<number> {
  if (positionals.length !== 1) throw new UsageError('weft run needs exactly one HEX or @FILE (see weft run --help)')
  const fork: Fork = typeof values.fork === 'string' ? forkByName(values.fork, { field: '--fork' }) : LATEST_FORK
  const options = {
    code: readHexArgument(positionals[0]!, 'code'),
    input: readHexArgument(String(values.input ?? ''), '--input'),
    gas: readNumberArgument(String(values.gas ?? DEFAULT_GAS), '--gas', MAX_GAS),
    value: readNumberArgument(String(values.value ?? 0), '--value', MAX_VALUE),
    fork: fork.name,
    create: values.create === true,
  }
  const weft = await loadEngine()
  const outcome: TxOutcome = await weft.call(options)
  if (values.json === true) print(JSON.stringify(outcomeJson(outcome)))
  else for (const line of outcomeLines(outcome)) print(line)
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
    create: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run,
}
