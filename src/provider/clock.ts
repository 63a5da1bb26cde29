// Blocks by a clock.

/** Does something every so many seconds. Keeps no process alive. */
export class Clock {
  readonly #tick: () => Promise<unknown>
  #timer: ReturnType<typeof setInterval> | undefined
  #isBusy = false
  /** From one time to the next; undefined: never. */
  seconds: number | undefined

  constructor(tick: () => Promise<unknown>) {
    this.#tick = tick
  }

  /** From now on every so many seconds; 0 or undefined: no longer. */
  every(seconds: number | undefined): void {
    clearInterval(this.#timer)
    this.seconds = seconds || undefined
    this.#timer = this.seconds ? setInterval(() => void this.#turn(), this.seconds * 1000) : undefined
    // In browsers a timer is a number.
    const timer = this.#timer as { unref?: () => void } | undefined
    timer?.unref?.()
  }

  /** A turn that comes before the last one has ended is left out. Nobody hears of one that fails: the next tries again. */
  async #turn(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    await this.#tick().catch(() => {})
    this.#isBusy = false
  }
}
