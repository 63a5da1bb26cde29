// A GPU device: how it is asked for, what it is, and how its failures become a GpuError that names the cause.

import { findGpu } from '#platform'
import { GpuError } from '../errors.ts'

/** How an adapter is chosen. */
export interface AdapterOptions {
  /** Which of several GPUs; default: the browser's or driver's own choice. */
  powerPreference?: 'low-power' | 'high-performance'
}

/** What is known of an adapter. */
export interface AdapterFacts {
  /** In one line, for reports; software adapters are named as such. */
  name: string
  vendor: string
  architecture: string
  device: string
  description: string
  /** It computes on the processor's cores: correct, but no GPU. */
  software: boolean
  features: string[]
  limits: Record<(typeof LIMITS)[number], number>
}

/** Those that hashing has to do with. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'minStorageBufferOffsetAlignment',
] as const

/** A device that is there until it is lost or closed. */
export interface Device {
  readonly gpu: GPUDevice
  readonly adapter: AdapterFacts
  /** Why it is gone, once it is. */
  readonly lost: GpuError | undefined
  /** Resolves then. */
  readonly whenLost: Promise<GpuError>
  close(): void
}

/** The adapter that would be used, or undefined. Throws a GpuError where WebGPU itself fails. */
export async function findAdapter(options: AdapterOptions = {}): Promise<GPUAdapter | undefined> {
  try {
    const gpu = await findGpu()
    return (await gpu?.requestAdapter(options)) ?? undefined
  } catch (cause) {
    throw new GpuError('GPU_ABSENT', 'WebGPU could not be started', { cause })
  }
}

/** Opens a device. Throws a GpuError where there is no WebGPU, no adapter or no device. */
export async function openDevice(options: AdapterOptions = {}): Promise<Device> {
  const adapter = await findAdapter(options)
  if (!adapter) throw new GpuError('GPU_ABSENT', await absence())
  try {
    const optional: GPUFeatureName[] = ['timestamp-query']
    const gpu = await adapter.requestDevice({
      requiredFeatures: optional.filter(feature => adapter.features.has(feature)),
    })
    return watch(gpu, factsOf(adapter))
  } catch (cause) {
    throw new GpuError('GPU_ABSENT', `${nameOf(adapter.info)} gave no device`, { cause })
  }
}

/** Why there is no adapter. */
export async function absence(): Promise<string> {
  const gpu = await findGpu().catch(() => undefined)
  if (!gpu) return 'this runtime has no WebGPU; in Node the package "webgpu" brings it'
  return 'WebGPU found no adapter: there is no GPU, or no driver for it'
}

/** An adapter in plain values. */
export function factsOf(adapter: GPUAdapter): AdapterFacts {
  const { vendor, architecture, device, description } = adapter.info
  return {
    name: nameOf(adapter.info),
    ...{ vendor, architecture, device, description },
    software: isSoftware(adapter.info),
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(LIMITS.map(limit => [limit, adapter.limits[limit]])) as AdapterFacts['limits'],
  }
}

function nameOf(info: GPUAdapterInfo): string {
  const name =
    info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || 'an adapter'
  return isSoftware(info) ? `${name} (software, no GPU)` : name
}

function isSoftware({ isFallbackAdapter, architecture }: GPUAdapterInfo): boolean {
  return isFallbackAdapter === true || architecture === 'swiftshader'
}

function watch(gpu: GPUDevice, adapter: AdapterFacts): Device {
  let lost: GpuError | undefined
  const whenLost = gpu.lost.then(({ reason, message }) => {
    const cause = [reason === 'destroyed' ? 'it was destroyed' : '', message].filter(Boolean).join(': ')
    lost = new GpuError('GPU_LOST', `the device of ${adapter.name} was lost${cause && ` (${cause})`}`)
    return lost
  })
  return {
    gpu,
    adapter,
    get lost() {
      return lost
    },
    whenLost,
    close: () => gpu.destroy(),
  }
}

/** Milliseconds that a device has for saying that it is lost, after something failed. */
const GRACE_MS = 1000

/** What a failed wait on a device comes to: its loss, or that it refused something. */
export async function failureOf(device: Device, cause: unknown): Promise<GpuError> {
  if (cause instanceof GpuError) return cause
  const lost = await new Promise<GpuError | undefined>(resolve => {
    const timer = setTimeout(() => resolve(undefined), GRACE_MS)
    device.whenLost.then(error => {
      clearTimeout(timer)
      resolve(error)
    })
  })
  return lost ?? new GpuError('GPU_INVALID', `${device.adapter.name} failed`, { cause })
}

/** Runs `work` on a device. The promise rejects with a GpuError when the device refuses any of it. */
export async function guarded(device: Device, work: () => void): Promise<void> {
  const { gpu, adapter } = device
  gpu.pushErrorScope('out-of-memory')
  gpu.pushErrorScope('validation')
  work()
  const [invalid, memory] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()])
  if (invalid) throw new GpuError('GPU_INVALID', `${adapter.name} refused: ${invalid.message}`)
  if (memory) throw new GpuError('GPU_OUT_OF_MEMORY', `${adapter.name} ran out of memory`, { details: memory.message })
}
