// JSON from outside, plain or gzipped, with limits on size and depth. Prototype keys are refused, so that no later code
// that copies fields can be made to write to Object.prototype. Parsing works in browsers too; the Node side (files,
// zlib) is input/file.node.ts.
import { describe, InputError } from '../errors.ts'
import { atMost, MAX_FILE_BYTES, MAX_JSON_BYTES, MAX_JSON_DEPTH } from '../limits.ts'

const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** True for bytes that begin like a gzip file (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Throws the error for a document that is larger than a limit. */
export function refuseSize(file: string, what: string, limit: number, limitName: string, found: string): never {
  const expected = `${what} of ${atMost(Math.floor(limit / 1024 / 1024), 'MiB', limitName)}`
  throw new InputError({ file, expected, found })
}

/** Turns what a gunzip threw into one clear error. */
export function refuseGzip(file: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message.replace(/[^ -~]/g, '?').slice(0, 100) : 'unknown reason'
  throw new InputError({ file, expected: 'a complete gzip file', found: `a truncated or damaged one (${reason})` })
}

/** Reads a JSON document: gunzips it where it begins like gzip (by DecompressionStream), then as `parseJson`. */
export async function decodeJson(bytes: Uint8Array, file: string): Promise<unknown> {
  if (bytes.length > MAX_FILE_BYTES) {
    refuseSize(file, 'a file', MAX_FILE_BYTES, 'MAX_FILE_BYTES', `${bytes.length} bytes`)
  }
  return parseJson(isGzip(bytes) ? await inflate(bytes, file) : bytes, file)
}

async function inflate(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'))
    const reader = stream.getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value)
      length += part.value.length
      if (length > MAX_JSON_BYTES) {
        await reader.cancel()
        break
      }
    }
  } catch (error) {
    refuseGzip(file, error)
  }
  if (length > MAX_JSON_BYTES) refuseSize(file, 'gunzipped JSON', MAX_JSON_BYTES, 'MAX_JSON_BYTES', 'more')
  return joined(parts, length)
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Parses UTF-8 JSON within the limits of limits.ts. */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  if (bytes.length > MAX_JSON_BYTES) {
    refuseSize(file, 'JSON', MAX_JSON_BYTES, 'MAX_JSON_BYTES', `${bytes.length} bytes`)
  }
  if (bytes.length === 0) throw new InputError({ file, expected: 'JSON', found: 'an empty file' })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError({ file, expected: 'JSON', found: 'bytes that are no UTF-8 text' })
  }
  checkDepth(text, file)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/[^ -~]/g, '?').slice(0, 100) : ''
    throw new InputError({ file, expected: 'JSON', found: `text that is none (${reason})` })
  }
  checkKeys(value, file)
  return value
}

// Before JSON.parse, because the depth decides how much memory JSON.parse takes. Strings, which are most of any file
// here, are skipped by indexOf: the 40 MB of all contract codes take 10 ms.
function checkDepth(text: string, file: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === 0x22) i = endOfString(text, i)
    else if (char === 0x7b || char === 0x5b) depth++
    else if (char === 0x7d || char === 0x5d) depth--
    if (depth > MAX_JSON_DEPTH) {
      const expected = `nesting of ${atMost(MAX_JSON_DEPTH, 'levels', 'MAX_JSON_DEPTH')}`
      throw new InputError({ file, expected, found: 'deeper nesting' })
    }
  }
}

/** Index of the quote that ends the string that begins at `start`; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function checkKeys(root: unknown, file: string): void {
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null) continue
    const isArray = Array.isArray(value)
    if (!isArray) {
      for (const key of Object.keys(value)) {
        if (!REFUSED_KEYS.has(key)) continue
        throw new InputError({ file, expected: 'no key of that name', found: describe(key) })
      }
    }
    for (const item of isArray ? value : Object.values(value)) if (typeof item === 'object') pending.push(item)
  }
}
