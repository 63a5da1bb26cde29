// What each worker did when, as a Chrome trace-event file: chrome://tracing, Perfetto and Speedscope show it. Format:
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU ("X", complete events). The spans
// come from the workers of the engine, or from simulate.ts. Called by `weft replay --timeline`.

import type { Span } from './simulate.ts'

/** What is known besides the spans. */
export interface TimelineOptions {
  /** Gas of each transaction. */
  gas?: Float64Array
  /** Name of the process in the viewer: `block 17,034,870`. */
  title?: string
}

const NAMES: Record<Span['kind'], (tx: number) => string> = {
  run: tx => `tx ${tx}`,
  rerun: tx => `tx ${tx}`,
  frontier: tx => `commit ${tx}`,
  wait: () => 'wait',
}

/** The trace-event file of the spans, one event per line; times in µs with three decimals. */
export function timelineOf(spans: readonly Span[], options: TimelineOptions = {}): string {
  const workers = [...new Set(spans.map(({ worker }) => worker))].sort((a, b) => a - b)
  const events: object[] = [
    { ph: 'M', name: 'process_name', pid: 0, args: { name: options.title ?? 'weft' } },
    ...workers.map(worker => ({
      ph: 'M',
      name: 'thread_name',
      pid: 0,
      tid: worker,
      args: { name: `worker ${worker}` },
    })),
  ]
  const ordered = [...spans].sort((a, b) => a.start - b.start || a.worker - b.worker || a.end - b.end)
  for (const { worker, tx, run, start, end, kind, reason } of ordered) {
    events.push({
      ph: 'X',
      name: NAMES[kind](tx),
      cat: kind,
      pid: 0,
      tid: worker,
      ts: rounded(start),
      dur: rounded(end - start),
      args: {
        ...(kind === 'wait' ? { until: `tx ${tx}` } : { run }),
        ...(options.gas?.[tx] !== undefined && kind !== 'wait' && { gas: options.gas[tx] }),
        ...(reason !== undefined && { reason }),
      },
    })
  }
  return `{"displayTimeUnit":"ms","traceEvents":[\n${events.map(event => JSON.stringify(event)).join(',\n')}\n]}\n`
}

function rounded(microseconds: number): number {
  return Math.round(microseconds * 1e3) / 1e3
}
