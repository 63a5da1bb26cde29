import { existsSync, readFileSync } from 'node:fs'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface RlpKernel {
  bytesSize(ptr: number, len: number): number
  encodeBytes(out: number, ptr: number, len: number): number
  numberSize(value: bigint): number
  encodeNumber(out: number, value: bigint): number
  wordSize(word: number): number
  encodeWord(out: number, word: number): number
  listHeaderSize(payload: number): number
  encodeListHeader(out: number, payload: number): number
  readHeader(ptr: number, end: number): number
  itemIsList(): number
  itemData(): number
  itemLength(): number
  itemEnd(): number
  itemIsInteger(): number
  isOneItem(ptr: number, end: number): number
}
type Kernel = RlpKernel & { memory: WebAssembly.Memory }
type Item = Uint8Array | Item[]

const folder = `${process.env.WEFT_DATA ?? './data'}/rlp-tests`
const present = existsSync(folder)
if (!present) console.warn(`rlp-tests skipped: ${folder} is missing`)

const BUFFER = 65_536
const INPUT = BUFFER + (1 << 18)

async function start(build: (typeof builds)[number]): Promise<Kernel> {
  const kernel = await loadKernel<RlpKernel>('hashing', build)
  kernel.memory.grow(16)
  return kernel
}

/** Encodes through the kernel at `out` and returns the end; every predicted size is checked on the way. */
function encode(kernel: Kernel, out: number, item: Item): number {
  const bytes = new Uint8Array(kernel.memory.buffer)
  if (item instanceof Uint8Array) {
    bytes.set(item, INPUT)
    const end = kernel.encodeBytes(out, INPUT, item.length)
    expect(end - out).toBe(kernel.bytesSize(INPUT, item.length))
    return end
  }
  const payload = item.reduce((end, child) => encode(kernel, end, child), out) - out
  const header = kernel.listHeaderSize(payload)
  bytes.copyWithin(out + header, out, out + payload)
  expect(kernel.encodeListHeader(out, payload)).toBe(out + header)
  return out + header + payload
}

/** Reads the item at `ptr`; undefined when the kernel refuses it. */
function decode(kernel: Kernel, ptr: number, end: number): Item | undefined {
  if (!kernel.readHeader(ptr, end)) return undefined
  const [data, itemEnd] = [kernel.itemData(), kernel.itemEnd()]
  if (itemEnd !== end) return undefined
  expect(kernel.itemLength()).toBe(itemEnd - data)
  if (!kernel.itemIsList()) return new Uint8Array(kernel.memory.buffer).slice(data, itemEnd)
  const children: Item[] = []
  for (let at = data; at < itemEnd; ) {
    if (!kernel.readHeader(at, itemEnd)) return undefined
    const next = kernel.itemEnd()
    const child = decode(kernel, at, next)
    if (child === undefined) return undefined
    children.push(child)
    at = next
  }
  return children
}

function load(kernel: Kernel, input: Uint8Array): number {
  new Uint8Array(kernel.memory.buffer).set(input, BUFFER)
  return BUFFER + input.length
}
/** Compared as text: vitest's deep equality takes milliseconds on long byte arrays. */
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const shown = (item: Item | undefined): string =>
  item === undefined ? '?' : item instanceof Uint8Array ? hex(item) : `[${item.map(shown).join()}]`
const fromHex = (text: string) => new Uint8Array(Buffer.from(text.replace(/^0x/, ''), 'hex'))

const leaf = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ minLength: 50, maxLength: 60 }),
  fc.uint8Array({ minLength: 250, maxLength: 300 }),
)
const nested = fc.letrec<{ item: Item }>(tie => ({
  item: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, fc.array(tie('item'), { maxLength: 8 })),
})).item

describe.each(builds)('rlp (%s)', build => {
  it('encodes and decodes random values as @ethereumjs/rlp does', async () => {
    const kernel = await start(build)
    const agrees = (item: Item) => {
      const expected = RLP.encode(item)
      const end = encode(kernel, BUFFER, item)
      expect(hex(new Uint8Array(kernel.memory.buffer).subarray(BUFFER, end))).toBe(hex(expected))
      expect(shown(decode(kernel, BUFFER, end))).toBe(shown(item))
      expect(kernel.isOneItem(BUFFER, end)).toBe(1)
    }
    fc.assert(fc.property(nested, agrees), { numRuns: 300 })
    for (const length of [55, 56, 255, 256, 65_535, 65_536, 70_000]) {
      agrees(new Uint8Array(length).fill(0x7f))
      agrees([new Uint8Array(length).fill(0x80), []])
    }
    for (let byte = 0; byte < 256; byte++) agrees(Uint8Array.of(byte))
  })

  it('encodes numbers and words without leading zeros', async () => {
    const kernel = await start(build)
    const words = new BigUint64Array(kernel.memory.buffer, INPUT, 4)
    const agrees = (value: bigint) => {
      const expected = RLP.encode(value)
      for (let limb = 0; limb < 4; limb++) words[limb] = value >> BigInt(limb * 64)
      const end = kernel.encodeWord(BUFFER, INPUT)
      expect(hex(new Uint8Array(kernel.memory.buffer).subarray(BUFFER, end))).toBe(hex(expected))
      expect(kernel.wordSize(INPUT)).toBe(expected.length)
      expect(kernel.readHeader(BUFFER, end) && kernel.itemIsInteger()).toBe(1)
      if (value >= 1n << 64n) return
      const numberEnd = kernel.encodeNumber(BUFFER, value)
      expect(hex(new Uint8Array(kernel.memory.buffer).subarray(BUFFER, numberEnd))).toBe(hex(expected))
      expect(kernel.numberSize(value)).toBe(expected.length)
    }
    for (let bits = 0n; bits < 256n; bits++) for (const delta of [-1n, 0n, 1n]) agrees((1n << bits) + delta)
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), agrees), { numRuns: 500 })
  })

  it('knows an integer from a string with a leading zero and from a list', async () => {
    const kernel = await start(build)
    for (const [text, integer] of [
      ['80', 1],
      ['01', 1],
      ['00', 0],
      ['820100', 1],
      ['820001', 0],
      ['c0', 0],
    ] as const) {
      expect(kernel.readHeader(BUFFER, load(kernel, fromHex(text)))).toBe(1)
      expect(kernel.itemIsInteger(), text).toBe(integer)
    }
  })

  it('accepts exactly one encoding of every value: whatever it reads, it writes again', async () => {
    const kernel = await start(build)
    const canonical = (input: Uint8Array) => {
      const end = load(kernel, input)
      const item = decode(kernel, BUFFER, end)
      expect(kernel.isOneItem(BUFFER, end)).toBe(item === undefined ? 0 : 1)
      if (item !== undefined) expect(hex(RLP.encode(item))).toBe(hex(input))
    }
    const header = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0x81,
      0x82,
      0xb7,
      0xb8,
      0xb9,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xf7,
      0xf8,
      0xf9,
      0xff,
    )
    const random = fc.array(fc.oneof(header, fc.integer({ min: 0, max: 255 })), { maxLength: 80 })
    fc.assert(
      fc.property(random, input => canonical(Uint8Array.from(input))),
      { numRuns: 2_000 },
    )
    // One byte changed, removed or added in a valid encoding.
    const damaged = fc.tuple(nested, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2))
    const damage = ([item, place, byte, kind]: [Item, number, number, number]) => {
      const bytes = [...RLP.encode(item)]
      bytes.splice(place % bytes.length, kind === 2 ? 0 : 1, ...(kind === 1 ? [] : [byte]))
      canonical(Uint8Array.from(bytes))
    }
    fc.assert(fc.property(damaged, damage), { numRuns: 800 })
  })

  it('refuses lengths that wrap around the memory', async () => {
    const kernel = await start(build)
    for (const text of [
      'bbffffffff',
      'fbffffffff',
      'bbfffffff0',
      'bfffffffffffffffff',
      'bf0000000100000038',
      'ff0000000100000038',
    ]) {
      const end = load(kernel, fromHex(`${text}${'00'.repeat(60)}`))
      expect(kernel.readHeader(BUFFER, end), text).toBe(0)
    }
    expect(kernel.readHeader(BUFFER, BUFFER)).toBe(0)
  })

  it.runIf(present)('agrees with the official tests', async () => {
    const kernel = await start(build)
    type Value = string | number | Value[]
    const valid = JSON.parse(readFileSync(`${folder}/rlptest.json`, 'utf8')) as Record<
      string,
      { in: Value; out: string }
    >
    const toItem = (value: Value): Item => {
      if (Array.isArray(value)) return value.map(toItem)
      if (typeof value === 'string' && !value.startsWith('#')) return new TextEncoder().encode(value)
      const digits = BigInt(String(value).replace('#', '')).toString(16)
      return digits === '0' ? new Uint8Array() : fromHex(digits.length % 2 ? `0${digits}` : digits)
    }
    for (const [name, test] of Object.entries(valid)) {
      const item = toItem(test.in)
      const end = encode(kernel, BUFFER, item)
      expect(hex(new Uint8Array(kernel.memory.buffer).subarray(BUFFER, end)), name).toBe(hex(fromHex(test.out)))
      expect(shown(decode(kernel, BUFFER, end)), name).toBe(shown(item))
    }
    const example = JSON.parse(readFileSync(`${folder}/RandomRLPTests/example.json`, 'utf8')) as Record<
      string,
      { out: string }
    >
    const invalid = JSON.parse(readFileSync(`${folder}/invalidRLPTest.json`, 'utf8')) as Record<string, { out: string }>
    const accepted = Object.entries(invalid).filter(([, { out }]) =>
      kernel.isOneItem(BUFFER, load(kernel, fromHex(out))),
    )
    expect(accepted.map(([name]) => name)).toEqual([])
    for (const { out } of Object.values(example)) {
      expect(kernel.isOneItem(BUFFER, load(kernel, fromHex(out)))).toBe(1)
    }
    expect(Object.keys(valid).length + Object.keys(invalid).length).toBe(54)
  })
})
