// The one thing that the threads build imports besides its memory: the time, the same on all threads. Called by plan.ts and report.ts.

/** Milliseconds since some moment that all threads agree on, with fractions. */
// @ts-ignore: decorator
@external('env', 'now')
export declare function now(): f64
