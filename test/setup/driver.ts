// Global set-up of the project `product` (vitest.config.ts): the processes of the tests inherit what they need to find a Vulkan
// driver. Where there is none, the tests that need one say why they are skipped (test/gpu/adapter.ts).
import { findDriver } from '../../scripts/driver.mjs'

/** Called by vitest once, before the first test. */
export default function driver(): void {
  const { env, reason } = findDriver()
  Object.assign(process.env, env, reason !== undefined && { WEFT_NO_DRIVER: reason })
}
