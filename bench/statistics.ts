// Arithmetic of the report. A machine that does other work makes single runs slower, never faster, so the figures are the
// median, its neighbours and the fastest run; means would show the other work.

/** Times of several runs, in milliseconds. */
export interface Figures {
  runs: number
  medianMs: number
  minMs: number
  /** Distance between the quartiles, as a part of the median; 0 for a single run. */
  spread: number
  /** Median of the processor time of the process, all its threads. Larger than `medianMs` where V8 worked beside. */
  cpuMs: number
  /** All of them, in the order in which they ran, to a tenth of a microsecond; of a total, none. */
  samples: readonly number[]
}

/** The value below which the part `at` (0..1) of `values` lies, interpolated. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * at
  const below = sorted[Math.floor(place)]
  if (below === undefined) throw new Error('a quantile needs at least one value')
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1)
}

/** n-th root of the product of n values; undefined for none. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** Figures of the runs of one engine. */
export function figuresOf(ms: readonly number[], cpuMs: readonly number[]): Figures {
  const medianMs = quantile(ms, 0.5)
  return {
    runs: ms.length,
    medianMs,
    minMs: Math.min(...ms),
    spread: (quantile(ms, 0.75) - quantile(ms, 0.25)) / medianMs,
    cpuMs: quantile(cpuMs, 0.5),
    samples: ms.map(each => Math.round(each * 1e4) / 1e4),
  }
}

/** The figures of all runs of one case in several processes. */
export function pooled(figures: readonly Figures[]): Figures {
  const samples = figures.flatMap(each => each.samples)
  return figuresOf(
    samples,
    figures.map(({ cpuMs }) => cpuMs),
  )
}

/** The figures of a set of cases done one after the other. */
export function totalOf(figures: readonly Figures[]): Figures {
  const sum = (key: 'medianMs' | 'minMs' | 'cpuMs'): number => figures.reduce((total, each) => total + each[key], 0)
  const medianMs = sum('medianMs')
  const spread = figures.reduce((total, each) => total + each.spread * each.medianMs, 0) / medianMs
  return {
    runs: Math.min(...figures.map(({ runs }) => runs)),
    medianMs,
    minMs: sum('minMs'),
    spread,
    cpuMs: sum('cpuMs'),
    samples: [],
  }
}
