// One instance of mcl (elliptic curves and pairings in WASM) with one curve. mcl-wasm's public interface holds one global
// curve and wraps every value in an object; this file calls the factory behind it and works on pointers, which is two to
// four times faster (research: bn254 addition 4.0 instead of 8.2 µs). mcl checks neither the encodings of the EVM nor
// subgroups: the readers here do the first, the curve files the second.
import { bigEndian, isBelow, isZero } from './bytes.ts'

/** The functions of mcl's C interface that are used: numbers are pointers or sizes, results are 0 or 1 for a truth. */
export interface MclFunctions {
  readonly HEAP8: Int8Array
  _malloc(size: number): number
  _free(at: number): void
  _mclBn_init(curve: number, build: number): number
  _mclBn_setMapToMode(mode: number): number
  _mclBn_setETHserialization(on: number): void
  _mclBn_verifyOrderG1(on: number): void
  _mclBn_verifyOrderG2(on: number): void
  _mclBnFp_setLittleEndian(to: number, bytes: number, length: number): number
  _mclBnFp_getLittleEndian(bytes: number, length: number, from: number): number
  _mclBnFp_setInt32(to: number, value: number): void
  _mclBnFp_clear(to: number): void
  _mclBnFp_neg(to: number, x: number): void
  _mclBnFp_mapToG1(to: number, x: number): number
  _mclBnFp2_mapToG2(to: number, x: number): number
  _mclBnFp2_mul(to: number, x: number, y: number): void
  _mclBnFr_setLittleEndianMod(to: number, bytes: number, length: number): number
  _mclBnFr_inv(to: number, x: number): void
  _mclBnFr_neg(to: number, x: number): void
  _mclBnFr_mul(to: number, x: number, y: number): void
  _mclBnFr_isEqual(x: number, y: number): number
  _mclBnG1_isValid(x: number): number
  _mclBnG1_isValidOrder(x: number): number
  _mclBnG1_isZero(x: number): number
  _mclBnG1_clear(to: number): void
  _mclBnG1_normalize(to: number, x: number): void
  _mclBnG1_add(to: number, x: number, y: number): void
  _mclBnG1_mul(to: number, x: number, scalar: number): void
  _mclBnG1_mulVec(to: number, points: number, scalars: number, count: number): void
  _mclBnG1_getBasePoint(to: number): void
  _mclBnG1_deserialize(to: number, bytes: number, length: number): number
  _mclBnG2_isValid(x: number): number
  _mclBnG2_isValidOrder(x: number): number
  _mclBnG2_isEqual(x: number, y: number): number
  _mclBnG2_isZero(x: number): number
  _mclBnG2_clear(to: number): void
  _mclBnG2_neg(to: number, x: number): void
  _mclBnG2_dbl(to: number, x: number): void
  _mclBnG2_normalize(to: number, x: number): void
  _mclBnG2_add(to: number, x: number, y: number): void
  _mclBnG2_mulVec(to: number, points: number, scalars: number, count: number): void
  _mclBnG2_deserialize(to: number, bytes: number, length: number): number
  _mclBnGT_isOne(x: number): number
  _mclBn_millerLoopVec(to: number, g1s: number, g2s: number, count: number): void
  _mclBn_finalExp(to: number, x: number): void
  _mclBn_getUint64NumToPrecompute(): number
  _mclBn_precomputeG2(lines: number, point: number): void
  _mclBn_precomputedMillerLoop2(to: number, p1: number, lines1: number, p2: number, lines2: number): void
}

/** Sizes of mcl's values in bytes: the build has room for 384-bit fields and 256-bit orders on every curve. */
export const FP_SIZE = 48
export const FR_SIZE = 32
export const G1_SIZE: number = 3 * FP_SIZE
export const G2_SIZE: number = 6 * FP_SIZE
export const GT_SIZE: number = 12 * FP_SIZE
const COMPILED_FOR = 46 // MCLBN_COMPILED_TIME_VAR of that build: 10 · 4 words of an order + 6 words of a field

/** What distinguishes a curve and its encoding in the EVM. */
export interface CurveForm {
  /** mcl's number of the curve. */
  id: number
  /** The field's prime. */
  field: bigint
  /** Bytes of an encoded field element, of which the first `zeros` must be zero. */
  size: number
  zeros: number
  /** Is the imaginary part of an Fp2 element encoded first (EIP-197) or last (EIP-2537)? */
  imaginaryFirst: boolean
}

/** What an encoded point is: not on the curve (or badly encoded), the point at infinity, another point. */
export type PointKind = 'invalid' | 'infinity' | 'point'

/** One curve: pointers into its own memory, readers and writers of the EVM's encodings. */
export class Mcl {
  readonly f: MclFunctions
  readonly #form: CurveForm
  readonly #prime: Uint8Array
  readonly #bytes: number

  constructor(f: MclFunctions, form: CurveForm) {
    this.f = f
    this.#form = form
    this.#prime = bigEndian(form.field, form.size - form.zeros)
    this.#bytes = f._malloc(128)
  }

  /** A new instance of mcl; loads and compiles 440 KB of WASM, 20 MB and 40 ms. */
  static async load(form: CurveForm): Promise<Mcl> {
    const { default: create } = await import('mcl-wasm/dist/mcl_c.js')
    const f = (await create({})) as MclFunctions
    if (f._mclBn_init(form.id, COMPILED_FOR) !== 0) throw new Error(`mcl does not know curve ${form.id}`)
    // mcl would check orders while it decodes; the EVM's rules differ per operation, so that is done by hand.
    f._mclBn_verifyOrderG1(0)
    f._mclBn_verifyOrderG2(0)
    return new Mcl(f, form)
  }

  /** `size` bytes that are never given back. */
  allocate(size: number): number {
    return this.f._malloc(size)
  }

  /** Reads a field element; false when it is not below the prime or its padding is not zero. */
  readField(to: number, input: Uint8Array, at: number): boolean {
    const { size, zeros } = this.#form
    if (zeros > 0 && !isZero(input, at, at + zeros)) return false
    if (!isBelow(input, at + zeros, this.#prime)) return false
    this.f._mclBnFp_setLittleEndian(to, this.#reversed(input, at + zeros, size - zeros), size - zeros)
    return true
  }

  /** Writes a field element into `output`, which is zero there. */
  writeField(output: Uint8Array, at: number, from: number): void {
    // mcl leaves out leading zero bytes
    const length = this.f._mclBnFp_getLittleEndian(this.#bytes, FP_SIZE, from)
    const heap = this.f.HEAP8
    const last = at + this.#form.size - 1
    for (let i = 0; i < length; i++) output[last - i] = heap[this.#bytes + i]! & 0xff
  }

  /** Reads an Fp2 element: mcl has the real part first. */
  readField2(to: number, input: Uint8Array, at: number): boolean {
    const { size, imaginaryFirst } = this.#form
    const [first, second] = imaginaryFirst ? [to + FP_SIZE, to] : [to, to + FP_SIZE]
    return this.readField(first, input, at) && this.readField(second, input, at + size)
  }

  /** Writes an Fp2 element into `output`, which is zero there. */
  writeField2(output: Uint8Array, at: number, from: number): void {
    const { size, imaginaryFirst } = this.#form
    const [first, second] = imaginaryFirst ? [from + FP_SIZE, from] : [from, from + FP_SIZE]
    this.writeField(output, at, first)
    this.writeField(output, at + size, second)
  }

  /** Reads a 32-byte scalar of any value modulo the group's order. */
  readScalar(to: number, input: Uint8Array, at: number): void {
    this.f._mclBnFr_setLittleEndianMod(to, this.#reversed(input, at, 32), 32)
  }

  /** Reads an affine point of G1 and checks that it is on the curve. Infinity is all zeros. */
  readG1(to: number, input: Uint8Array, at: number): PointKind {
    const { size } = this.#form
    if (isZero(input, at, at + 2 * size)) {
      this.f._mclBnG1_clear(to)
      return 'infinity'
    }
    if (!this.readField(to, input, at) || !this.readField(to + FP_SIZE, input, at + size)) return 'invalid'
    this.f._mclBnFp_setInt32(to + 2 * FP_SIZE, 1)
    return this.f._mclBnG1_isValid(to) === 1 ? 'point' : 'invalid'
  }

  /** Reads an affine point of G2 and checks that it is on the curve, not that it is in the subgroup. */
  readG2(to: number, input: Uint8Array, at: number): PointKind {
    const { size } = this.#form
    if (isZero(input, at, at + 4 * size)) {
      this.f._mclBnG2_clear(to)
      return 'infinity'
    }
    if (!this.readField2(to, input, at) || !this.readField2(to + 2 * FP_SIZE, input, at + 2 * size)) return 'invalid'
    this.f._mclBnFp_setInt32(to + 4 * FP_SIZE, 1)
    this.f._mclBnFp_clear(to + 5 * FP_SIZE)
    return this.f._mclBnG2_isValid(to) === 1 ? 'point' : 'invalid'
  }

  /** The encoding of a point of G1, which is normalized in place. */
  writeG1(from: number): Uint8Array {
    const { size } = this.#form
    const output = new Uint8Array(2 * size)
    if (this.f._mclBnG1_isZero(from) === 1) return output
    this.f._mclBnG1_normalize(from, from)
    this.writeField(output, 0, from)
    this.writeField(output, size, from + FP_SIZE)
    return output
  }

  /** The encoding of a point of G2, which is normalized in place. */
  writeG2(from: number): Uint8Array {
    const { size } = this.#form
    const output = new Uint8Array(4 * size)
    if (this.f._mclBnG2_isZero(from) === 1) return output
    this.f._mclBnG2_normalize(from, from)
    this.writeField2(output, 0, from)
    this.writeField2(output, 2 * size, from + 2 * FP_SIZE)
    return output
  }

  /** ∏ e(g1[i], g2[i]) = 1? The points are in the subgroups, none is infinity; `gt` has room for one target element. */
  isPairingOne(gt: number, g1s: number, g2s: number, count: number): boolean {
    if (count === 0) return true
    this.f._mclBn_millerLoopVec(gt, g1s, g2s, count)
    this.f._mclBn_finalExp(gt, gt)
    return this.f._mclBnGT_isOne(gt) === 1
  }

  /** Copies bytes into mcl's memory. */
  put(to: number, input: Uint8Array): void {
    this.f.HEAP8.set(input, to)
  }

  #reversed(input: Uint8Array, at: number, length: number): number {
    const heap = this.f.HEAP8
    const last = this.#bytes + length - 1
    for (let i = 0; i < length; i++) heap[last - i] = input[at + i]!
    return this.#bytes
  }
}

/** Memory for a list of values that grows with the longest list asked for. */
export class Room {
  readonly #mcl: Mcl
  readonly #size: number
  #at = 0
  #capacity = 0

  /** `size` bytes per value. */
  constructor(mcl: Mcl, size: number) {
    this.#mcl = mcl
    this.#size = size
  }

  /** A pointer to room for `count` values; the values of an earlier call are lost. */
  for(count: number): number {
    if (count > this.#capacity) {
      if (this.#at !== 0) this.#mcl.f._free(this.#at)
      this.#capacity = Math.max(16, count)
      this.#at = this.#mcl.allocate(this.#capacity * this.#size)
    }
    return this.#at
  }
}
