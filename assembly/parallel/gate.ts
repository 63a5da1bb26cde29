// Who is inside. The main instance opens the gate for a stage of the block that all threads take part in, and goes on when all have left;
// so no instance ever sees another's block half made. Threads that have left linger in front of it, since to be called by a message takes
// ten times as long.

import { reserve } from '../arena.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWait, atomicWake } from './atomic.ts'
import { ALERTS, CALL, CLOSED, CONTROL_SIZE, GATE, LINGERING, control, setControl } from './control.ts'
import { tell } from './queue.ts'

/** Longest wait for the other threads before the host may look. */
const PATIENCE_MICROSECONDS: u32 = 10000
/** A thread waits that long for the next block before it returns to its event loop. */
const LINGER_MICROSECONDS: u32 = 500000
/** After an alert it looks that often for the call before it sleeps again: some milliseconds. */
const ALERT_LOOKS: u32 = 200000

let shared: usize = 0

/** The control block lives as long as the instance: threads that come late look at it. */
export function controlBlock(): usize {
  if (!shared) {
    shared = reserve(CONTROL_SIZE)
    if (!shared) return 0
    memory.fill(shared, 0, CONTROL_SIZE)
    atomicStore(shared + GATE, CLOSED)
  }
  setControl(shared)
  return shared
}

/**
 * A block begins that may run in parallel: threads that linger wake up now, while its transactions are decoded. A core that has been
 * idle for some milliseconds takes up to another one for that.
 */
export function alertThreads(): void {
  if (!controlBlock()) return
  wakeLingering(ALERTS)
}

/** Lets the threads in, and wakes those that linger. */
export function openGate(): void {
  atomicStore(control + GATE, 1)
  wakeLingering(CALL)
}

/** Wakes the threads that linger, and tells why: CALL or ALERTS. */
function wakeLingering(why: usize): void {
  atomicAdd(control + why, 1)
  if (atomicLoad(control + LINGERING)) atomicWake(control + CALL)
}

/** Threads that need no message: they linger, and see that the gate has opened. */
export function lingering(): u32 {
  return atomicLoad(control + LINGERING)
}

/** Closes the gate and waits a little for the threads inside. */
export function everybodyLeft(): bool {
  const gate = control + GATE
  while (true) {
    const now = atomicLoad(gate)
    if (now & CLOSED || atomicSwap(gate, now, now | CLOSED)) break
  }
  for (let spins: u32 = 0; spins < 2000; spins++) if (atomicLoad(gate) == (CLOSED | 1)) return true
  tell()
  const now = atomicLoad(gate)
  if (now == (CLOSED | 1)) return true
  atomicWait(gate, now, PATIENCE_MICROSECONDS)
  return atomicLoad(gate) == (CLOSED | 1)
}

/** For a thread beside the main instance: goes in where the gate of the control block at `at` is open. */
export function enterGate(at: usize): bool {
  setControl(at)
  seen = atomicLoad(at + CALL)
  while (true) {
    const now = atomicLoad(at + GATE)
    if (now & CLOSED) return false
    if (atomicSwap(at + GATE, now, now + 1)) return true
  }
}

/** Goes out again. */
export function leaveGate(): void {
  atomicAdd(control + GATE, -1)
  atomic.notify(control + GATE, 1)
}

/** The call that this thread has seen last. */
let seen: u32 = 0

/** After join(): waits for the next block for a while. True: there is one, to be joined. To be called by a message takes ten times as long. */
export function linger(): bool {
  atomicAdd(control + LINGERING, 1)
  while (atomicLoad(control + CALL) == seen) {
    const alerts = atomicLoad(control + ALERTS)
    atomicWait(control + CALL, seen, LINGER_MICROSECONDS)
    if (atomicLoad(control + ALERTS) == alerts) break
    for (let looks: u32 = 0; looks < ALERT_LOOKS && atomicLoad(control + CALL) == seen; looks++) {}
  }
  // In this order: who is counted sees the call.
  atomicAdd(control + LINGERING, -1)
  return atomicLoad(control + CALL) != seen
}
