// Is a point of bn254's twist in the subgroup G2? EIP-197 asks for every point of a pairing. Multiplying by the 254-bit
// order costs 0.6 ms, more than the pairing's own Miller loop; the endomorphism ψ (untwist, Frobenius, twist) does it
// with the curve's 63-bit parameter x: P is in G2 exactly if [x + 1]P + ψ([x]P) + ψ²([x]P) = ψ³([2x]P) (Dai, Lin, Zhao,
// Zhou, https://eprint.iacr.org/2022/348). As ψ² - tψ + p = 0 on the twist, the difference of the two sides is a + bψ with
// integers a and b; its norm a² + abt + b²p is a multiple of r and has no factor in common with the cofactor 2p - r, so
// no other point passes. Called by bn254.ts.
import { bigEndian } from './bytes.ts'
import { FP_SIZE, G2_SIZE, type Mcl } from './mcl.ts'

const FP2_SIZE = 2 * FP_SIZE

/** The curve's parameter: p and r are polynomials in it. */
const PARAMETER = 4965661367192848881n

// ξ^((p - 1) / 3) and ξ^((p - 1) / 2) for ξ = 9 + i: ψ(X, Y, Z) = (conj X · first, conj Y · second, conj Z).
const FACTORS: readonly bigint[] = [
  0x2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553dn,
  0x16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2n,
  0x063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135an,
  0x07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3n,
]

/** A test of points on the twist, not infinite, at a pointer of `mcl`, which holds bn254. */
export function createSubgroupCheck(mcl: Mcl): (point: number) => boolean {
  const { f } = mcl
  const digits = signedDigits(PARAMETER)
  const negated = mcl.allocate(G2_SIZE)
  const multiple = mcl.allocate(G2_SIZE)
  const image = mcl.allocate(G2_SIZE)
  const sum = mcl.allocate(G2_SIZE)
  const factors = mcl.allocate(2 * FP2_SIZE)
  // real part first, as mcl has it
  for (const [i, value] of FACTORS.entries()) {
    const encoded = bigEndian(value, 32)
    mcl.readField(factors + i * FP_SIZE, encoded, 0)
  }

  function conjugate(to: number, from: number): void {
    const { HEAP8 } = f
    HEAP8.copyWithin(to, from, from + FP_SIZE)
    f._mclBnFp_neg(to + FP_SIZE, from + FP_SIZE)
  }

  /** to = ψ(from), in Jacobian coordinates. */
  function psi(to: number, from: number): void {
    for (let i = 0; i < 3; i++) conjugate(to + i * FP2_SIZE, from + i * FP2_SIZE)
    f._mclBnFp2_mul(to, to, factors)
    f._mclBnFp2_mul(to + FP2_SIZE, to + FP2_SIZE, factors + FP2_SIZE)
  }

  return point => {
    // mcl's own multiplication may split the scalar by ψ, which is only right inside the subgroup
    f._mclBnG2_neg(negated, point)
    f.HEAP8.copyWithin(multiple, point, point + G2_SIZE)
    for (const digit of digits) {
      f._mclBnG2_dbl(multiple, multiple)
      if (digit !== 0) f._mclBnG2_add(multiple, multiple, digit > 0 ? point : negated)
    }
    f._mclBnG2_add(sum, multiple, point)
    psi(image, multiple)
    f._mclBnG2_add(sum, sum, image)
    psi(multiple, image)
    f._mclBnG2_add(sum, sum, multiple)
    psi(image, multiple)
    f._mclBnG2_dbl(image, image)
    return f._mclBnG2_isEqual(sum, image) === 1
  }
}

/** The digits -1, 0, 1 of a positive number below its leading 1, no two neighbours of which are both not 0. */
function signedDigits(value: bigint): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0n; rest >>= 1n) {
    const digit = (rest & 1n) === 0n ? 0n : 2n - (rest & 3n)
    digits.unshift(Number(digit))
    rest -= digit
  }
  return digits.slice(1)
}
