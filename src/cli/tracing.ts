// Tracing from the command line: the --trace options of run, statetest and replay, in geth's words, and the way of the lines to
// stderr. Lines are gathered to pieces of 64 KiB, so that a trace of millions of lines is no million writes.
import { CallTreeTracer } from '../trace/call-tree.ts'
import { Eip3155Tracer } from '../trace/eip3155.ts'
import { PrestateTracer } from '../trace/prestate.ts'
import { StructLogTracer } from '../trace/struct-log.ts'
import type { Tracer } from '../trace/tracer.ts'
import { type Command, type OptionValues, UsageError } from './command.ts'

/** What a trace can look like. */
export const TRACE_FORMATS = ['eip3155', 'struct', 'call', 'prestate', 'prestate-diff'] as const

/** One of them. */
export type TraceFormat = (typeof TRACE_FORMATS)[number]

/** What a step holds, for the option table of a command. Memory and return data are off unless asked for, as in geth. */
export const TRACE_FIELDS: Command['options'] = {
  'trace.memory': { type: 'boolean' },
  'trace.returndata': { type: 'boolean' },
  'trace.storage': { type: 'boolean' },
  'trace.nomemory': { type: 'boolean' },
  'trace.noreturndata': { type: 'boolean' },
  'trace.nostack': { type: 'boolean' },
}

/** The same, and which steps there are. */
export const TRACE_SWITCHES: Command['options'] = { ...TRACE_FIELDS, 'trace.opcodes': { type: 'string' } }

/** The part of the --help text about TRACE_FIELDS. */
export const TRACE_FIELDS_HELP = `  --trace.memory           the memory at every step (also --trace.nomemory=false)
  --trace.returndata       the return data at every step (also --trace.noreturndata=false)
  --trace.storage          the slot that SLOAD and SSTORE read or wrote
  --trace.nostack          no stack`

/** The part about TRACE_SWITCHES. */
export const TRACE_HELP: string = `${TRACE_FIELDS_HELP}
  --trace.opcodes A,B      only these opcodes, by name`

/** Gathers what is written and passes it on in pieces. */
export class TraceOutput {
  readonly #write: (text: string) => void
  #text = ''

  constructor(write: (text: string) => void = text => void process.stderr.write(text)) {
    this.#write = write
  }

  line(line: string): void {
    this.piece(`${line}\n`)
  }

  piece(text: string): void {
    this.#text += text
    if (this.#text.length >= 65536) this.flush()
  }

  flush(): void {
    if (this.#text !== '') this.#write(this.#text)
    this.#text = ''
  }
}

/** Reads FORMAT. Throws UsageError. `json` is geth's name of EIP-3155 lines. */
export function readTraceFormat(text: string, option: string): TraceFormat {
  const format = text === 'json' ? 'eip3155' : TRACE_FORMATS.find(known => known === text)
  if (format) return format
  throw new UsageError(
    `"${option}" expected one of ${TRACE_FORMATS.join(', ')}, got ${JSON.stringify(text.slice(0, 40))}`,
  )
}

/** A tracer and what is to be done at the end of its transaction. */
export interface CliTracer {
  tracer: Tracer
  finish(): void
}

/** The tracer that the options ask for. Each writes whole lines of JSON. */
export function createTracer(format: TraceFormat, values: OptionValues, output: TraceOutput): CliTracer {
  if (format === 'eip3155') {
    const tracer = new Eip3155Tracer(line => output.line(line), stepOptions(values))
    return { tracer, finish: () => output.flush() }
  }
  const last = (line: string): void => {
    output.line(line)
    output.flush()
  }
  if (format === 'struct') {
    const tracer = new StructLogTracer(piece => output.piece(piece), { ...stepOptions(values), storage: true })
    return { tracer, finish: () => last('') }
  }
  const tracer = format === 'call' ? new CallTreeTracer() : new PrestateTracer({ diffMode: format === 'prestate-diff' })
  return { tracer, finish: () => last(JSON.stringify(tracer.result ?? null)) }
}

function stepOptions(values: OptionValues): {
  stack: boolean
  memory: boolean
  returnData: boolean
  storage: boolean
  opcodes?: string[]
} {
  const opcodes = values['trace.opcodes']
  return {
    stack: values['trace.nostack'] !== true,
    memory: values['trace.memory'] === true || values['trace.nomemory'] === false,
    returnData: values['trace.returndata'] === true || values['trace.noreturndata'] === false,
    storage: values['trace.storage'] === true,
    ...(typeof opcodes === 'string' && { opcodes: opcodes.split(',').map(name => name.trim()) }),
  }
}
