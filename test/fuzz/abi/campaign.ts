// Sequences of commands (commands.ts) on instances of both builds, with plenty of memory and with little, until the time is over: no trap, no
// status and no pointer that docs/ABI.md does not know; and after a reset an honest run has its result. Used by test/core/hostile.test.ts for
// some seconds and by `npm run fuzz -- abi` for as long as one likes.
import fc from 'fast-check'
import * as abi from '../../../src/abi.ts'
import type { Core } from '../../../src/core/core.ts'
import { InternalError } from '../../../src/index.ts'
import { type Build, execute, instantiate } from '../../core/machine.ts'
import { CODES, type Command, command } from './commands.ts'
import { Host } from './host.ts'

/** Pages that an instance may have: enough for all but what nobody can have, or for a few runs, but not for CODES[4]. */
const PAGES = [1024, 1024, 40]
/** An honest run follows one sequence in so many. */
const HONEST = 20

export interface Campaign {
  seed: number
  milliseconds: number
  /** Default: both. */
  builds?: readonly Build[]
  onProgress?: (sequences: number) => void
}

/** What came of a campaign. */
export interface CampaignResult {
  sequences: number
  commands: number
  /** Statuses seen. */
  statuses: ReadonlySet<number>
  /** Instances whose memory ran out and that were used on after a reset. */
  recovered: number
  /** The smallest sequence that went wrong, and how. */
  failure?: string
}

const sequence = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' })

/** Runs it. The same seed gives the same sequences, as many as the time allows; the first that goes wrong ends it. */
export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { seed, milliseconds, builds = ['scalar', 'simd'], onProgress } = campaign
  const end = performance.now() + milliseconds
  const instances = new Map<string, Instance>()
  const statuses = new Set<number>()
  const result = { sequences: 0, commands: 0, statuses, recovered: 0 }
  while (performance.now() < end) {
    const commands = fc.sample(sequence, { seed: (seed + result.sequences) | 0, numRuns: 1 })[0]!
    const build = builds[result.sequences % builds.length]!
    const pages = PAGES[result.sequences % PAGES.length]!
    const name = `${build} ${pages}`
    const instance = instances.get(name) ?? instantiate(build, pages)
    instances.set(name, instance)
    const isHonest = result.sequences % HONEST === 0
    const error = await attempt(instance, commands, isHonest, statuses)
    if (error !== undefined)
      return { ...result, failure: await describe(error, commands, () => instantiate(build, pages)) }
    if (statuses.delete(abi.OUT_OF_MEMORY)) result.recovered++
    result.sequences++
    result.commands += commands.length
    onProgress?.(result.sequences)
  }
  if (result.recovered > 0) statuses.add(abi.OUT_OF_MEMORY)
  return result
}

type Instance = ReturnType<typeof instantiate>

/** One sequence, and a reset; what went wrong, if anything did. Adds the statuses that it saw. */
async function attempt(
  { core, raw }: Instance,
  commands: readonly Command[],
  isHonest: boolean,
  statuses: Set<number>,
): Promise<unknown> {
  const host = new Host(raw)
  try {
    for (const each of commands) host.do(each)
    host.close()
    raw.weft_reset(abi.OSAKA)
    for (const status of host.statuses) statuses.add(status)
    if (isHonest || host.statuses.has(abi.OUT_OF_MEMORY)) await runHonestly(core)
    return undefined
  } catch (error) {
    return error ?? 'nothing was thrown'
  }
}

/** The error, and the commands that it takes on a fresh instance: each that can go is left out. */
async function describe(error: unknown, commands: readonly Command[], fresh: () => Instance): Promise<string> {
  const fails = async (some: readonly Command[]): Promise<boolean> =>
    (await attempt(fresh(), some, true, new Set())) !== undefined
  if (!(await fails(commands)))
    return `${String(error)}\nonly after earlier sequences; the last: ${fc.stringify(commands)}`
  let left = commands
  for (let i = commands.length - 1; i >= 0; i--) {
    const fewer = left.filter((_, at) => at !== i)
    if (await fails(fewer)) left = fewer
  }
  return `${String(error)}\n${fc.stringify(left)}`
}

/** A run in order has its result; where memory was used up by what came before, after the reset that this needs. */
async function runHonestly(core: Core): Promise<void> {
  const run = async (): Promise<string> => {
    const { status, gasUsed, logs } = await execute(core, CODES[0]!)
    return `${status} ${gasUsed} ${logs.length}`
  }
  const ended = await run().catch((error: unknown) => {
    if (error instanceof InternalError && error.code === 'OUT_OF_MEMORY') return run()
    throw error
  })
  // Cold SLOAD 2,100, SSTORE 20,000, BALANCE of a precompile 100, and the rest.
  if (ended !== 'success 22861 1') throw new Error(`after a reset an honest run ended with ${ended}`)
}
