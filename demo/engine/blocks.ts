// From what the visitor chose to a block with its state and the header that it has to give.

import {
  type Block,
  type BlockFile,
  codeLookup,
  decodeJson,
  type ExpectedHeader,
  InputError,
  MemorySource,
  readBlockFile,
  type Source,
  witnessSource,
} from '../../src/index.ts'
import { SAMPLES } from '../samples/samples.ts'
import type { BlockChoice } from './protocol.ts'

/** A block that can be run. */
export interface Loaded {
  title: string
  block: Block
  source: Source
  expected: ExpectedHeader
}

/** The repository's sample block, which `npm start` runs. */
const SAMPLE_URL = new URL('../../bench/blocks/sample.json.gz', import.meta.url)

/** Loads the block. Throws an Error with a sentence for the visitor. */
export async function loadBlock(choice: BlockChoice, signal: AbortSignal): Promise<Loaded> {
  if (choice.kind === 'files') return loadFiles(choice.files)
  if (choice.kind === 'rpc') {
    const { loadRemote } = await import('./remote.ts')
    return loadRemote(choice, signal)
  }
  const { title } = SAMPLES[choice.name]
  if (choice.name !== 'sample') {
    const { makeSample } = await import('../samples/make.ts')
    const { block, state, expected } = makeSample(choice.name)
    return { title, block, source: new MemorySource(state), expected }
  }
  const response = await fetch(SAMPLE_URL, { signal })
  if (!response.ok) throw new Error(`the sample block could not be loaded (status ${response.status})`)
  const json = await decodeJson(new Uint8Array(await response.arrayBuffer()), 'sample.json.gz')
  return runnable(readBlockFile(json, { file: 'sample.json.gz' }), title)
}

/** A block file with its state, ready to run. */
export async function runnable(file: BlockFile, title: string): Promise<Loaded> {
  const { block, state, expected, witness } = file
  const source = witness ? await witnessSource(witness, block.env) : new MemorySource(state)
  return { title, block, source, expected }
}

/** One of the files may be the codes of the other (codes.json, codes.json.gz). */
async function loadFiles(files: readonly File[]): Promise<Loaded> {
  const isCodes = ({ name }: File): boolean => /^codes\.json(\.gz)?$/.test(name)
  const [codes, blocks] = [files.find(isCodes), files.filter(file => !isCodes(file))]
  const [file] = blocks
  if (!file || blocks.length > 1) {
    const expected = 'one block file, and codes.json.gz beside it where the file has no codes'
    throw new InputError({ field: 'files', expected, found: files.map(({ name }) => name).join(', ') })
  }
  const json = await readFile(file)
  const others = codes && codeLookup(await readFile(codes), codes.name)
  return runnable(readBlockFile(json, { file: file.name, otherCodes: () => others }), file.name)
}

/** Limits on size and depth are those of the package. */
async function readFile(file: File): Promise<unknown> {
  return decodeJson(new Uint8Array(await file.arrayBuffer()), file.name)
}
