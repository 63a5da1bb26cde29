// Every atomic operation of the threads build goes through here, on u32 words of shared memory. All are sequentially consistent.
// A build with `asc --use SIM=1` calls the imported step() before each of them, so that a test can let one thread run at a time
// and choose which (test/parallel/sim). Called by everything in this folder, and by arena.ts and code.ts for their locks.

// @ts-ignore: decorator
@external('env', 'step')
declare function step(kind: u32, pointer: usize): void

@inline
function before(kind: u32, pointer: usize): void {
  if (isDefined(SIM)) step(kind, pointer)
}

@inline
export function atomicLoad(pointer: usize): u32 {
  before(0, pointer)
  return atomic.load<u32>(pointer)
}

@inline
export function atomicStore(pointer: usize, value: u32): void {
  before(1, pointer)
  atomic.store<u32>(pointer, value)
}

/** Adds, and returns what was there before. */
@inline
export function atomicAdd(pointer: usize, value: u32): u32 {
  before(2, pointer)
  return atomic.add<u32>(pointer, value)
}

/** Puts `next` where `expected` is; true when it was. */
@inline
export function atomicSwap(pointer: usize, expected: u32, next: u32): bool {
  before(3, pointer)
  return atomic.cmpxchg<u32>(pointer, expected, next) == expected
}

/** Waits until somebody notifies or `microseconds` have passed, unless the word is no longer `expected`. */
export function atomicWait(pointer: usize, expected: u32, microseconds: u32): void {
  before(4, pointer)
  if (isDefined(SIM)) return
  call_indirect<void>(load<u32>(changetype<usize>(wait)), pointer, expected, <i64>microseconds * 1000)
}

/**
 * Called through the table, so that no optimizer puts the instruction into a function that has locals: V8's first compiler loses some of
 * them over it (seen in Node 20.20.2: what was to be subtracted from a counter after the wait went elsewhere).
 */
function wait(pointer: usize, expected: u32, nanoseconds: i64): void {
  if (ASC_FEATURE_THREADS) atomic.wait<u32>(pointer, expected, nanoseconds)
}

/** Wakes everybody who waits at the word. */
@inline
export function atomicWake(pointer: usize): void {
  before(5, pointer)
  if (!isDefined(SIM)) atomic.notify(pointer, -1)
}

/** Takes a lock, a word that is 0 when free. For pieces of work of a few hundred nanoseconds. */
export function takeLock(pointer: usize): void {
  while (!atomicSwap(pointer, 0, 1)) {
    while (atomicLoad(pointer)) {}
  }
}

@inline
export function releaseLock(pointer: usize): void {
  atomicStore(pointer, 0)
}
