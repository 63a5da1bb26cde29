import type { Vector } from './vectors.ts'

/** Who computes for the core what needs curves. Bytes as hexadecimal digits; null: the contract fails; undefined: nobody signed. */
export interface Curves {
  precompile(address: number, input: string): string | null
  signer(signature: string): string | undefined
}

/** Replays vectors on a compiled module; a line per result. */
export declare function replay(
  module: WebAssembly.Module,
  file: { vectors: readonly Vector[] },
  curvesOf?: (vector: Vector) => Curves,
): Promise<string[]>
