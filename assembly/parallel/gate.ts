// Who is inside. The main instance opens the gate for a stage of the block that all threads take part in, and goes on when all have left;
// so no instance ever sees another's block half made. Threads that have left linger in front of it, since to be called by a message takes
// ten times as long; and one of them stays awake, since to wake one that sleeps takes the main instance up to 0.2 ms.

import { reserve } from '../arena.ts'
import { atomicAdd, atomicLoad, atomicStore, atomicSwap, atomicWait, atomicWake } from './atomic.ts'
import { now } from './clock.ts'
import { ALERTS, CALL, CLOSED, CONTROL_SIZE, GATE, LINGERING, LOOKOUT, control, setControl } from './control.ts'
import { tell } from './queue.ts'

/** Longest wait for the other threads before the host may look. */
const PATIENCE_MICROSECONDS: u32 = 10000
/** A thread waits that long for the next block before it returns to its event loop. */
const LINGER_MICROSECONDS: u32 = 500000
/** The look-out stays awake that long after a stage, or an alert. */
const LOOK_MILLISECONDS: f64 = 5

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

/** A block begins that may run in parallel: the look-out stays awake while its transactions are decoded, or there is one again. */
export function alertThreads(): void {
  if (!controlBlock()) return
  atomicAdd(control + ALERTS, 1)
  wakeLingering()
}

/** Lets the threads in, and has those that linger come. */
export function openGate(): void {
  atomicStore(control + GATE, 1)
  atomicAdd(control + CALL, 1)
  wakeLingering()
}

/** Wakes the threads that linger, unless the look-out does. */
function wakeLingering(): void {
  if (!atomicLoad(control + LOOKOUT) && atomicLoad(control + LINGERING)) atomicWake(control + CALL)
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
  while (!lookOut()) {
    const alerts = atomicLoad(control + ALERTS)
    atomicWait(control + CALL, seen, LINGER_MICROSECONDS)
    if (atomicLoad(control + ALERTS) == alerts) break
  }
  // In this order: who is counted sees the call.
  atomicAdd(control + LINGERING, -1)
  return isCalled()
}

@inline
function isCalled(): bool {
  return atomicLoad(control + CALL) != seen
}

/** Looks for the call for some time, and wakes the others when it comes; not where another thread does. True: it has come. */
function lookOut(): bool {
  if (!atomicSwap(control + LOOKOUT, 0, 1)) return isCalled()
  let alerts: u32 = 0
  let end: f64 = 0
  do {
    const latest = atomicLoad(control + ALERTS)
    if (!end || latest != alerts) end = now() + LOOK_MILLISECONDS
    alerts = latest
  } while (!isCalled() && now() < end)
  // In this order: the main instance wakes the others, or is seen to have called.
  atomicStore(control + LOOKOUT, 0)
  if (!isCalled()) return false
  atomicWake(control + CALL)
  return true
}
