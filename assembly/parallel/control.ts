// What the threads of a block share: one control block, one record per transaction. Written by the main instance before the others
// come in (phase.ts); afterwards the words marked ° are changed by atomics only, and the rest only by the holder of the frontier lock.

/** ° Threads inside, plus CLOSED: nobody comes in any more. */
export const GATE: usize = 0
export const CLOSED: u32 = 0x80000000
/** ° Goes up when the gate opens; threads that linger between blocks wait here. */
export const CALL: usize = 4
/** ° Threads that linger. */
export const LINGERING: usize = 8
/** ° Goes up when the gate will open soon. */
export const ALERTS: usize = 12
/** ° One of the threads that linger looks for the call without sleeping. */
export const LOOKOUT: usize = 16
/** ° The next transaction to commit. */
export const FRONTIER: usize = 64
/** ° Held by whoever commits; and what is changed under it, in the same cache line. */
export const LOCK: usize = 128
export const GAS_USED: usize = 136
export const BLOBS_USED: usize = 144
export const LOG_COUNT: usize = 148
export const RECEIPT_COUNT: usize = 152
export const REJECTION: usize = 156
/** Buffers of the locations that have been committed to. */
export const DIRTY_ACCOUNTS: usize = 160
export const DIRTY_SLOTS: usize = 164
/** ° Goes up when a transaction becomes ready, or the threads are to look up; who finds nothing to do waits here. */
export const NEWS: usize = 192
/** ° Threads that wait there. */
export const WAITING: usize = 196
/** ° Why the threads are to leave: STOP_*. */
export const STOP: usize = 256
/** ° The colour that is running, and what it has left to run, where the block is dispatched colour by colour. */
export const COLOUR: usize = 320
export const COLOUR_LEFT: usize = 324
/** ° Next number of a thread. */
export const THREADS: usize = 384

// Constant during the phase.
export const TX_COUNT: usize = 448
/** Their records; 0 where there are none. */
export const TX_STATES: usize = 452
export const DISPATCH: usize = 456
/** Ready queue: buckets { head °, tail °, ring, capacity }, and their number. */
export const BUCKETS: usize = 460
export const BUCKET_COUNT: usize = 464
export const SUCCESSORS: usize = 468
/** Hash table of locations °, and its mask. */
export const LOCATIONS: usize = 472
export const LOCATION_MASK: usize = 476
export const ENVIRONMENT: usize = 480
export const RULES: usize = 612
export const BLOB_LIMIT: usize = 484
export const GAS_LIMIT: usize = 488
/** Transactions left per colour: u32 each. */
export const COLOURS: usize = 496
/** Speculative runs before a transaction waits for the frontier. */
export const MAX_RUNS: usize = 500
export const RECEIPT_BUFFER: usize = 504
export const LOG_BUFFER: usize = 508
export const TXS_BUFFER: usize = 512
export const AUTHORIZATIONS_BUFFER: usize = 516
export const BLOCK_AGE: usize = 520

// Counters °, for the report.
export const RUNS: usize = 576
export const ABORTS: usize = 580
export const FRONTIER_RUNS: usize = 584
export const RERUNS: usize = 588
export const WASTED_GAS: usize = 592
export const WAITS: usize = 596
export const MISSES: usize = 600
export const FRONTIER_RERUNS: usize = 604

export const STORE_SHARE: usize = 640
export const CODES_SHARE: usize = 704

// Constant during the phase: the predicted graph, and where the report goes (0 = there is none).
export const COLOUR_COUNT: usize = 768
export const EDGE_COUNT: usize = 772
/** Predicted nanoseconds on the longest way through the graph, and in all (u64). */
export const CRITICAL_TIME: usize = 776
export const TOTAL_TIME: usize = 784
export const ACCESS_BUFFER: usize = 792
export const SPAN_BUFFER: usize = 796
/** Where the hashes go that runs made (hashes.ts); 0: nobody learns from this block. */
export const HASH_BUFFER: usize = 804
/** Signers that all threads recover (recovery.ts): the items and how many; 0: none are. */
export const SIGNER_ITEMS: usize = 808
export const SIGNER_COUNT: usize = 812
/** ° Taken by threads that hand their spans and hashes in. */
export const SPAN_LOCK: usize = 832
/** The memo of hashes made for predictions (memo.ts), and how it served °. */
export const MEMO_SHARE: usize = 896
export const MEMO_HITS: usize = 912
export const MEMO_MISSES: usize = 916
/** ° The next signer that nobody has taken. */
export const SIGNER_NEXT: usize = 960
export const CONTROL_SIZE: u32 = 1024

export const STOP_NOT: u32 = 0
/** All transactions are committed. */
export const STOP_DONE: u32 = 1
/** The frontier needs state that the host has to supply. */
export const STOP_MISS: u32 = 2
/** The transaction at the frontier is invalid. */
export const STOP_REJECTED: u32 = 3
/** Memory is exhausted: the block has to be run again, sequentially. */
export const STOP_NO_MEMORY: u32 = 4

// A transaction's record.
/** ° State (low byte) and number of its last run above. */
export const TX_STATE: usize = 0
/** ° Predecessors that have not executed. */
export const TX_PREDECESSORS: usize = 4
export const TX_BUCKET: usize = 8
export const TX_SUCCESSORS: usize = 12
export const TX_SUCCESSORS_END: usize = 16
/** What its last run asked and wrote (record.ts); 0 when nothing is kept. */
export const TX_RECORD: usize = 20
export const TX_COLOUR: usize = 24
/** Template of the code that it calls, number + 1 (templates.ts); 0 where that is not known. */
export const TX_TEMPLATE: usize = 28
/** What is known of its kind (kinds.ts); 0: it is a plain transfer. */
export const TX_KIND: usize = 32
/** Target of the last edge from here, while the graph is made. */
export const TX_MARK: usize = 36
/** Predicted gas. */
export const TX_GAS: usize = 40
/** Where its predicted accesses begin (predict.ts). */
export const TX_PREDICTED: usize = 44
/** Predicted nanoseconds from its beginning to the end of the longest way through its successors. */
export const TX_BOTTOM: usize = 48
/** Nanoseconds that it takes: predicted, later measured. */
export const TX_TIME: usize = 52
/** Where its real accesses begin, where they are recorded. */
export const TX_ACCESSED: usize = 56
/** ° It has executed once: its successors know. */
export const TX_RELEASED: usize = 60
export const TX_RECORD_SIZE: u32 = 64

/** It waits for predecessors. */
export const WAITS_STATE: u32 = 0
export const READY: u32 = 1
export const RUNNING: u32 = 2
export const EXECUTED: u32 = 3
export const COMMITTED: u32 = 4
/** Executed, and somebody looks whether its answers are still current. */
export const CHECKING: u32 = 5
/** Ran in vain: it calls a precompiled contract of the host's own, and is the main instance's at its turn. */
export const HOSTED: u32 = 6

/** The control block of the phase this thread takes part in. */
export let control: usize = 0

export function setControl(at: usize): void {
  control = at
}

/** Address of a transaction's record. */
@inline
export function txState(index: u32): usize {
  return load<u32>(control, TX_STATES) + index * TX_RECORD_SIZE
}
