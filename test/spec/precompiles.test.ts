// The official precompile vectors (precompile-vectors of the data folder) through the whole engine, on both builds. Each
// goes in as a message to the precompile's address, which must cost exactly the gas of the vector; and through a CALL of a
// contract, once with just that gas and once with one less, so that the instruction hands over gas, input and output
// as they are. Vectors that fail consume everything.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createWeft, type ForkName, type TxOutcome, type Weft } from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address } from '../../src/types.ts'
import { describeWithData } from '../setup/data.ts'
import { wasmBytes } from '../setup/weft.ts'
import { isFull } from './state-cases.ts'

interface Vector {
  Name: string
  Input: string
  /** Absent in files named fail-…, and so is Gas. */
  Expected?: string
  Gas?: number
}

/** File, address, number of vectors, and the first and last fork whose prices the file has. */
const FILES: readonly [file: string, address: number, count: number, forks: ForkName[]][] = [
  ['ecRecover', 0x01, 3, ['byzantium', 'osaka']],
  ['modexp', 0x05, 11, ['byzantium', 'istanbul']],
  ['modexp_eip2565', 0x05, 37, ['berlin', 'prague']],
  ['modexp_eip7883', 0x05, 36, ['osaka']],
  ['bn256Add', 0x06, 12, ['istanbul', 'osaka']],
  ['bn256ScalarMul', 0x07, 13, ['istanbul', 'osaka']],
  ['bn256Pairing', 0x08, 11, ['istanbul', 'osaka']],
  ['blake2F', 0x09, 3, ['istanbul', 'osaka']],
  ['fail-blake2f', 0x09, 3, ['istanbul', 'osaka']],
  ['pointEvaluation', 0x0a, 1, ['cancun', 'osaka']],
  ['blsG1Add', 0x0b, 72, ['prague']],
  ['blsG1Mul', 0x0c, 8, ['prague']],
  ['blsG1MultiExp', 0x0c, 125, ['prague']],
  ['eip2537-msm_G1_bls', 0x0c, 113, ['osaka']],
  ['blsG2Add', 0x0d, 81, ['prague']],
  ['blsG2Mul', 0x0e, 6, ['prague']],
  ['blsG2MultiExp', 0x0e, 113, ['prague']],
  ['blsPairing', 0x0f, 80, ['prague']],
  ['eip2537-pairing_check_bls', 0x0f, 6, ['osaka']],
  ['blsMapG1', 0x10, 81, ['prague']],
  ['blsMapG2', 0x11, 82, ['prague']],
  ['p256Verify', 0x100, 595, ['osaka']],
  ['fail-blsG1Add', 0x0b, 5, ['prague']],
  ['fail-eip2537-add_G1_bls', 0x0b, 5, ['osaka']],
  ['fail-blsG1Mul', 0x0c, 6, ['prague']],
  ['fail-blsG1MultiExp', 0x0c, 5, ['prague']],
  ['fail-eip2537-msm_G1_bls', 0x0c, 5, ['osaka']],
  ['fail-eip2537-mul_G1_bls', 0x0c, 1, ['osaka']],
  ['fail-blsG2Add', 0x0d, 5, ['prague']],
  ['fail-eip2537-add_G2_bls', 0x0d, 5, ['osaka']],
  ['fail-blsG2Mul', 0x0e, 6, ['prague']],
  ['fail-blsG2MultiExp', 0x0e, 4, ['prague']],
  ['fail-eip2537-msm_G2_bls', 0x0e, 5, ['osaka']],
  ['fail-blsPairing', 0x0f, 8, ['prague']],
  ['fail-eip2537-pairing_check_bls', 0x0f, 18, ['osaka']],
  ['fail-blsMapG1', 0x10, 2, ['prague']],
  ['fail-blsMapG2', 0x11, 3, ['prague']],
]

/** Hex digits: sums of more points than this take a quarter of a second, so only a full run makes them twice. */
const LONG = 8192

/** Gas of the failing messages: more than any of the vectors costs. */
const PLENTY = 10_000_000n

// Input: gas, address, and the input of the call. Output: 1 or 0 for success, and what the call returned.
//   CALLDATACOPY(0, 64, CALLDATASIZE - 64)
//   MSTORE(0, CALL(CALLDATALOAD(0), CALLDATALOAD(32), 0, 0, CALLDATASIZE - 64, 0, 0))
//   RETURNDATACOPY(32, 0, RETURNDATASIZE)
//   RETURN(0, RETURNDATASIZE + 32)
const CALLER = hexBytes('0x604036036040600037600060006040360360006000602035600035f16000523d600060203e60203d016000f3')!

const addressOf = (number: number): Address => `0x${number.toString(16).padStart(40, '0')}`
const word = (value: bigint): string => value.toString(16).padStart(64, '0')

describeWithData('precompile-vectors', 'precompile vectors', folder => {
  describe.each(['scalar', 'simd'] as const)('%s', build => {
    let loading: Promise<Weft> | undefined
    const load = (): Promise<Weft> => {
      loading ??= createWeft({ wasm: wasmBytes(build) })
      return loading
    }

    /** A message straight to the precompile. */
    async function message(fork: ForkName, address: number, input: string, gas: bigint): Promise<TxOutcome> {
      return (await load()).call({ fork, to: addressOf(address), input: hexBytes(`0x${input}`)!, gas })
    }

    /** The precompile through CALL: did it succeed, and with what output. */
    async function inner(fork: ForkName, address: number, input: string, gas: bigint): Promise<string> {
      const data = hexBytes(`0x${word(gas)}${word(BigInt(address))}${input}`)!
      const outcome = await (await load()).call({ fork, code: CALLER, input: data, gas: 1_000_000_000n })
      expect(outcome.status).toBe('success')
      return hexOf(outcome.output)
    }

    describe.each(FILES)('%s at address %d: %d vectors', (file, address, count, forks) => {
      it.each(forks)('%s', async fork => {
        const vectors = JSON.parse(readFileSync(`${folder}/${file}.json`, 'utf8')) as Vector[]
        expect(vectors.length).toBe(count)
        for (const { Name, Input, Expected, Gas } of vectors) {
          expect(file.startsWith('fail-'), Name).toBe(Expected === undefined)
          const gas = Gas === undefined ? PLENTY : BigInt(Gas)
          const { status, gasUsed, output } = await message(fork, address, Input, gas)
          if (Expected === undefined) {
            expect([status, gasUsed, hexOf(output)], Name).toEqual(['halt', gas, '0x'])
            expect(await inner(fork, address, Input, gas), Name).toBe(`0x${word(0n)}`)
          } else {
            expect([status, gasUsed, hexOf(output)], Name).toEqual(['success', gas, `0x${Expected}`])
            if (gas > 0n) expect(await inner(fork, address, Input, gas - 1n), Name).toBe(`0x${word(0n)}`)
            if (!isFull && Input.length > LONG) continue
            expect(await inner(fork, address, Input, gas), Name).toBe(`0x${word(1n)}${Expected}`)
          }
        }
      })
    })
  })

  it('have a row for every file', () => {
    const files = new Set(FILES.map(([file]) => `${file}.json`))
    expect(readdirSync(folder).filter(name => name.endsWith('.json') && !files.has(name))).toEqual([])
  })
})
