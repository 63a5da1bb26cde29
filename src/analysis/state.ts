// One way through the code, as the abstract interpreter follows it.
import type { Expressions } from './expression.ts'
import { Memory } from './memory.ts'
import { Visits } from './visits.ts'

/** One way through the code. */
export interface State {
  pc: number
  stack: number[]
  memory: Memory
  /** Values stored on this way, by key. */
  stored: Map<number, number>
  transient: Map<number, number>
  /** By pc: how often a condition was met, or a place landed on, and how many accesses had been noted then. */
  visits: Visits
  /** By place: the block in which a loop over memory was met that has not been left yet. */
  exits: Map<number, number>
  noted: number
  block: number
  /** The last block with parameters on this way, 0 = none. */
  generation: number
  /** Site of the last call, -1 = none yet. */
  lastSite: number
  fresh: number
}

/** The state at pc 0. */
export function firstState(words: Expressions): State {
  return {
    pc: 0,
    stack: [],
    memory: new Memory(words),
    stored: new Map(),
    transient: new Map(),
    visits: new Visits(),
    exits: new Map(),
    noted: 0,
    block: 0,
    generation: 0,
    lastSite: -1,
    fresh: 0x4000,
  }
}

/** A copy that goes its own way. */
export function forkState(state: State): State {
  return {
    ...state,
    stack: state.stack.slice(),
    memory: state.memory.fork(),
    stored: new Map(state.stored),
    transient: new Map(state.transient),
    visits: state.visits.fork(),
    exits: new Map(state.exits),
  }
}
