// Keccak of three libraries, one digest per call as their users call them.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexOf } from '../../src/input/hex.ts'
import type { Sample } from '../cases/batches.ts'
import { demand } from '../cases/case.ts'
import { importRival } from '../field.ts'
import type { Runner } from '../harness.ts'

type Hash = (message: Uint8Array) => Uint8Array | ArrayBuffer

/** hash-wasm: C in WASM, with the state that its documentation says to keep. */
export async function hashWasm(sample: Sample): Promise<Runner> {
  const { createKeccak } = await importRival('hash-wasm', () => import('hash-wasm'))
  const keccak = await createKeccak(256)
  return libraryRunner('hash-wasm', sample, message => keccak.init().update(message).digest('binary'))
}

/** @noble/hashes: JavaScript. */
export function noble(sample: Sample): Runner {
  return libraryRunner('@noble/hashes', sample, keccak_256)
}

/** js-sha3: JavaScript. It has no types that the compiler could find where it is not installed. */
export async function jsSha3(sample: Sample): Promise<Runner> {
  const name: string = 'js-sha3'
  const found = (await importRival(name, () => import(name))) as { default: { keccak256: { arrayBuffer: Hash } } }
  return libraryRunner(name, sample, found.default.keccak256.arrayBuffer)
}

function libraryRunner(name: string, sample: Sample, hash: Hash): Runner {
  // Views are made before the time, as they are there in any program that hashes them.
  const inputs = Array.from({ length: sample.batch.count }, (_, i) => sample.message(i))
  let last: Uint8Array | ArrayBuffer = new Uint8Array(0)
  return {
    prepare: () => {},
    run: () => {
      for (const input of inputs) last = hash(input)
    },
    verify: () => demand(name, 'last digest', hexOf(keccak_256(inputs.at(-1)!)), hexOf(new Uint8Array(last))),
  }
}
