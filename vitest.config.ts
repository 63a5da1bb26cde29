// One configuration, three projects. `unit` needs no build: kernels compile on demand (test/kernel/load.ts). `spec` runs
// the official vectors, compares parallel with sequential execution and may take minutes. `product` is every other folder of
// test/ and sees the built package; a new folder therefore runs without being listed here.
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const seconds = 1000
/** Beside the official vectors the long run takes what needs many devices, bytes or blocks, and vectors through the VM of EthereumJS. */
const long =
  process.env.WEFT_SPEC === 'full'
    ? [
        'test/gpu/lifetime.test.ts',
        'test/gpu/webgpu.test.ts',
        'test/ethereumjs/{mainnet,state-tests}.test.ts',
        'test/rpc/mainnet.test.ts',
      ]
    : []

export default defineConfig({
  // package.json maps #platform and #port to dist/ for users of the package; tests run the TypeScript sources.
  resolve: {
    alias: { '#platform': path('src/core/platform.node.ts'), '#port': path('src/core/port.node.ts') },
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // The second reporter enforces the skip policy and ends the output with one plain line of figures.
    reporters: ['default', path('test/setup/skips.ts')],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 120 * seconds,
          hookTimeout: 120 * seconds,
        },
      },
      {
        extends: true,
        test: {
          name: 'spec',
          include: ['test/spec/**/*.test.ts', 'test/parallel/**/*.test.ts', ...long],
          globalSetup: [path('test/setup/build.ts'), path('test/setup/driver.ts')],
          testTimeout: 900 * seconds,
          hookTimeout: 300 * seconds,
        },
      },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/unit/**', 'test/spec/**', 'test/parallel/**'],
          globalSetup: [path('test/setup/build.ts'), path('test/setup/driver.ts')],
          testTimeout: 120 * seconds,
          hookTimeout: 120 * seconds,
        },
      },
    ],
  },
})
