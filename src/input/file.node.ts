// Files for the readers of this folder. The only module here that needs Node: the command line, tests and benchmarks
// import it, src/index.ts never does, so that the rest of the folder works in browsers.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { InputError } from '../errors.ts'
import { MAX_FILE_BYTES, MAX_JSON_BYTES } from '../limits.ts'
import type { CodeLookup } from '../types.ts'
import { type BlockFile, codeLookup, readBlockFile } from './block-file.ts'
import { type ExpectedReceipt, readExpectedReceipts } from './expected.ts'
import { isGzip, parseJson, refuseGzip, refuseSize } from './json.ts'

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'a file that may not be read',
  EISDIR: 'a folder',
}

/** The bytes of a file, or an InputError that names it. Pipes are read too; both end at MAX_FILE_BYTES. */
export function readFileBytes(file: string): Uint8Array {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    return readAll(handle, file)
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new InputError({ file, expected: 'a readable file', found: REASONS[code] ?? code, cause: error })
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

function readAll(handle: number, file: string): Uint8Array {
  const size = fstatSync(handle).size
  if (size > MAX_FILE_BYTES) refuseSize(file, 'a file', MAX_FILE_BYTES, 'MAX_FILE_BYTES', `${size} bytes`)
  let bytes = Buffer.allocUnsafe(Math.max(size + 1, 65536))
  let length = 0
  for (;;) {
    const count = readSync(handle, bytes, length, bytes.length - length, null)
    if (count === 0) return bytes.subarray(0, length)
    length += count
    if (length > MAX_FILE_BYTES) refuseSize(file, 'a file', MAX_FILE_BYTES, 'MAX_FILE_BYTES', 'more')
    if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(length)])
  }
}

/** Reads a `.json` or `.json.gz` file; gzip is told by its first bytes, not by the name. */
export function readJsonFile(file: string): unknown {
  const bytes = readFileBytes(file)
  return parseJson(isGzip(bytes) ? gunzip(bytes, file) : bytes, file)
}

function gunzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_JSON_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return refuseSize(file, 'gunzipped JSON', MAX_JSON_BYTES, 'MAX_JSON_BYTES', 'more')
    }
    return refuseGzip(file, error)
  }
}

/** A function that reads block files and keeps the codes of each folder, which many blocks share. `isProved`: see BlockFileOptions. */
export function blockFileReader(isProved = false): (file: string) => BlockFile {
  const codesOf = new Map<string, CodeLookup | undefined>()
  const otherCodes = (folder: string): CodeLookup | undefined => {
    if (!codesOf.has(folder)) codesOf.set(folder, readCodesBeside(folder))
    return codesOf.get(folder)
  }
  return file => readBlockFile(readJsonFile(file), { file, isProved, otherCodes: () => otherCodes(dirname(file)) })
}

function readCodesBeside(folder: string): CodeLookup | undefined {
  const file = firstOf(join(folder, 'codes.json.gz'), join(folder, 'codes.json'))
  return file === undefined ? undefined : codeLookup(readJsonFile(file), file)
}

/** The expected receipts of block `number`, where `expected/<number>.json(.gz)` stands beside its file. */
export function readExpectedBeside(file: string, number: bigint): ExpectedReceipt[] | undefined {
  const beside = join(dirname(file), 'expected', `${number}.json`)
  const found = firstOf(`${beside}.gz`, beside)
  return found === undefined ? undefined : readExpectedReceipts(readJsonFile(found), found)
}

function firstOf(...files: string[]): string | undefined {
  return files.find(file => existsSync(file))
}
