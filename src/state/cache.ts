// A cache that forgets what was not asked for longest, bounded by the bytes that its values take.

/** Bytes that an entry takes beside its value: key, place in the table, numbers. Measured on Node 20: 250 for a slot. */
const ENTRY_BYTES = 256

/** Values by key, at most so many bytes of them. */
export class BoundedCache<T> {
  readonly #entries = new Map<string, { value: T; bytes: number }>()
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes that the entries take, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    // A Map keeps the order of insertion, so the first key is the one not asked for longest.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** `size`: bytes of the value beyond those of any entry. */
  set(key: string, value: T, size = 0): void {
    this.#remove(key)
    const bytes = ENTRY_BYTES + size
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) return
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}
