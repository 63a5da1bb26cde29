// What is printed about a mismatch: who differs in what, the first line in which the two EIP-3155 traces differ with the three lines
// before it, and the shrunk case, whole, so that it can be put among the regressions wherever the report is read.

import type { FuzzCase } from './case.ts'
import type { Arena, Mismatch } from './run.ts'
import { partingOf, type TraceLine } from './trace.ts'

const MOST_CHARACTERS = 600

/** A shrunk mismatch as text. */
export async function report(arena: Arena, given: FuzzCase, file: string): Promise<string> {
  const mismatch = await arena.mismatchOf(given)
  const lines = [`MISMATCH ${given.name} (${given.fork}) → ${file}`]
  if (!mismatch) lines.push('  gone after shrinking: run the case again by its number')
  else {
    lines.push(`  ${mismatch.between}`, ...mismatch.difference.split(' | ').map(side => `    ${cut(side)}`))
    lines.push(...(await partingLines(arena, given, mismatch)))
  }
  for (const transaction of given.transactions) {
    const { type, to = 'creation', gas, value, data } = transaction
    lines.push(`  type ${type} to ${to} gas ${Number(gas)} value ${value} data ${data.slice(0, 200)}`)
  }
  for (const [address, { code, balance, nonce }] of Object.entries(given.accounts)) {
    lines.push(`  ${address} nonce ${nonce} balance ${balance} code ${code.slice(0, 400)}`)
  }
  lines.push(`  reproduction, as ${file} has it:`, `  ${JSON.stringify(given)}`)
  return lines.join('\n')
}

async function partingLines(arena: Arena, given: FuzzCase, mismatch: Mismatch): Promise<string[]> {
  const { ours, theirs, isGone } = await arena.traces(given, mismatch)
  if (isGone) return ['  with a tracer there is no difference: it is in the untraced loop alone']
  const parting = partingOf(ours, theirs)
  if (!parting)
    return [`  the traces agree in all of ${ours.length} lines; the last of them:`, ...shown(ours.slice(-3))]
  return [
    '  the first line of the traces that differs, after those before it (weft, then ethereumjs):',
    ...shown(parting.before),
    `  < ${cut(parting.ours ?? 'none')}`,
    `  > ${cut(parting.theirs ?? 'none')}`,
  ]
}

function shown(lines: readonly TraceLine[]): string[] {
  return lines.map(line => `    ${cut(line)}`)
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}
