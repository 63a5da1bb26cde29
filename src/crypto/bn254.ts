// The curve bn254 (alt_bn128): precompiles 0x06 and 0x07 (EIP-196) and 0x08 (EIP-197). Gas is the core's; a function
// returns undefined where the precompile fails. Called by crypto.ts.
import { createSubgroupCheck } from './bn254-subgroup.ts'
import { padded, word } from './bytes.ts'
import { type CurveForm, FR_SIZE, G1_SIZE, G2_SIZE, GT_SIZE, Mcl, Room } from './mcl.ts'

const FORM: CurveForm = {
  id: 4, // BN_SNARK1
  field: 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  size: 32,
  zeros: 0,
  imaginaryFirst: true,
}
const PAIR = 192

/** The three precompiles, each from its input to its output, or to undefined where it fails. */
export interface Bn254 {
  add(input: Uint8Array): Uint8Array | undefined
  multiply(input: Uint8Array): Uint8Array | undefined
  pairing(input: Uint8Array): Uint8Array | undefined
}

/** Loads the curve. G1 has no cofactor; only points of G2 need a subgroup check. */
export async function loadBn254(): Promise<Bn254> {
  const mcl = await Mcl.load(FORM)
  const { f } = mcl
  const p = mcl.allocate(G1_SIZE)
  const q = mcl.allocate(G1_SIZE)
  const scalar = mcl.allocate(FR_SIZE)
  const isInSubgroup = createSubgroupCheck(mcl)
  const gt = mcl.allocate(GT_SIZE)
  const g1Room = new Room(mcl, G1_SIZE)
  const g2Room = new Room(mcl, G2_SIZE)

  return {
    add(input: Uint8Array): Uint8Array | undefined {
      const bytes = padded(input, 128)
      if (mcl.readG1(p, bytes, 0) === 'invalid' || mcl.readG1(q, bytes, 64) === 'invalid') return undefined
      f._mclBnG1_add(p, p, q)
      return mcl.writeG1(p)
    },

    multiply(input: Uint8Array): Uint8Array | undefined {
      const bytes = padded(input, 96)
      if (mcl.readG1(p, bytes, 0) === 'invalid') return undefined
      mcl.readScalar(scalar, bytes, 64)
      f._mclBnG1_mul(p, p, scalar)
      return mcl.writeG1(p)
    },

    pairing(input: Uint8Array): Uint8Array | undefined {
      if (input.length % PAIR !== 0) return undefined
      const pairs = input.length / PAIR
      const g1s = g1Room.for(pairs)
      const g2s = g2Room.for(pairs)
      let count = 0
      for (let i = 0; i < pairs; i++) {
        const g2 = g2s + count * G2_SIZE
        const first = mcl.readG1(g1s + count * G1_SIZE, input, i * PAIR)
        const second = mcl.readG2(g2, input, i * PAIR + 64)
        if (first === 'invalid' || second === 'invalid') return undefined
        if (second === 'point' && !isInSubgroup(g2)) return undefined
        // a pair with infinity contributes the factor 1
        if (first === 'point' && second === 'point') count++
      }
      return word(mcl.isPairingOne(gt, g1s, g2s, count))
    },
  }
}
