// weft doctor: what it finds here, and what it says of a machine with a GPU.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { type Diagnosis, diagnosisLines } from '../../src/cli/doctor.ts'
import { cliFile, setUp } from '../setup/weft.ts'

function doctor(...args: string[]): { status: number | null; stdout: string } {
  setUp('dist')
  // Without a driver, so that it finds the same on every machine with Linux.
  const env = { ...process.env, VK_DRIVER_FILES: '/nonexistent.json', NO_COLOR: '1' }
  return spawnSync(process.execPath, [cliFile, 'doctor', ...args], { encoding: 'utf8', env })
}

it('prints what it finds', () => {
  const { status, stdout } = doctor()
  expect(status).toBe(0)
  expect(stdout).toMatch(/^weft {10}\d+\.\d+\.\d+ on Node v\d+/)
  expect(stdout).toMatch(/^wasm {10}weft\.simd\.wasm \(SIMD\)$/m)
  expect(stdout).toMatch(/^threads {7}up to \d+: /m)
  expect(stdout).toMatch(/^webgpu {8}\S/m)
  expect(stdout).toMatch(/^hashing {7}(wasm|auto): \S/m)
})

it('prints one JSON object', () => {
  const { status, stdout } = doctor('--json')
  const found = JSON.parse(stdout) as Diagnosis
  expect(status).toBe(0)
  expect(found.wasm).toEqual({ simd: true, sharedMemory: true, build: 'weft.simd.wasm' })
  expect(found.processor.cores).toBeGreaterThan(0)
  expect(found.webgpu.driverFiles).toBe('/nonexistent.json')
  expect(found.hash.reason).not.toBe('')
})

it('says what hashing costs where there is a GPU', () => {
  const limits = { maxBufferSize: 268_435_456 } as never
  const lines = diagnosisLines({
    weft: '1.0.0',
    node: 'v20.20.2',
    system: 'linux x64',
    processor: { model: 'A processor', cores: 8 },
    wasm: { simd: true, sharedMemory: true, build: 'weft.simd.wasm' },
    threads: { most: 8, reason: 'a reason' },
    webgpu: {
      adapter: {
        name: 'A GPU',
        vendor: 'maker',
        architecture: 'kind',
        device: '',
        description: 'A GPU',
        software: false,
        features: ['timestamp-query'],
        limits,
      },
    },
    hash: {
      backend: 'auto',
      reason: 'large batches go to the GPU',
      costs: {
        messages: { wasmNs: 200, gpuNs: 2, gpuMs: 0.25, crossover: 1500 },
        keys: { wasmNs: 200, gpuNs: 300, gpuMs: 0.25, crossover: Number.POSITIVE_INFINITY },
        chains: { wasmNs: 200, gpuNs: 2, gpuMs: 0.25, crossover: 1500 },
      },
    },
  })
  expect(lines).toContain('  adapter     maker, kind')
  expect(lines).toContain('  limit       maxBufferSize 268,435,456')
  expect(lines).toContain(
    '  messages    GPU from 1,500 permutations on: WASM 200 ns each, GPU 2 ns and 0.25 ms a batch',
  )
  expect(lines).toContain('  keys        never the GPU: WASM 200 ns each, GPU 300 ns and 0.25 ms a batch')
})
