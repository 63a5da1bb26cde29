// Point evaluation, the precompile 0x0a (EIP-4844): does the polynomial behind a KZG commitment take the value y at z?
// With π the proof and [τ] the trusted setup: e(C - [y] + z π, [1]) = e(π, [τ]). Both points of G2 are constant, so their
// Miller-loop lines are computed once. Called by bls12-381.ts, whose instance of mcl it uses.
import { sha256 } from '@noble/hashes/sha2.js'
import { bigEndian, isBelow, isZero } from './bytes.ts'
import { FR_SIZE, G1_SIZE, G2_SIZE, GT_SIZE, type Mcl } from './mcl.ts'

const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const FIELD = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
const VERSION_KZG = 1
const FIELD_ELEMENTS_PER_BLOB = 4096n

// The generator of G1 and, in G2, [τ]₂ of the mainnet trusted setup (g2_monomial[1] of the KZG ceremony) and the generator, all compressed.
const GENERATOR_G1 = '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const TAU_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'
const GENERATOR_G2 =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

// input: versioned hash 32, z 32, y 32, commitment 48, proof 48
const INPUT_SIZE = 192
const Z = 32
const Y = 64
const COMMITMENT = 96
const PROOF = 144
const POINT_SIZE = 48

const REFUSED = 'mcl does not take a constant of EIP-4844'

const COMPRESSED = 0x80
const INFINITY = 0x40
const SIGN = 0x20

/** The precompile on an instance of mcl with BLS12-381 and the Ethereum serialization. */
export function createPointEvaluation(mcl: Mcl): (input: Uint8Array) => Uint8Array | undefined {
  const { f } = mcl
  const order = bigEndian(ORDER, 32)
  const prime = bigEndian(FIELD, 48)
  const negatedGenerator = lines(mcl, GENERATOR_G2, true)
  const tau = lines(mcl, TAU_G2, false)
  const buffer = mcl.allocate(POINT_SIZE)
  // [1] and π with the scalars -y and z
  const points = mcl.allocate(2 * G1_SIZE)
  const scalars = mcl.allocate(2 * FR_SIZE)
  const commitment = mcl.allocate(G1_SIZE)
  const left = mcl.allocate(G1_SIZE)
  const gt = mcl.allocate(GT_SIZE)
  const proof = points + G1_SIZE
  mcl.put(buffer, bigEndian(BigInt(`0x${GENERATOR_G1}`), POINT_SIZE))
  if (f._mclBnG1_deserialize(points, buffer, POINT_SIZE) !== POINT_SIZE) throw new Error(REFUSED)

  /** Reads a compressed point of the subgroup; mcl accepts encodings that are not canonical, the consensus does not. */
  function readCompressed(to: number, input: Uint8Array, at: number): boolean {
    const flags = input[at]!
    if ((flags & COMPRESSED) === 0) return false
    if ((flags & INFINITY) !== 0) {
      f._mclBnG1_clear(to)
      return flags === (COMPRESSED | INFINITY) && isZero(input, at + 1, at + POINT_SIZE)
    }
    const bytes = input.slice(at, at + POINT_SIZE)
    bytes[0]! &= ~(COMPRESSED | SIGN)
    if (!isBelow(bytes, 0, prime)) return false
    mcl.put(buffer, input.subarray(at, at + POINT_SIZE))
    return f._mclBnG1_deserialize(to, buffer, POINT_SIZE) === POINT_SIZE && f._mclBnG1_isValidOrder(to) === 1
  }

  const output = new Uint8Array(64)
  output.set(bigEndian(FIELD_ELEMENTS_PER_BLOB, 32))
  output.set(order, 32)

  return input => {
    if (input.length !== INPUT_SIZE || !isVersionedHash(input)) return undefined
    if (!isBelow(input, Z, order) || !isBelow(input, Y, order)) return undefined
    if (!readCompressed(commitment, input, COMMITMENT) || !readCompressed(proof, input, PROOF)) return undefined
    mcl.readScalar(scalars, input, Y)
    f._mclBnFr_neg(scalars, scalars)
    mcl.readScalar(scalars + FR_SIZE, input, Z)
    const isProofInfinity = f._mclBnG1_isZero(proof) === 1
    f._mclBnG1_mulVec(left, points, scalars, 2)
    f._mclBnG1_add(left, left, commitment)
    // with π at infinity the equation is that the left point is infinity too
    if (isProofInfinity) return f._mclBnG1_isZero(left) === 1 ? output.slice() : undefined
    if (f._mclBnG1_isZero(left) === 1) return undefined
    f._mclBnG1_normalize(left, left)
    f._mclBnG1_normalize(proof, proof)
    f._mclBn_precomputedMillerLoop2(gt, left, negatedGenerator, proof, tau)
    f._mclBn_finalExp(gt, gt)
    return f._mclBnGT_isOne(gt) === 1 ? output.slice() : undefined
  }
}

/** Is the versioned hash of the input that of its commitment? */
function isVersionedHash(input: Uint8Array): boolean {
  const hash = sha256(input.subarray(COMMITMENT, COMMITMENT + POINT_SIZE))
  if (input[0] !== VERSION_KZG) return false
  for (let i = 1; i < 32; i++) {
    if (hash[i] !== input[i]) return false
  }
  return true
}

/** The precomputed Miller-loop lines of a constant point of G2, or of its negative. */
function lines(mcl: Mcl, hex: string, negated: boolean): number {
  const { f } = mcl
  const bytes = bigEndian(BigInt(`0x${hex}`), 96)
  const buffer = mcl.allocate(96)
  const point = mcl.allocate(G2_SIZE)
  mcl.put(buffer, bytes)
  if (f._mclBnG2_deserialize(point, buffer, 96) !== 96) throw new Error(REFUSED)
  if (negated) f._mclBnG2_neg(point, point)
  const result = mcl.allocate(8 * f._mclBn_getUint64NumToPrecompute())
  f._mclBn_precomputeG2(result, point)
  return result
}
