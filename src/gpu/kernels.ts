// The compute pipelines, made from shaders/*.wgsl. The files lie beside the compiled package (dist/shaders) as they lie beside the
// sources, and are found like the WASM files, by a URL literal that bundlers understand: so Node, browsers and tests read the
// same files, and nothing is generated.

import { readAsset } from '#platform'
import { LoadError } from '../errors.ts'
import { type Device, guarded } from './device.ts'

/** The files of shaders/ that are kernels. */
export type KernelFile = 'messages' | 'place' | 'keys' | 'chains'

const FILES: Record<KernelFile | 'permutation', URL> = {
  permutation: new URL('../../shaders/permutation.wgsl', import.meta.url),
  messages: new URL('../../shaders/messages.wgsl', import.meta.url),
  place: new URL('../../shaders/place.wgsl', import.meta.url),
  keys: new URL('../../shaders/keys.wgsl', import.meta.url),
  chains: new URL('../../shaders/chains.wgsl', import.meta.url),
}

/** Storage buffers of each kernel, in the order of bindings; the range follows as a uniform. */
export const BINDINGS: Record<KernelFile, readonly ('read' | 'write')[]> = {
  messages: ['read', 'read', 'write'],
  place: ['write', 'read', 'read'],
  keys: ['read', 'write'],
  chains: ['read', 'write'],
}

/** Invocations of a workgroup, in every kernel. */
export const WORKGROUP = 64

/** Bytes from one range to the next: the least alignment of dynamic offsets that every device has. */
export const RANGE_STRIDE = 256

/** A kernel ready to be dispatched. */
export interface Pipeline {
  layout: GPUBindGroupLayout
  pipeline: GPUComputePipeline
}

/** The WGSL of a kernel: its file, behind the permutation where it hashes. */
export async function kernelSource(file: KernelFile): Promise<string> {
  const texts = await Promise.all(file === 'place' ? [readText(file)] : [readText('permutation'), readText(file)])
  return texts.join('\n')
}

async function readText(file: keyof typeof FILES): Promise<string> {
  try {
    const data = await readAsset(FILES[file])
    return data instanceof Response ? await data.text() : new TextDecoder().decode(data)
  } catch (cause) {
    throw new LoadError(`the shader ${file}.wgsl could not be loaded`, { cause })
  }
}

/** Compiles all kernels. Rejects with a GpuError when the device refuses one. */
export async function compileKernels(device: Device): Promise<Record<KernelFile, Pipeline>> {
  const files = Object.keys(BINDINGS) as KernelFile[]
  const made = await Promise.all(files.map(async file => [file, await compile(device, file)] as const))
  return Object.fromEntries(made) as Record<KernelFile, Pipeline>
}

async function compile(device: Device, file: KernelFile): Promise<Pipeline> {
  const code = await kernelSource(file)
  const { gpu } = device
  let made: Pipeline | undefined
  await guarded(device, () => {
    const layout = gpu.createBindGroupLayout({ label: file, entries: layoutOf(file) })
    const pipeline = gpu.createComputePipeline({
      label: file,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: gpu.createShaderModule({ label: file, code }) },
    })
    made = { layout, pipeline }
  })
  return made!
}

function layoutOf(file: KernelFile): GPUBindGroupLayoutEntry[] {
  const visibility = 4 // GPUShaderStage.COMPUTE, which Node has no global for
  const storage = BINDINGS[file].map((access, binding): GPUBindGroupLayoutEntry => {
    return { binding, visibility, buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' } }
  })
  const range: GPUBufferBindingLayout = { type: 'uniform', hasDynamicOffset: true, minBindingSize: 16 }
  return [...storage, { binding: storage.length, visibility, buffer: range }]
}
