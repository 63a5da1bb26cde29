// What a figure depends on beside the code: processor, runtime, commit, and how busy the machine was. Printed with every
// report, because a time without its machine says nothing.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { BUILT } from './built.ts'

/** The machine and the code that were measured. */
export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  system: string
  node: string
  v8: string
  /** Short hash, with "+" where the working tree differs from it; the version of a package that lies in no repository of its own. */
  commit: string
  date: string
  /** Runnable processes, mean of the last minute, before the run. Over `cores`, times are inflated. */
  load: number
  /** The GPU, where a case ran on it; `software`: it computes on the processor. */
  adapter?: { name: string; software: boolean }
}

/** Looks at the machine now. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    commit: commit(),
    date: new Date().toISOString(),
    load: loadavg()[0] ?? 0,
  }
}

/** One line about it. */
export function machineLine({ cpu, cores, node, commit, date, load, adapter }: Machine): string {
  const gpu = adapter ? `, ${adapter.name}` : ''
  return `${cpu}, ${cores} cores${gpu}, Node ${node}, commit ${commit}, ${date.slice(0, 10)}, load ${load.toFixed(1)} at the start`
}

function commit(): string {
  const root = join(BUILT, '..')
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
    return status === 0 ? stdout.trim() : undefined
  }
  // Installed as a package, the repository around it is somebody else's.
  const hash = existsSync(join(root, '.git')) ? git('rev-parse', '--short', 'HEAD') : undefined
  if (hash === undefined)
    return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  return git('status', '--porcelain', '--untracked-files=no') ? `${hash}+` : hash
}
