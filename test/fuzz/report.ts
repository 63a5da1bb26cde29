// What is printed about a mismatch: both outcomes and the end of the oracle's trace. Where a tracer of Weft exists, `lines` is the
// place to compare both traces line by line instead.

import type { FuzzCase } from './case.ts'
import type { Arena } from './run.ts'

const TRACE_LINES = 12

/** A shrunk mismatch as text. */
export async function report(arena: Arena, given: FuzzCase, file: string): Promise<string> {
  const mismatch = await arena.mismatchOf(given)
  const lines = [`MISMATCH ${given.name} (${given.fork}) → ${file}`]
  if (!mismatch) lines.push('  gone after shrinking: run the case again by its number')
  else lines.push(`  ${mismatch.between}`, ...mismatch.difference.split(' | ').map(side => `    ${side.slice(0, 400)}`))
  for (const transaction of given.transactions) {
    const { type, to = 'creation', gas, value, data } = transaction
    lines.push(`  type ${type} to ${to} gas ${Number(gas)} value ${value} data ${data.slice(0, 200)}`)
  }
  for (const [address, { code, balance, nonce }] of Object.entries(given.accounts)) {
    lines.push(`  ${address} nonce ${nonce} balance ${balance} code ${code.slice(0, 400)}`)
  }
  lines.push('  the end of the trace (ethereumjs):')
  for (const line of await arena.traceOf(given, TRACE_LINES)) lines.push(`    ${line}`)
  return lines.join('\n')
}
