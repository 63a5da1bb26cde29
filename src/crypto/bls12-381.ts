// The curve BLS12-381: precompiles 0x0b–0x11 (EIP-2537) and 0x0a, the KZG point evaluation (EIP-4844, in kzg.ts), which
// share one instance of mcl. Gas is the core's; a function returns undefined where the precompile fails. Additions take
// any point of the curve, multiplications and pairings only points of the subgroups. Called by crypto.ts.
import { word } from './bytes.ts'
import { createPointEvaluation } from './kzg.ts'
import { type CurveForm, FR_SIZE, G1_SIZE, G2_SIZE, GT_SIZE, Mcl, Room } from './mcl.ts'

const FORM: CurveForm = {
  id: 5, // BLS12_381
  field: 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
  size: 64,
  zeros: 16,
  imaginaryFirst: false,
}
/** RFC 9380: the simplified SWU map with the isogenies of this curve and cofactor clearing, as EIP-2537 wants. */
const MAP_RFC_9380 = 5
const G1_BYTES = 128
const G2_BYTES = 256
const SCALAR_BYTES = 32

/** The precompiles, each from its input to its output, or to undefined where it fails. */
export interface Bls12381 {
  g1Add(input: Uint8Array): Uint8Array | undefined
  g1MultiExp(input: Uint8Array): Uint8Array | undefined
  g2Add(input: Uint8Array): Uint8Array | undefined
  g2MultiExp(input: Uint8Array): Uint8Array | undefined
  pairing(input: Uint8Array): Uint8Array | undefined
  mapToG1(input: Uint8Array): Uint8Array | undefined
  mapToG2(input: Uint8Array): Uint8Array | undefined
  pointEvaluation(input: Uint8Array): Uint8Array | undefined
}

/** Loads the curve. */
export async function loadBls12381(): Promise<Bls12381> {
  const mcl = await Mcl.load(FORM)
  const { f } = mcl
  f._mclBn_setMapToMode(MAP_RFC_9380)
  f._mclBn_setETHserialization(1) // the compressed points of KZG
  return {
    ...createG1(mcl),
    ...createG2(mcl),
    pairing: createPairing(mcl),
    pointEvaluation: createPointEvaluation(mcl),
  }
}

function createG1(mcl: Mcl): Pick<Bls12381, 'g1Add' | 'g1MultiExp' | 'mapToG1'> {
  const { f } = mcl
  const p = mcl.allocate(G1_SIZE)
  const q = mcl.allocate(G1_SIZE)
  const points = new Room(mcl, G1_SIZE)
  const scalars = new Room(mcl, FR_SIZE)
  return {
    g1Add(input: Uint8Array): Uint8Array | undefined {
      if (input.length !== 2 * G1_BYTES) return undefined
      if (mcl.readG1(p, input, 0) === 'invalid' || mcl.readG1(q, input, G1_BYTES) === 'invalid') return undefined
      f._mclBnG1_add(p, p, q)
      return mcl.writeG1(p)
    },
    g1MultiExp(input: Uint8Array): Uint8Array | undefined {
      const size = G1_BYTES + SCALAR_BYTES
      if (input.length === 0 || input.length % size !== 0) return undefined
      const xs = points.for(input.length / size)
      const ks = scalars.for(input.length / size)
      let count = 0
      for (let at = 0; at < input.length; at += size) {
        const x = xs + count * G1_SIZE
        const kind = mcl.readG1(x, input, at)
        if (kind === 'invalid') return undefined
        if (kind === 'infinity') continue
        if (f._mclBnG1_isValidOrder(x) !== 1) return undefined
        mcl.readScalar(ks + count * FR_SIZE, input, at + G1_BYTES)
        count++
      }
      f._mclBnG1_mulVec(p, xs, ks, count)
      return mcl.writeG1(p)
    },
    mapToG1(input: Uint8Array): Uint8Array | undefined {
      if (input.length !== FORM.size || !mcl.readField(q, input, 0)) return undefined
      if (f._mclBnFp_mapToG1(p, q) !== 0) return undefined
      return mcl.writeG1(p)
    },
  }
}

function createG2(mcl: Mcl): Pick<Bls12381, 'g2Add' | 'g2MultiExp' | 'mapToG2'> {
  const { f } = mcl
  const p = mcl.allocate(G2_SIZE)
  const q = mcl.allocate(G2_SIZE)
  const points = new Room(mcl, G2_SIZE)
  const scalars = new Room(mcl, FR_SIZE)
  return {
    g2Add(input: Uint8Array): Uint8Array | undefined {
      if (input.length !== 2 * G2_BYTES) return undefined
      if (mcl.readG2(p, input, 0) === 'invalid' || mcl.readG2(q, input, G2_BYTES) === 'invalid') return undefined
      f._mclBnG2_add(p, p, q)
      return mcl.writeG2(p)
    },
    g2MultiExp(input: Uint8Array): Uint8Array | undefined {
      const size = G2_BYTES + SCALAR_BYTES
      if (input.length === 0 || input.length % size !== 0) return undefined
      const xs = points.for(input.length / size)
      const ks = scalars.for(input.length / size)
      let count = 0
      for (let at = 0; at < input.length; at += size) {
        const x = xs + count * G2_SIZE
        const kind = mcl.readG2(x, input, at)
        if (kind === 'invalid') return undefined
        if (kind === 'infinity') continue
        if (f._mclBnG2_isValidOrder(x) !== 1) return undefined
        mcl.readScalar(ks + count * FR_SIZE, input, at + G2_BYTES)
        count++
      }
      f._mclBnG2_mulVec(p, xs, ks, count)
      return mcl.writeG2(p)
    },
    mapToG2(input: Uint8Array): Uint8Array | undefined {
      if (input.length !== 2 * FORM.size || !mcl.readField2(q, input, 0)) return undefined
      if (f._mclBnFp2_mapToG2(p, q) !== 0) return undefined
      return mcl.writeG2(p)
    },
  }
}

function createPairing(mcl: Mcl): Bls12381['pairing'] {
  const { f } = mcl
  const gt = mcl.allocate(GT_SIZE)
  const g1Room = new Room(mcl, G1_SIZE)
  const g2Room = new Room(mcl, G2_SIZE)
  return input => {
    const size = G1_BYTES + G2_BYTES
    if (input.length === 0 || input.length % size !== 0) return undefined
    const g1s = g1Room.for(input.length / size)
    const g2s = g2Room.for(input.length / size)
    let count = 0
    for (let at = 0; at < input.length; at += size) {
      const g1 = g1s + count * G1_SIZE
      const g2 = g2s + count * G2_SIZE
      const first = mcl.readG1(g1, input, at)
      const second = mcl.readG2(g2, input, at + G1_BYTES)
      if (first === 'invalid' || second === 'invalid') return undefined
      if (first === 'point' && f._mclBnG1_isValidOrder(g1) !== 1) return undefined
      if (second === 'point' && f._mclBnG2_isValidOrder(g2) !== 1) return undefined
      // a pair with infinity contributes the factor 1
      if (first === 'point' && second === 'point') count++
    }
    return word(mcl.isPairingOne(gt, g1s, g2s, count))
  }
}
