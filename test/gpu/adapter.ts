// Suites that need a GPU, or a driver that computes on the processor: skipped with the reason where there is none.
import { describe, it } from 'vitest'
import { findAdapter } from '../../src/gpu/device.ts'

/** `npm run test:spec -- test/gpu`: many more devices and bytes. */
export const isFull: boolean = process.env.WEFT_SPEC === 'full'

/** Why there is no adapter here, or undefined where there is one. */
export const missingAdapter: string | undefined = (await findAdapter())
  ? undefined
  : `no WebGPU adapter: ${process.env.WEFT_NO_DRIVER ?? 'WebGPU found none'}`

/** A suite that is skipped where there is no adapter. */
export function describeOnGpu(name: string, define: () => void): void {
  describe(name, () => {
    if (missingAdapter !== undefined) it('needs an adapter', context => context.skip(missingAdapter))
    else define()
  })
}
