// The field that Weft is measured in: rivals that are there, and those that are not, by name. A rival that is missing costs its figures
// and nothing else. They live in bench/rivals, a package of its own; where that is not installed, the development dependencies serve.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Missing, type Runner } from './harness.ts'
import type { Anvil } from './rivals/anvil.ts'
import type { Evmone } from './rivals/evmone.ts'

/** What is known of a rival: its version, or why it is missing. */
export interface RivalFacts {
  version?: string
  missing?: string
}

/** The rivals of a run. */
export class Field {
  /** By name, in the order in which they were asked for. */
  readonly facts: Record<string, RivalFacts> = {}
  #anvil: Promise<Anvil> | undefined
  #evmone: Promise<Evmone> | undefined

  /** The runners of those that are there. */
  async take(makers: Record<string, () => Runner | Promise<Runner>>): Promise<Record<string, Runner>> {
    const found: Record<string, Runner> = {}
    for (const [name, make] of Object.entries(makers)) {
      if (this.facts[name]?.missing !== undefined) continue
      try {
        found[name] = await make()
        this.facts[name] ??= { ...versionOf(name) }
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        this.facts[name] = { missing: error.message }
      }
    }
    return found
  }

  /** The one anvil of this run. Throws a Missing. */
  async anvil(): Promise<Anvil> {
    this.#anvil ??= import('./rivals/anvil.ts').then(({ Anvil }) => Anvil.start())
    const anvil = await this.#anvil
    this.facts.anvil ??= { version: anvil.version }
    return anvil
  }

  /** The one evmone of this run. Throws a Missing. */
  async evmone(): Promise<Evmone> {
    this.#evmone ??= import('./rivals/evmone.ts').then(({ Evmone }) => Evmone.start())
    const evmone = await this.#evmone
    this.facts.evmone ??= { version: evmone.version }
    return evmone
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    for (const started of [this.#anvil, this.#evmone]) await started?.then(rival => rival.close()).catch(() => {})
  }
}

/** Packages whose version stands for a rival that is called otherwise. */
const PACKAGES: Record<string, string> = { ethereumjs: '@ethereumjs/evm' }

function versionOf(rival: string): RivalFacts {
  const name = PACKAGES[rival] ?? rival
  for (const place of ['./rivals/', './']) {
    // package.json is not among the exports of every package, so it is looked for beside the entry.
    const paths = createRequire(new URL(`${place}any.js`, import.meta.url)).resolve.paths(name) ?? []
    for (const path of paths) {
      try {
        return {
          version: (JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8')) as { version: string }).version,
        }
      } catch {}
    }
  }
  return {}
}

/** Imports a module of a rival. Throws a Missing where its package is not installed. */
export async function importRival<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new Missing(`${name} is not installed (in the repository: npm run bench:rivals)`, { cause })
  }
}
