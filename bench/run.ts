// Measures the cases that a filter leaves and makes the report. Called by main.ts, after the build is up to date.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProgress } from '../src/cli/progress.ts'
import type { AdapterFacts } from '../src/gpu/device.ts'
import { measureApart } from './apart.ts'
import { proveAuto } from './auto.ts'
import { buildOf } from './built.ts'
import { blockCases, QUICK_STEP, sampleCase } from './cases/blocks.ts'
import type { CaseEntry, Group } from './cases/case.ts'
import { gpuCases, HashBackends, hashCases, moreHashCases } from './cases/hash.ts'
import { messageCases, ownCases } from './cases/messages.ts'
import { ParallelEngines, parallelCases } from './cases/parallel.ts'
import { partCases } from './cases/parts.ts'
import { startupCases } from './cases/startup.ts'
import { largeRootCase, rootCases } from './cases/state-root.ts'
import { measureCores } from './cores.ts'
import { Field } from './field.ts'
import { Missing } from './harness.ts'
import { describeMachine } from './machine.ts'
import { failed, measureAll } from './measure.ts'
import { measureMemory } from './memory.ts'
import { runModel } from './model.ts'
import { compareAll, type Report } from './report.ts'
import { measureReruns } from './reruns.ts'
import { buildSizes } from './sizes.ts'
import { recordTimeline } from './timeline.ts'

/** What is asked for on the command line. */
export interface BenchOptions {
  /** Only cases with this in their name, or of this group. */
  filter?: string | undefined
  /** Few runs, and every ninth mainnet block. */
  quick: boolean
  /** The cases on the GPU too, where no filter asks for them. */
  gpu: boolean
  /** Prints a line at once: what is skipped, and cases that fail. */
  say: (line: string) => void
}

/** Runs the benchmark; undefined when the filter leaves no case. */
export async function runBench({ filter, quick, gpu, say: print }: BenchOptions): Promise<Report | undefined> {
  const progress = createProgress()
  const say = (line: string): void => {
    progress.clear()
    print(line)
  }
  const machine = describeMachine()
  const started = performance.now()
  const engines = new ParallelEngines(await buildOf('weft.simd'), await buildOf('weft.threads'))
  const backends = new HashBackends(await buildOf('weft.simd'))
  const field = new Field()
  const onGpu = [...gpuCases(backends, field), largeRootCase(backends.module)]
  const hashing = [...hashCases(backends, field), ...moreHashCases(backends, field)]
  const all = [...(await findCases(quick, filter, engines, field, say)), ...hashing, ...onGpu]
  // Without being asked for, no driver is started: one that computes on the processor has threads, which would disturb what follows.
  const wanted = (group: Group): boolean => group !== 'gpu' || gpu || filter !== undefined
  const chosen = all.filter(({ name, group }) => (name.includes(filter ?? '') || group === filter) && wanted(group))
  const isAsked = (name: string): boolean => filter === undefined || filter === name
  const wants = {
    model: filter === undefined ? !quick : filter === 'model',
    reruns: filter === undefined ? !quick : filter === 'reruns',
    timeline: isAsked('timeline'),
    memory: isAsked('memory'),
    auto: filter === undefined ? gpu : filter !== '' && 'hash.auto'.startsWith(filter),
  }
  if (chosen.length === 0 && !Object.values(wants).includes(true)) return undefined
  if (filter === undefined && !gpu) say(`left out: ${onGpu.length} cases on the GPU (--gpu, or a filter such as hash)`)
  const isApart = ({ group }: CaseEntry): boolean => group.startsWith('parallel')
  const [apart, here] = [chosen.filter(isApart), chosen.filter(entry => !isApart(entry))]
  const coreGain = apart.length > 0 ? await measureCores() : undefined
  const blocks = join(dataFolder(), 'mainnet-blocks')
  const cases = [
    ...(await measureAll(here, quick, progress, say)),
    ...(await measureApart(apart, { quick, folder: blocks }, progress, say)),
  ]
  progress.clear()
  /** What is no case: it is undefined where it is not wanted, and a case that failed where it fails. */
  const extra = async <T>(name: keyof typeof wants, measure: () => Promise<T>): Promise<T | undefined> => {
    if (!wants[name]) return undefined
    try {
      return await measure()
    } catch (error) {
      cases.push(failed(name, 'part', error, say))
      return undefined
    }
  }
  const model = await extra('model', () => runModel(engines, blocks))
  const reruns = await extra('reruns', async () => {
    const [sequential, threads] = [await buildOf('weft.simd'), await buildOf('weft.threads')]
    return measureReruns(() => new ParallelEngines(sequential, threads), blocks)
  })
  const timeline = await extra('timeline', () => recordTimeline(engines, machine.cores))
  const memory = await extra('memory', async () => measureMemory(blocks, quick))
  const auto = await extra('auto', async () => proveAuto(await backends.auto(), quick))
  const usesGpu = gpu || wants.auto || chosen.some(({ group }) => group === 'gpu')
  const adapter = usesGpu ? await adapterOf(backends) : undefined
  await Promise.all([engines.close(), backends.close(), field.close()])
  const count = (group: Group): number => {
    const step = quick && (group === 'block' || group === 'parallel-block') ? QUICK_STEP : 1
    return all.filter(entry => entry.group === group).length * step
  }
  return {
    machine: { ...machine, ...(adapter && { adapter }) },
    quick,
    ...(filter !== undefined && { filter }),
    seconds: (performance.now() - started) / 1e3,
    cases,
    rivals: field.facts,
    ...compareAll(cases, count),
    ...(coreGain && { coreGain }),
    ...(model && { model }),
    ...(reruns && { reruns }),
    ...(auto && { auto }),
    ...(timeline && { timeline }),
    ...(memory && { memory }),
    ...(chosen.some(({ group }) => group === 'startup') && { sizes: buildSizes() }),
  }
}

function dataFolder(): string {
  return process.env.WEFT_DATA ?? fileURLToPath(new URL('../data', import.meta.url))
}

async function adapterOf(backends: HashBackends): Promise<Pick<AdapterFacts, 'name' | 'software'> | undefined> {
  try {
    const { name, software } = await backends.adapter()
    return { name, software }
  } catch (error) {
    if (error instanceof Missing) return undefined
    throw error
  }
}

async function findCases(
  quick: boolean,
  filter: string | undefined,
  engines: ParallelEngines,
  field: Field,
  say: (line: string) => void,
): Promise<CaseEntry[]> {
  const data = dataFolder()
  const module = await buildOf('weft.simd')
  const [messages, blocks] = [join(data, 'evm-bench'), join(data, 'mainnet-blocks')]
  const found = (folder: string, cases: CaseEntry[] | undefined): CaseEntry[] => {
    if (!cases) say(`skipped: no folder ${folder} (WEFT_DATA names the folder with the data)`)
    return cases ?? []
  }
  // Our own messages stand in for those of evm-bench, and beside them only where they are asked for.
  const given = filter?.startsWith('own') ? undefined : messageCases(messages, field, module)
  if (!given && filter === undefined) say(`no folder ${messages}: our own messages stand in for evm-bench`)
  return [
    ...(given ?? ownCases(field, module)),
    sampleCase(field, module),
    ...rootCases(module, field, quick),
    ...found(blocks, blockCases(blocks, quick ? QUICK_STEP : 1, field, module)),
    ...parallelCases(engines, { isQuick: quick, cores: availableParallelism(), folder: blocks }),
    ...partCases(engines, field, quick),
    ...startupCases(),
  ]
}
