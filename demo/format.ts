// Figures and names as people read them.

/** 1,234,567 */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

/** Three significant digits: 0.123, 1.23, 12.3, 123, 1,230. */
export function figure(number: number): string {
  if (!Number.isFinite(number)) return '–'
  if (number >= 100) return grouped(number)
  return number.toPrecision(3)
}

/** Milliseconds with a unit that fits. */
export function duration(ms: number): string {
  if (ms < 1) return `${figure(ms * 1000)} µs`
  return ms < 1000 ? `${figure(ms)} ms` : `${figure(ms / 1000)} s`
}

/** Gas per second. */
export function rate(gas: number, ms: number): string {
  const perSecond = gas / (ms / 1000)
  return perSecond >= 1e9 ? `${figure(perSecond / 1e9)} Ggas/s` : `${figure(perSecond / 1e6)} Mgas/s`
}

/** 0x1234…cdef */
export function short(hex: string): string {
  return hex.length <= 13 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`
}

/** The name of an object that transactions meet at, with its address and slot cut short. */
export function shortName(name: string): string {
  return name.replace(/0x[0-9a-f]{12,}/g, short)
}

/** wei as ether. */
export function ether(wei: bigint): string {
  if (wei === 0n) return '0'
  const digits = Number(wei) / 1e18
  return digits < 1e-6 ? `${wei} wei` : `${figure(digits)} ETH`
}
