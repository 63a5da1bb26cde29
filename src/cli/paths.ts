// Files and folders from the command line to a list of files. Folders are walked; block files are ordered by number.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files to work on, and paths that lead nowhere. */
export interface Paths {
  files: string[]
  problems: { file: string; error: string }[]
}

/** Replaces each folder by the files under it whose name matches, in natural order (9 before 10). */
export function expandPaths(paths: readonly string[], pattern: RegExp, recursive = false): Paths {
  const found: Paths = { files: [], problems: [] }
  for (const path of paths) {
    try {
      if (!statSync(path).isDirectory()) found.files.push(path)
      else found.files.push(...filesIn(path, pattern, recursive, found))
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : String((error as Error).message)
      found.problems.push({ file: path, error: `${path}: expected a file or folder, got ${reason}` })
    }
  }
  return found
}

function filesIn(folder: string, pattern: RegExp, recursive: boolean, found: Paths): string[] {
  const order = new Intl.Collator('en', { numeric: true })
  const names = readdirSync(folder, { withFileTypes: true, recursive })
    .filter(entry => entry.isFile() && pattern.test(entry.name))
    .map(entry => join(entry.parentPath ?? folder, entry.name))
    .sort(order.compare)
  if (names.length === 0)
    found.problems.push({ file: folder, error: `${folder}: expected files, got none in this folder` })
  return names
}
