// weft replay with an execution witness, by the built program: beside the block file and in it, what the table and the JSON say, and
// what is said of a witness that does not serve. The block is the sample block, sealed anew over a made-up parent.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_PATH } from '../../bench/blocks/sample.ts'
import { createWeft, type Hex, MemorySource, type Witness, witnessSource } from '../../src/index.ts'
import { blockFileReader, readJsonFile } from '../../src/input/file.node.ts'
import { cliFile, wasmBytes } from '../setup/weft.ts'
import { coreModule, hashOf, provedBlock, witnessJson } from '../setup/witness.ts'

const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }

let folder: string
/** The block without any state. */
let block: Record<string, unknown> & { block: Record<string, unknown> }
let needed: Witness
let whole: Witness

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-witness-'))
  const sample = blockFileReader()(SAMPLE_PATH)
  const made = provedBlock(sample.block, sample.state)
  const weft = await createWeft({ wasm: wasmBytes('simd') })
  const { stateRoot } = await weft.replayBlock(made.block, {
    source: new MemorySource({ ...made.state, complete: true }),
  })
  const { number, hardfork, block: header } = readJsonFile(SAMPLE_PATH) as typeof block
  block = { number, hardfork, block: { ...header, hash: undefined, parentHash: made.block.env.parentHash, stateRoot } }
  const source = await witnessSource(made.witness, made.block.env, { wasm: coreModule('simd') })
  await weft.replayBlock(made.block, { source })
  whole = { ...made.witness, headers: made.witness.headers.slice(0, 1) }
  needed = { ...source.needed(), headers: whole.headers }
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, content: object | Uint8Array): string {
  writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content))
  return join(folder, name)
}

function weft(...args: string[]): { code: number | null; out: string; err: string } {
  const options = { encoding: 'utf8', env, timeout: 600_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args, '--threads', '1'], options)
  return { code: status, out: stdout, err: stderr }
}

describe('a block with its witness', () => {
  it.each(['beside it', 'in it', 'as a node answers, compressed'])('verifies: %s', how => {
    const json = witnessJson(needed)
    const beside =
      how === 'beside it'
        ? write('w.json', json)
        : write('w.json.gz', gzipSync(JSON.stringify({ id: 1, result: json })))
    const args =
      how === 'in it'
        ? [write('both.json', { ...block, witness: json })]
        : [write('block.json', block), '--witness', beside]
    const { code, out, err } = weft('replay', ...args, '--json')
    expect([code, err]).toEqual([0, ''])
    const line = JSON.parse(out)
    expect(line).toMatchObject({ ok: true, checks: { stateRoot: true, receiptsRoot: true } })
    const { state, codes } = needed
    expect(line.witness).toMatchObject({
      proved: true,
      nodes: state.length,
      codes: codes.length,
      headers: 1,
      surplus: 0,
    })
    expect(line.witness.hash).toMatchObject({ backend: 'wasm' })
  })

  it('says in the table that the state was proved', () => {
    const { code, out } = weft('replay', write('both.json', { ...block, witness: witnessJson(whole) }), SAMPLE_PATH)
    expect(code).toBe(0)
    const [titles, , proved, given] = out.split('\n')
    expect(titles).toMatch(/receipts root {2}pre-state {2}state root {2}result$/)
    expect(proved).toMatch(/ ok +proved +ok +ok$/)
    expect(given).toMatch(/ ok +given +ok +ok$/)
    expect(weft('replay', SAMPLE_PATH).out).not.toContain('pre-state')
  })

  it('counts what was not needed', () => {
    const { code, out } = weft('replay', write('both.json', { ...block, witness: witnessJson(whole) }), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out).witness).toMatchObject({
      nodes: whole.state.length,
      surplus: whole.state.length - needed.state.length,
    })
  })

  it('does not verify where the header has another state root: exit code 1', () => {
    const stateRoot: Hex = `0x${'12'.repeat(32)}`
    const wrong = write('wrong.json', { ...block, block: { ...block.block, stateRoot }, witness: witnessJson(needed) })
    const { code, out, err } = weft('replay', wrong, '--json')
    expect(code).toBe(1)
    expect(err).toContain(`"stateRoot" expected ${stateRoot} by the header, got ${block.block.stateRoot}`)
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: { stateRoot: false }, witness: { proved: true } })
  })
})

describe('a witness that does not serve: exit code 2', () => {
  const replay = (witness: unknown): { code: number | null; err: string } =>
    weft('replay', write('block.json', block), '--witness', write('w.json', witness as object), '--json')

  it('a node is missing, one that a read needs or one that the root needs', () => {
    const messages = [0, needed.state.length >> 1, needed.state.length - 1].map(i => {
      const missing = needed.state[i]!
      const { code, err } = replay(witnessJson({ ...needed, state: needed.state.filter(node => node !== missing) }))
      expect(code).toBe(2)
      expect(err).toContain(`block.json: the witness does not have node ${hashOf(missing)}, `)
      return err
    })
    expect(
      messages.every(message => /for (account 0x[\da-f]{40}|slot 0x[\da-f]+ of 0x[\da-f]{40})\n$/.test(message)),
    ).toBe(true)
  })

  it('a node is wrong', () => {
    const state = needed.state.map(node => node.slice())
    const wrong = state.find(node => node.length === 532)!
    const hash = hashOf(wrong)
    wrong[500]! ^= 1
    expect(replay(witnessJson({ ...needed, state })).err).toContain(`the witness does not have node ${hash}`)
    expect(replay({ ...witnessJson(needed), state: ['0xc0'] }).err).toContain(
      'w.json: "state[0]" expected a node of a state or storage trie in canonical RLP, got 1 other bytes',
    )
  })

  it.each([
    [
      'of another block',
      () => ({ ...witnessJson(needed), headers: [] }),
      '"headers" expected the header of the parent',
    ],
    ['without codes', () => ({ ...witnessJson(needed), codes: [] }), 'the source does not have code 0x'],
    ['of another form', () => ({ accounts: {} }), '"state" expected an array, got nothing'],
    ['that is no object', () => [], 'expected an execution witness (an object with "state", "codes" and "headers")'],
  ])('%s', (_, witness, sentence) => {
    const { code, err } = replay(witness())
    expect([code, err.split('\n').length]).toEqual([2, 2])
    expect(err).toContain(sentence)
  })

  it('no file, two blocks, and a block without any state', () => {
    const file = write('block.json', block)
    expect(weft('replay', file, '--witness', join(folder, 'none.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('none.json: expected a readable file, got no such file'),
    })
    const two = weft('replay', file, file, '--witness', write('w.json', witnessJson(needed)))
    expect(two).toMatchObject({ code: 2, err: expect.stringContaining('"--witness" goes with one block file') })
    expect(weft('replay', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('"preState" expected an object, got nothing'),
    })
  })
})
