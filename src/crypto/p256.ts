// ECDSA verification on secp256r1: the precompile 0x100 (EIP-7951). It never fails: what is not a valid signature gives
// empty output. Called by crypto.ts.
import { bigEndian, isBelow, isZero, word } from './bytes.ts'
import { type CurveForm, FR_SIZE, G1_SIZE, Mcl } from './mcl.ts'

const FORM: CurveForm = {
  id: 107, // NIST_P256
  field: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  size: 32,
  zeros: 0,
  imaginaryFirst: false,
}
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const INPUT_SIZE = 160
const NOTHING = new Uint8Array()

/** Loads the curve and returns the precompile: hash, r, s, x and y to the word 1, or to nothing. */
export async function loadP256(): Promise<(input: Uint8Array) => Uint8Array> {
  const mcl = await Mcl.load(FORM)
  const { f } = mcl
  const order = bigEndian(ORDER, 32)
  // the generator and the public key with the scalars hash / s and r / s
  const points = mcl.allocate(2 * G1_SIZE)
  const scalars = mcl.allocate(2 * FR_SIZE)
  const inverse = mcl.allocate(FR_SIZE)
  const r = mcl.allocate(FR_SIZE)
  const sum = mcl.allocate(G1_SIZE)
  const key = points + G1_SIZE

  function isScalar(input: Uint8Array, at: number): boolean {
    return isBelow(input, at, order) && !isZero(input, at, at + 32)
  }

  return input => {
    if (input.length !== INPUT_SIZE || !isScalar(input, 32) || !isScalar(input, 64)) return NOTHING
    if (mcl.readG1(key, input, 96) !== 'point') return NOTHING
    f._mclBnG1_getBasePoint(points)
    mcl.readScalar(scalars, input, 0)
    mcl.readScalar(r, input, 32)
    mcl.readScalar(inverse, input, 64)
    f._mclBnFr_inv(inverse, inverse)
    f._mclBnFr_mul(scalars, scalars, inverse)
    f._mclBnFr_mul(scalars + FR_SIZE, r, inverse)
    f._mclBnG1_mulVec(sum, points, scalars, 2)
    if (f._mclBnG1_isZero(sum) === 1) return NOTHING
    // r ≡ x (mod n): x may lie between n and p
    const x = mcl.writeG1(sum)
    mcl.readScalar(scalars, x, 0)
    return f._mclBnFr_isEqual(scalars, r) === 1 ? word(true) : NOTHING
  }
}
