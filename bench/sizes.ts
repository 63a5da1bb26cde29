// What a page downloads: the builds of the core, as they are and as a server sends them.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { BUILT } from './built.ts'

/** A build, in bytes. */
export interface BuildSize {
  file: string
  bytes: number
  gzipped: number
}

/** The sizes of all builds. */
export function buildSizes(): BuildSize[] {
  return ['weft.wasm', 'weft.simd.wasm', 'weft.threads.wasm'].map(file => {
    const bytes = readFileSync(`${BUILT}${file}`)
    return { file, bytes: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
  })
}
