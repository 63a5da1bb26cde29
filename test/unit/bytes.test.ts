import { describe, expect, it } from 'vitest'
import { builds, loadKernel } from '../kernel/load.ts'

interface BytesKernel {
  copyBytes(to: number, from: number, n: number): void
  clearBytes(at: number, n: number): void
}

/** Behind the constant data of the kernel. */
const AT = 65_536
const SIZE = 512

describe.each(builds)('short copies (%s)', async build => {
  const kernel = await loadKernel<BytesKernel>('words', build)
  kernel.memory.grow(2)
  const bytes = new Uint8Array(kernel.memory.buffer, AT, SIZE)
  const fill = (): Uint8Array => Uint8Array.from(bytes, (_, i) => (i * 37 + 11) & 255)

  it('are those of copyWithin for every length, near and far, forwards and backwards', () => {
    for (let n = 0; n <= 100; n++) {
      for (const shift of [-200, -65, -17, -3, -2, -1, 0, 1, 2, 3, 5, 15, 16, 31, 33, 63, 64, 100, 200]) {
        const before = fill()
        bytes.set(before)
        kernel.copyBytes(AT + 200 + shift, AT + 200, n)
        expect(bytes, `${n} bytes by ${shift}`).toEqual(before.copyWithin(200 + shift, 200, 200 + n))
      }
    }
  })

  it('clear as many bytes as they are told', () => {
    for (let n = 0; n <= 100; n++) {
      const before = fill()
      bytes.set(before)
      kernel.clearBytes(AT + 7, n)
      expect(bytes, `${n} bytes`).toEqual(before.fill(0, 7, 7 + n))
    }
  })
})
