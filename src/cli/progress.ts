// One line on a terminal that says how far a long run is; nothing where stderr is no terminal, nothing in the first
// second, and at most ten times a second.

const FIRST_AFTER_MS = 1000
const EVERY_MS = 100

/** A progress line. */
export interface Progress {
  /** Shows the text, if it is time for it. */
  show(text: string): void
  /** Takes the line away, before anything else is written and at the end. */
  clear(): void
}

/** A progress line on `stream`, stderr by default. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let next = performance.now() + FIRST_AFTER_MS
  let shown = false
  return {
    show(text) {
      if (!stream.isTTY || performance.now() < next) return
      next = performance.now() + EVERY_MS
      shown = true
      stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`)
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K')
      shown = false
    },
  }
}
