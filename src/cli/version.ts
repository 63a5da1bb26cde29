// The version of this package.
import { readFileSync } from 'node:fs'

/** The version in package.json, which lies two folders up in the sources and three in the build. */
export function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (found.name === 'weft-evm') return String(found.version)
    } catch {
      // Not here: the other place has it.
    }
  }
  return 'unknown'
}
