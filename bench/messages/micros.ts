// Our own micros: a loop around one family of opcodes each, assembled here. A round takes the word it is given and leaves another, and
// the last one is returned, so that no engine can leave work out and every opcode's result is checked.

import { eachOpcode } from '../../assembly/opcodes.ts'
import { opcodeByName } from '../../src/chain/opcodes.ts'
import type { Address } from '../../src/types.ts'

/** A contract that answers every call with nothing. */
export const CALLEE: Address = '0x00000000000000000000000000000000000ca11e'

/** Rounds, and what a round does with the word on the stack, as opcodes and numbers to push. */
const BODIES: Record<string, [rounds: number, body: string]> = {
  loop: [500_000, ''],
  arithmetic: [60_000, '3 ADD DUP1 MUL 7 SWAP1 SUB 11 MUL NOT '.repeat(2)],
  addmod: [60_000, '$big DUP2 $odd ADDMOD ADD '.repeat(3)],
  mulmod: [40_000, '$big DUP2 $odd MULMOD ADD '.repeat(3)],
  div: [60_000, '$odd OR $wide DIV $odd ADD '.repeat(2)],
  sdiv: [60_000, '$odd OR $wide SDIV $odd ADD '.repeat(2)],
  exp: [8000, '1 OR 65537 SWAP1 EXP'],
  compare: [80_000, 'DUP1 $odd LT DUP2 $big SGT ADD DUP2 ISZERO ADD XOR '.repeat(2)],
  bitwise: [80_000, '$big XOR $odd OR DUP1 NOT $wide AND XOR '.repeat(2)],
  shift: [80_000, 'DUP1 13 SHL DUP2 51 SHR XOR 7 SAR ADD DUP1 3 BYTE XOR'],
  stack: [80_000, 'DUP1 DUP1 DUP1 DUP1 SWAP3 SWAP1 SWAP2 POP SWAP1 POP POP POP '.repeat(3)],
  jump: [150_000, '@ @ @ @'],
  memory: [80_000, 'DUP1 0 MSTORE 7 MLOAD DUP2 1000 MSTORE 993 MLOAD ADD XOR'],
  copy: [60_000, 'DUP1 0 MSTORE 1024 0 2048 MCOPY 1024 16 3072 MCOPY 2048 MLOAD ADD'],
  keccak: [20_000, '0 MSTORE 64 0 KECCAK256'],
  'keccak-long': [4000, '0 MSTORE 1024 0 KECCAK256'],
  calldata: [80_000, '0 CALLDATALOAD XOR 17 CALLDATALOAD ADD 32 1 0 CALLDATACOPY 0 MLOAD XOR'],
  storage: [40_000, 'DUP1 5 SSTORE 5 SLOAD ADD 1 ADD DUP1 6 SSTORE 6 SLOAD ADD 1 ADD'],
  'storage-cold': [4000, 'DUP1 DUP1 SSTORE 1 ADD'],
  transient: [60_000, 'DUP1 5 TSTORE 5 TLOAD ADD 1 ADD DUP1 6 TSTORE 6 TLOAD ADD 1 ADD'],
  call: [30_000, '0 0 0 0 0 $callee GAS CALL ADD'],
  staticcall: [30_000, '0 0 0 0 $callee GAS STATICCALL ADD'],
}

/** Numbers by name: one that fills the word, an odd one of 128 bits, one of 200 bits. */
const NUMBERS: Record<string, bigint> = {
  $big: 0xf1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221101n,
  $odd: 0x8000_0000_0000_0000_0000_0000_0000_0123n,
  $wide: 0xdeca_fbad_0123_4567_89ab_cdef_dead_beef_0123_4567_89ab_cdef_01n,
  $callee: BigInt(CALLEE),
}

/** Code of each micro by name. The word starts as the first of the calldata. */
export function microCodes(): [name: string, code: Uint8Array][] {
  return Object.entries(BODIES).map(([name, [rounds, body]]) => [name, loop(rounds, body)])
}

/** word = calldata; do { word = body(word) } while (--count != 0); return word */
function loop(rounds: number, body: string): Uint8Array {
  const code: number[] = []
  assemble(code, `0 CALLDATALOAD ${rounds}`)
  const start = code.length
  const grown = growthOf(body)
  if (grown !== 0) throw new Error(`a body expected to leave as many words as it took, left ${grown} more: ${body}`)
  assemble(code, `JUMPDEST SWAP1 ${body} SWAP1 1 SWAP1 SUB DUP1 ${start} JUMPI POP 0 MSTORE 32 0 RETURN`)
  return Uint8Array.from(code)
}

/** Words that a body leaves more than it takes. */
function growthOf(body: string): number {
  const growth: number[] = []
  eachOpcode(
    (opcode, _, takes, puts) => {
      growth[opcode] = puts - takes
    },
    () => {},
  )
  const words = body.split(' ').filter(Boolean)
  return words.reduce((sum, word) => sum + (word === '@' ? 0 : (growth[opcodeByName(word) ?? 0x60] ?? 0)), 0)
}

/** Appends opcodes, pushes of numbers, and for `@` a jump to the next opcode. */
function assemble(code: number[], text: string): void {
  for (const word of text.split(' ').filter(Boolean)) {
    if (word === '@') code.push(0x61, (code.length + 4) >> 8, (code.length + 4) & 0xff, 0x56, 0x5b)
    else if (/^[$\d]/.test(word)) code.push(...push(NUMBERS[word] ?? BigInt(word)))
    else code.push(opcodeByName(word)!)
  }
}

/** The shortest PUSH of a number. */
function push(value: bigint): number[] {
  const digits = value.toString(16)
  const bytes = value === 0n ? [] : digits.padStart(digits.length + (digits.length & 1), '0').match(/../g)!
  return [0x5f + bytes.length, ...bytes.map(byte => Number.parseInt(byte, 16))]
}
