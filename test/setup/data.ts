// Where tests find their data: WEFT_DATA, else ./data of the repository. Data is not part of the repository, so it may be
// absent; a test that needs it is then skipped with a note that names the folder. The reporter in skips.ts prints every
// note once, and fails the run where CI is set.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'

const base = process.env.WEFT_DATA ?? fileURLToPath(new URL('../../data', import.meta.url))

/** Absolute path of a data folder or file such as 'state-tests', or undefined where it is absent. */
export function dataFolder(sub: string): string | undefined {
  const path = join(base, sub)
  return existsSync(path) ? path : undefined
}

/** What a skipped test says about the absent folder. */
export function absenceNote(sub: string): string {
  return `no folder ${join(base, sub)} (WEFT_DATA names the folder with the data)`
}

/**
 * A suite over a data folder. `define` gets its path and registers the tests; it is not called where the folder is
 * absent, so it may read the folder at once. The suite then holds one skipped test with a note.
 */
export function describeWithData(sub: string, name: string, define: (folder: string) => void): void {
  const folder = dataFolder(sub)
  describe(name, () => {
    if (folder === undefined) it(`needs ${sub}`, context => context.skip(absenceNote(sub)))
    else define(folder)
  })
}
