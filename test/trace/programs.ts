// The small programs whose traces are pinned, and the state they run on. Hex by hand, so that the golden files do not depend on an
// assembler.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { MemorySource, type Tracer, type Weft } from '../../src/index.ts'
import { hexBytes, hexOf } from '../../src/input/hex.ts'
import type { Address } from '../../src/types.ts'

/** Who calls. */
export const CALLER: Address = `0x${'ca'.repeat(20)}`
/** Has the program as code. */
export const TARGET: Address = `0x${'00'.repeat(18)}c0de`
/** Stores its first word of input in slot 0, logs nothing and returns 32 bytes. */
export const STORER: Address = `0x${'00'.repeat(18)}5704`
/** Reverts with the text "no". */
export const REVERTER: Address = `0x${'00'.repeat(18)}0bad`

/** What each program is. */
export const PROGRAMS = {
  // SSTORE(0, 1); SLOAD(0); SSTORE(0, 0)
  storage: '6001600055600054506000600055',
  // MSTORE(0, 5); CALL(gas, STORER, 0, 0, 32, 0, 32); MLOAD(0); STOP
  call: '6005600052602060006020600060006157045af150600051',
  // CALL(gas, REVERTER, …); RETURNDATASIZE; RETURNDATACOPY(0, 0, size); REVERT(0, size)
  revert: '60006000600060006000610bad5af1503d600060003e3d6000fd',
  // an endless loop: JUMPDEST PUSH1 0 JUMP
  outOfGas: '5b600056',
  // MSTORE8(0, 0); CREATE(0, 0, 1): initcode STOP; then CREATE with value that is not there
  create: '6000600053600160006000f0506001600060fff050',
  // PUSH1 1; ADD: one item is missing
  underflow: '600101',
  // DELEGATECALL(gas, STORER, 0, 32, 0, 0); LOG1(0, 0, 7); SELFDESTRUCT(CALLER)
  delegate: '60006000602060006157045af450600760006000a133ff',
} as const

/** A name of PROGRAMS. */
export type ProgramName = keyof typeof PROGRAMS

const STORER_CODE = '60003560005560206000f3'
// MSTORE of Error("no") at 0 … 100, REVERT(0, 100)
const REVERTER_CODE = `6308c379a060e01b600052602060045260026024527f6e6f${'00'.repeat(30)}60445260646000fd`

/** Runs a program with 100,000 gas on Cancun; the tracer is told. */
export async function runProgram(weft: Weft, name: ProgramName, tracer: Tracer): Promise<void> {
  const codes = [PROGRAMS[name], STORER_CODE, REVERTER_CODE].map(hex => hexBytes(`0x${hex}`)!)
  const hashes = codes.map(code => hexOf(keccak_256(code)))
  const account = (codeHash: `0x${string}`) => ({ nonce: 1n, balance: 10n, codeHash })
  const source = new MemorySource({
    accounts: [TARGET, STORER, REVERTER].map((address, i) => [address, account(hashes[i]!)] as const),
    codes: codes.map((code, i) => [hashes[i]!, code] as const),
    complete: true,
  })
  await weft.call({ from: CALLER, to: TARGET, gas: 100_000n, fork: 'cancun', source, tracer })
}
