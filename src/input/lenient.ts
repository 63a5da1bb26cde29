// Numbers as genesis files and the t8n protocol write them: 0x, decimal text or a JSON number. Turned into 0x quantities, which the
// readers of this folder check; whatever else is passed on as it is, so that their errors show what was found.

/** The value as a 0x quantity where it is a number. */
export function hexQuantity(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return `0x${value.toString(16)}`
  if (typeof value !== 'string' || !/^\d{1,80}$/.test(value)) return value
  return `0x${BigInt(value).toString(16)}`
}

/** A copy of an object with these fields turned into quantities; what is no object is passed on. */
export function withQuantities(json: unknown, names: readonly string[]): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const record: Record<string, unknown> = { ...json }
  for (const name of names) if (record[name] !== undefined) record[name] = hexQuantity(record[name])
  return record
}
