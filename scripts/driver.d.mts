/** Variables that make WebGPU find a driver and the driver's name, or why there is none. */
export function findDriver(options?: { install?: boolean }): {
  env?: Record<string, string>
  name?: string
  reason?: string
}
/** The adapter that WebGPU finds with these variables, or undefined. */
export function probeAdapter(env?: Record<string, string>): string | undefined
