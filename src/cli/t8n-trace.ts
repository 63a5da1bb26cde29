// What t8n writes beside its result: a trace file per transaction (EIP-3155 lines and the line that closes them), under the name by
// which the drivers of execution-spec-tests look for it, and the count of opcodes. Called by t8n.ts.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { opcodeName } from '../chain/opcodes.ts'
import { InputError } from '../errors.ts'
import type { TracerOf } from '../t8n.ts'
import type { Step } from '../trace/step.ts'
import type { TraceContext, Tracer, TraceSwitches } from '../trace/tracer.ts'
import type { ForkName, Hex } from '../types.ts'
import type { OptionValues } from './command.ts'
import { createTracer, TraceOutput } from './tracing.ts'

/** Name of the trace file of the transaction with the receipt `index`. */
export function traceFileName(index: number, hash: Hex): string {
  return `trace-${index}-${hash}.jsonl`
}

/** Trace files in a folder; `flush` when all transactions have run. */
export function traceFiles(folder: string, values: OptionValues): { tracerOf: TracerOf; flush(): void } {
  const outputs: TraceOutput[] = []
  return {
    tracerOf: (index, hash) => {
      const file = join(folder, traceFileName(index, hash))
      writing(file, () => {
        mkdirSync(folder, { recursive: true })
        writeFileSync(file, '')
      })
      // A file is open only while a piece goes to it: a block may have more transactions than a process may have files.
      const output = new TraceOutput(text => writing(file, () => appendFileSync(file, text)))
      outputs.push(output)
      return createTracer('eip3155', values, output).tracer
    },
    flush: () => {
      for (const output of outputs) output.flush()
    },
  }
}

/** Counts how often each opcode was executed, an opcode that failed included. */
export class OpcodeCounter implements Tracer {
  readonly switches: TraceSwitches = { steps: true }
  readonly #counts: number[] = new Array(256).fill(0)
  #fork: ForkName | undefined

  begin({ fork }: TraceContext): void {
    this.#fork = fork
  }

  step({ opcode }: Step): void {
    this.#counts[opcode]!++
  }

  /** Name to count, in the order of the opcodes' bytes, without those that did not occur. */
  get result(): Record<string, number> {
    const entries = this.#counts.map((count, opcode) => [opcodeName(opcode, this.#fork), count] as const)
    return Object.fromEntries(entries.filter(([, count]) => count > 0))
  }
}

/** Does the work on a file; what the system says against it becomes an InputError. */
export function writing(file: string, work: () => void): void {
  try {
    work()
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code ?? 'an error'
    throw new InputError({ file, expected: 'a file that can be written', found, cause })
  }
}
