// Learned templates: what committed transactions touched, explained as symbolic words and counted per code hash and selector. A key that
// is a digest is explained by its preimage, which the run has logged, so nothing is guessed: keccak(word . slot), nested, plus a
// small offset. Explanations that hold often enough become a program of the format of the static templates, for the
// transaction as a whole: its slots may be those of other accounts.
//
// Cost: a few look-ups per access. Memory: at most MAX_TEMPLATES × MAX_CANDIDATES candidates of some 300 bytes, 30 MB; the template
// used longest ago goes first, in a template the candidate that holds least. No clock and no chance: the same transactions
// in the same order give the same programs.
import { ANY_SELECTOR, MODE_READ, MODE_WRITE } from '../../assembly/parallel/program.ts'
import type { Instruction } from './abstract.ts'
import { encode } from './encode.ts'
import { Expressions, OP } from './expression.ts'

/** A slot that a transaction touched. */
export interface ObservedAccess {
  address: bigint
  key: bigint
  isStored: boolean
  /** Before the transaction, where it is known: slots may hold addresses of what is touched next. */
  value?: bigint
}

/** A committed transaction that called a contract. */
export interface Observed {
  sender: bigint
  to: bigint
  data: Uint8Array
  /** Of the code that ran for `to`. */
  codeHash: string
  accesses: readonly ObservedAccess[]
  /** By digest: what KECCAK256 hashed, of 32 or 64 bytes; others are ignored. */
  preimages: ReadonlyMap<bigint, Uint8Array>
}

/** A transaction's accesses as symbolic words: what `learn` counts. The texts are canonical. */
export interface Explained {
  /** Code hash and selector. */
  template: string
  /** By text: address and key, and whether there was a write. */
  accesses: ReadonlyMap<string, boolean>
}

const MAX_TEMPLATES = 1024
const MAX_CANDIDATES = 96
/** What a transaction with the template weighs when the next one comes: one in a hundred counts after 44. */
const DECAY = 0.9
/**
 * Share of transactions, with half a hit in one more, in which a candidate has to hold, and hits that it needs: two, or three where an
 * address or a digest stands for itself, since most are what one transaction alone dealt with. On the mainnet blocks, precision
 * 84 % against 57 % for a share of 0.6 and one or two hits, at 3 points of recall.
 */
const SHARE = 0.8
const HITS = 1.5
const PARTICULAR_HITS = 2
const MAX_WORDS = 48
const MAX_OFFSET = 24n
const MAX_DEPTH = 4
const ADDRESS_MASK = (1n << 160n) - 1n
/** Numbers below are slots or small arguments; above, one seen in calldata or storage is no chance. */
const SMALL = 1n << 32n

/** Explains what a transaction touched. */
export function explain(observed: Observed): Explained {
  const { codeHash, data, accesses } = observed
  const explainer = new Explainer(observed)
  const texts = new Map<string, boolean>()
  for (const { address, key, isStored } of accesses) {
    const keys = explainer.key(key)
    for (const place of explainer.address(address)) {
      for (const each of keys) texts.set(`${place}|${each}`, isStored)
    }
  }
  return { template: templateName(codeHash, selectorOf(data)), accesses: texts }
}

function selectorOf(data: Uint8Array): number {
  return data.length < 4 ? ANY_SELECTOR : new DataView(data.buffer, data.byteOffset).getUint32(0)
}

function templateName(codeHash: string, selector: number): string {
  return `${codeHash}:${selector.toString(16)}`
}

// Words as text: `c<hex>` constant · `s` sender · `t` callee · `d<hex>` calldata word at that offset · `p<hex>` address in the callee's
// slot · `k(a,b)` hash · `+<hex>(a)` word plus offset.
class Explainer {
  readonly #observed: Observed
  /** Words that come from the transaction, by value. */
  readonly #sources = new Map<bigint, string>()

  constructor(observed: Observed) {
    this.#observed = observed
    const { accesses, data, sender, to } = observed
    for (const { address, key, value = 0n } of accesses) {
      const pointed = value & ADDRESS_MASK
      if (address === to && key < SMALL && pointed >= SMALL) this.#sources.set(pointed, `p${key.toString(16)}`)
    }
    for (let i = Math.min(MAX_WORDS, (data.length - 4) >> 5) - 1; i >= 0; i--) {
      const word = wordAt(data, 4 + 32 * i)
      if (word >= SMALL) this.#sources.set(word, `d${(4 + 32 * i).toString(16)}`)
      else if (!this.#sources.has(word)) this.#sources.set(word, `d${(4 + 32 * i).toString(16)}`)
    }
    this.#sources.set(sender, 's')
    this.#sources.set(to, 't')
  }

  /** Ways to say an address. */
  address(address: bigint): readonly string[] {
    const source = this.#sources.get(address)
    if (source === 't') return [source]
    return source === undefined ? [constant(address)] : [source, constant(address)]
  }

  /** Ways to say a key. */
  key(key: bigint): readonly string[] {
    if (key < SMALL) return [constant(key)]
    const hashed = this.#hashed(key, 0)
    if (hashed !== undefined) return [hashed]
    const source = this.#sources.get(key)
    return source === undefined ? [constant(key)] : [source, constant(key)]
  }

  /** A digest whose preimage is known, or such a digest plus a small offset. */
  #hashed(word: bigint, depth: number): string | undefined {
    const { preimages } = this.#observed
    for (let offset = 0n; offset <= MAX_OFFSET; offset++) {
      const preimage = preimages.get(word - offset)
      if (!preimage) continue
      const parts = preimage.length === 32 ? [wordAt(preimage, 0)] : [wordAt(preimage, 0), wordAt(preimage, 32)]
      const text = `k(${parts.map(part => this.#part(part, depth + 1)).join()})`
      return offset === 0n ? text : `+${offset.toString(16)}(${text})`
    }
    return undefined
  }

  #part(word: bigint, depth: number): string {
    if (word < SMALL) {
      // A mapping by number or enumeration: the slot's number is small as well, and stands in no calldata but by chance.
      const source = word >= 0x100n ? this.#sources.get(word) : undefined
      return source ?? constant(word)
    }
    const hashed = depth < MAX_DEPTH ? this.#hashed(word, depth) : undefined
    return hashed ?? this.#sources.get(word) ?? constant(word)
  }
}

function constant(word: bigint): string {
  return `c${word.toString(16)}`
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  let word = 0n
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32)
  for (let i = 0; i < 32; i += 8) word = (word << 64n) | view.getBigUint64(i)
  return word
}

interface Candidate {
  hits: number
  misses: number
  /** Hits that wrote, decaying like the others. */
  stores: number
}

/** Counts explanations and makes programs of those that hold. */
export class Learner {
  /** The one used longest ago is the first. */
  readonly #templates = new Map<string, Map<string, Candidate>>()
  /** What was made last, and of what. */
  readonly #programs = new Map<string, { source: string; program: Uint32Array }>()

  /** Takes over what a committed transaction touched. */
  learn({ template, accesses }: Explained): void {
    const candidates = this.#templates.get(template) ?? new Map<string, Candidate>()
    this.#templates.delete(template)
    this.#templates.set(template, candidates)
    for (const [text, candidate] of candidates) {
      const stored = accesses.get(text)
      candidate.hits = candidate.hits * DECAY + (stored === undefined ? 0 : 1)
      candidate.misses = candidate.misses * DECAY + (stored === undefined ? 1 : 0)
      candidate.stores = candidate.stores * DECAY + (stored ? 1 : 0)
    }
    for (const [text, stored] of accesses) {
      if (!candidates.has(text)) candidates.set(text, { hits: 1, misses: 0, stores: stored ? 1 : 0 })
    }
    trim(candidates)
    if (this.#templates.size > MAX_TEMPLATES) this.#forget(this.#templates.keys().next().value!)
  }

  /** Templates that are kept. */
  get size(): number {
    return this.#templates.size
  }

  /** The program for calls of a code with a selector (ANY_SELECTOR: none); undefined where too little is known. */
  program(codeHash: string, selector: number): Uint32Array | undefined {
    const name = templateName(codeHash, selector)
    const good = [...(this.#templates.get(name) ?? [])].filter(([text, candidate]) => holds(text, candidate))
    const source = good.map(([text, candidate]) => `${text}:${modeOf(candidate)}`).join()
    const known = this.#programs.get(name)
    if (known?.source === source) return known.program
    this.#programs.delete(name)
    if (good.length === 0) return undefined
    const program = makeProgram(good)
    this.#programs.set(name, { source, program })
    return program
  }

  #forget(template: string): void {
    this.#templates.delete(template)
    this.#programs.delete(template)
  }
}

function makeProgram(good: readonly (readonly [string, Candidate])[]): Uint32Array {
  const words = new Expressions()
  const instructions = good.map(([text, candidate]): Instruction => {
    const [place, key] = text.split('|') as [string, string]
    const slot = { do: 'slot', mode: modeOf(candidate), key: new Reader(key, words).word() } as const
    return place === 't' ? slot : { ...slot, address: new Reader(place, words).word() }
  })
  return encode(words, [{ instructions, ending: { end: 'stop' } }], 0)
}

function modeOf({ hits, stores }: Candidate): number {
  return MODE_READ | (2 * stores >= hits ? MODE_WRITE : 0)
}

function share({ hits, misses }: Candidate): number {
  return (hits + 0.5) / (hits + misses + 1)
}

function holds(text: string, candidate: Candidate): boolean {
  const isParticular = /c[0-9a-f]{9,}/.test(text)
  return share(candidate) >= SHARE && candidate.hits > (isParticular ? PARTICULAR_HITS : HITS)
}

/** Leaves the candidates that hold best; of equals those known longest. */
function trim(candidates: Map<string, Candidate>): void {
  if (candidates.size <= MAX_CANDIDATES) return
  const ranked = [...candidates].sort(([, a], [, b]) => share(b) - share(a))
  for (const [text] of ranked.slice(MAX_CANDIDATES)) candidates.delete(text)
}

/** Reads a word's text. */
class Reader {
  readonly #text: string
  readonly #words: Expressions
  #at = 0

  constructor(text: string, words: Expressions) {
    this.#text = text
    this.#words = words
  }

  word(): number {
    const words = this.#words
    switch (this.#text[this.#at++]) {
      case 'c':
        return words.constant(this.#hex())
      case 's':
        return words.leaf(OP.CALLER)
      case 't':
        return words.leaf(OP.ADDRESS)
      case 'd':
        return words.calldata(words.constant(this.#hex()))
      case 'p':
        return words.binary(OP.AND, words.sload(words.constant(this.#hex())), words.constant(ADDRESS_MASK))
      case '+': {
        const offset = words.constant(this.#hex())
        return words.binary(OP.ADD, this.#inBrackets()[0]!, offset)
      }
      default: {
        const parts = this.#inBrackets()
        return words.keccak(parts, 32 * parts.length)
      }
    }
  }

  #inBrackets(): number[] {
    const parts: number[] = []
    do {
      this.#at++
      parts.push(this.word())
    } while (this.#text[this.#at] === ',')
    this.#at++
    return parts
  }

  #hex(): bigint {
    const from = this.#at
    while (/[0-9a-f]/.test(this.#text[this.#at] ?? '')) this.#at++
    return BigInt(`0x${this.#text.slice(from, this.#at)}`)
  }
}
