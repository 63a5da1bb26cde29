// What all commands share: their shape, option parsing, and how they speak. Results go to stdout, errors and progress to
// stderr, an error on one line. Exit codes: 0 all ok, 1 some block or test failed, 2 usage or file error.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import pc from 'picocolors'
import { WeftError } from '../errors.ts'

export const OK = 0
export const FAILED = 1
export const UNUSABLE = 2

type OptionTable = NonNullable<ParseArgsConfig['options']>

/** One subcommand. */
export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** The whole --help text. */
  help: string
  options: OptionTable
  /** Does the work and answers the exit code. */
  run(values: OptionValues, positionals: string[]): Promise<number>
}

/** Values of the options that were given. */
export type OptionValues = Record<string, string | boolean | undefined>

/** The call itself is wrong: unknown option, missing argument, bad value. */
export class UsageError extends WeftError {
  constructor(sentence: string) {
    super(sentence, { code: 'USAGE' })
  }
}

/** Splits arguments into options and the rest. Throws a UsageError. */
export function parseOptions(args: string[], command: Command): { values: OptionValues; positionals: string[] } {
  const options: OptionTable = {
    ...command.options,
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'V' },
    verbose: { type: 'boolean', short: 'v' },
  }
  try {
    const { values, positionals } = parseArgs({
      args: withNegatives(withoutTruth(args, options), options),
      options,
      allowNegative: true,
      allowPositionals: true,
      strict: true,
    })
    return { values: values as OptionValues, positionals }
  } catch (error) {
    const sentence = error instanceof Error ? error.message.split(/\. (?=To specify|Did you)/)[0]! : String(error)
    throw new UsageError(`${sentence} (see weft ${command.name} --help)`)
  }
}

/** `--trace.nomemory=true`, as geth's flags are written, to `--trace.nomemory`, and `=false` to `--no-trace.nomemory`. */
function withoutTruth(args: readonly string[], options: OptionTable): string[] {
  return args.map(arg => {
    const [, name, value] = /^--([^=]+)=(true|false)$/.exec(arg) ?? []
    if (name === undefined || options[name]?.type !== 'boolean') return arg
    return value === 'true' ? `--${name}` : `--no-${name}`
  })
}

/** `--state.reward -1`, as drivers write it, to `--state.reward=-1`: parseArgs takes `-1` for an option of its own. */
function withNegatives(args: readonly string[], options: OptionTable): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const before = joined.at(-1)
    const takesValue = before?.startsWith('--') && options[before.slice(2)]?.type === 'string'
    if (takesValue && /^-\d+$/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`
    else joined.push(arg)
  }
  return joined
}

/** One line on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** One line on stderr. */
export function complain(line: string): void {
  process.stderr.write(`${pc.red('error')} ${line}\n`)
}

/** One line on stderr about what is no error. */
export function remark(line: string): void {
  process.stderr.write(`${pc.dim('note')} ${line}\n`)
}

/** An error in one line, or with its stack and causes where `verbose`. */
export function errorLine(error: unknown, verbose = false): string {
  if (verbose && error instanceof Error) {
    return error.cause === undefined ? String(error.stack) : `${error.stack}\ncaused by ${errorLine(error.cause, true)}`
  }
  const sentence =
    error instanceof WeftError ? error.shortMessage : error instanceof Error ? error.message : String(error)
  return sentence.split('\n')[0]!
}

/** `1234567` as `1,234,567`. */
export function grouped(number: number | bigint): string {
  return number.toLocaleString('en-US')
}

/** With three decimals at most, as JSON has milliseconds. */
export function thousandths(value: number): number {
  return Math.round(value * 1e3) / 1e3
}

/** `1 block`, `2 blocks`; `plural` where an s does not make it. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`
}
