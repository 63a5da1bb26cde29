// The shaders as the two compilers of browsers see them, which needs no driver: Tint (Chrome) through the null backend of Dawn, and
// naga (Firefox).
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NagaError, parseWgsl, validate } from 'naga-wasm'
import { describe, expect, it } from 'vitest'
import { create } from 'webgpu'
import { BINDINGS, compileKernels, type KernelFile, kernelSource } from '../../src/gpu/kernels.ts'

// When it is collected while its device lives, the process dies; and a constant that nothing uses any more is collected.
const gpu = create(['backend=null'])
Object.assign(globalThis, { keptGpu: gpu })
const device = await (await gpu.requestAdapter())!.requestDevice()
const files = Object.keys(BINDINGS) as KernelFile[]

async function tint(code: string): Promise<string[]> {
  device.pushErrorScope('validation')
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo()
  const error = await device.popErrorScope()
  return [...messages.map(({ lineNum, message }) => `${lineNum}: ${message}`), ...(error ? [error.message] : [])]
}

describe.each(files)('%s.wgsl', file => {
  it('is accepted by Tint without a word', async () => {
    expect(await tint(await kernelSource(file))).toEqual([])
  })

  it('is accepted by naga', async () => {
    const code = await kernelSource(file)
    expect(() => validate(parseWgsl(code))).not.toThrow()
  })
})

it('every shader is a kernel or the permutation', () => {
  const found = readdirSync(fileURLToPath(new URL('../../shaders', import.meta.url)))
  expect(found.sort()).toEqual([...files, 'permutation'].map(file => `${file}.wgsl`).sort())
})

it('both compilers find what is wrong in a shader', async () => {
  const broken = (await kernelSource('keys')).replace('permute(&state)', 'permute(state)')
  expect(await tint(broken)).not.toEqual([])
  expect(() => validate(parseWgsl(broken))).toThrow(NagaError)
})

it('the bindings of the pipelines fit the shaders', async () => {
  const lost = new Promise<never>(() => {})
  const facts = { name: 'null' } as never
  const kernels = await compileKernels({
    gpu: device,
    adapter: facts,
    lost: undefined,
    whenLost: lost,
    close: () => {},
  })
  expect(Object.keys(kernels).sort()).toEqual([...files].sort())
})
