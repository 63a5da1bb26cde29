// A binary heap of transaction indices, the first by a given order on top. simulate.ts keeps ready transactions in it,
// colouring.ts the next one to colour; there the order of an item changes while it lies in the heap, so each item
// knows its place. The order has to be total, which makes every result of this folder repeatable.

/** Says whether `left` leaves the heap before `right`. */
export type Before = (left: number, right: number) => boolean

/** A heap over the items 0…capacity-1, each in it at most once. */
export class IndexHeap {
  size = 0
  readonly #items: Uint32Array
  readonly #places: Int32Array
  readonly #before: Before

  constructor(capacity: number, before: Before) {
    this.#items = new Uint32Array(capacity)
    this.#places = new Int32Array(capacity).fill(-1)
    this.#before = before
  }

  /** Puts an item in. */
  push(item: number): void {
    this.#items[this.size] = item
    this.#places[item] = this.size
    this.#rise(this.size++)
  }

  /** The item on top, which stays. Not for an empty heap. */
  top(): number {
    return this.#items[0]!
  }

  /** Takes the item on top out. Not for an empty heap. */
  pop(): number {
    const top = this.#items[0]!
    const last = this.#items[--this.size]!
    this.#places[top] = -1
    if (this.size > 0) {
      this.#items[0] = last
      this.#places[last] = 0
      this.#sink(0)
    }
    return top
  }

  /** To be called when an item may now leave earlier than before. Nothing happens to an item that is not in the heap. */
  hasRisen(item: number): void {
    const place = this.#places[item]!
    if (place >= 0) this.#rise(place)
  }

  /** To be called when an item may now leave later than before. */
  hasSunk(item: number): void {
    const place = this.#places[item]!
    if (place >= 0) this.#sink(place)
  }

  #rise(start: number): void {
    const items = this.#items
    const item = items[start]!
    let place = start
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = items[parent]!
      if (!this.#before(item, above)) break
      items[place] = above
      this.#places[above] = place
      place = parent
    }
    items[place] = item
    this.#places[item] = place
  }

  #sink(start: number): void {
    const items = this.#items
    const item = items[start]!
    let place = start
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.size) break
      if (child + 1 < this.size && this.#before(items[child + 1]!, items[child]!)) child++
      const below = items[child]!
      if (!this.#before(below, item)) break
      items[place] = below
      this.#places[below] = place
      place = child
    }
    items[place] = item
    this.#places[item] = place
  }
}
