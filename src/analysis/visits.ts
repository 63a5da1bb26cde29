// How often one way through the code has been at its places. Ways divide often and share most of their past, so the past is kept in
// layers that both sides read, and copied only when there are many.

/** One place: visits, how many accesses had been noted at the last one, and whether the condition there was taken. */
export interface Visit {
  count: number
  noted: number
  jumped: boolean
}

const MAX_LAYERS = 12

/** Visits by place. */
export class Visits {
  #own = new Map<number, Visit>()
  #past: readonly Map<number, Visit>[]

  constructor(past: readonly Map<number, Visit>[] = []) {
    this.#past = past
  }

  get(place: number): Visit | undefined {
    const own = this.#own.get(place)
    if (own) return own
    for (let i = this.#past.length - 1; i >= 0; i--) {
      const visit = this.#past[i]!.get(place)
      if (visit) return visit
    }
    return undefined
  }

  set(place: number, visit: Visit): void {
    this.#own.set(place, visit)
  }

  /** A copy; both go on by themselves. */
  fork(): Visits {
    if (this.#own.size > 0) {
      this.#past = [...this.#past, this.#own]
      if (this.#past.length > MAX_LAYERS) this.#past = [new Map(this.#past.flatMap(layer => [...layer]))]
      this.#own = new Map()
    }
    return new Visits(this.#past)
  }
}
