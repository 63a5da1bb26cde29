// Golden files: the exact bytes that a command writes, so that a format changes only on purpose. WEFT_GOLDEN=write writes them anew.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { cliFile } from '../setup/weft.ts'

/** Folder of the golden files and of what they are made from. */
export const goldenFolder: string = fileURLToPath(new URL('./golden/', import.meta.url))

/** Expects a text to be the content of a golden file. */
export function expectGolden(text: string, name: string): void {
  const file = `${goldenFolder}${name}`
  if (process.env.WEFT_GOLDEN === 'write') writeFileSync(file, text)
  expect(text, name).toBe(existsSync(file) ? readFileSync(file, 'utf8') : undefined)
}

/** Runs the command line as a process in the folder of the golden files, so that paths in its output are the same everywhere. */
export function weft(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }
  const options = { encoding: 'utf8', env, input, cwd: goldenFolder, timeout: 60_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args], options)
  return { code: status, out: stdout, err: stderr }
}
