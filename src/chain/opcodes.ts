// Names of opcodes, from the opcode table (assembly/opcodes.ts). Tracers and their filters use them.
import { PARIS } from '../../assembly/abi.ts'
import { eachOpcode } from '../../assembly/opcodes.ts'
import { type ForkName, forkByName } from './forks.ts'

const NAMES: string[] = []
/** Families whose members are numbered, and the byte that number 0 has, or would have. */
const FAMILIES: Readonly<Record<string, number>> = { PUSH: 0x5f, DUP: 0x7f, SWAP: 0x8f, LOG: 0xa0 }
eachOpcode(
  (opcode, name) => {
    const first = FAMILIES[name]
    NAMES[opcode] = first === undefined ? name : `${name}${opcode - first}`
  },
  () => {},
)

const BYTES: ReadonlyMap<string, number> = new Map([
  ...NAMES.map((name, opcode) => [name, opcode] as const).filter(([name]) => name !== undefined),
  ['DIFFICULTY', 0x44],
  ['SHA3', 0x20],
])

/** Name of an opcode, as go-ethereum prints it: `PUSH1`, `opcode 0xc not defined`. A fork tells DIFFICULTY from PREVRANDAO. */
export function opcodeName(opcode: number, fork?: ForkName): string {
  if (opcode === 0x44 && fork !== undefined && forkByName(fork).rules < PARIS) return 'DIFFICULTY'
  return NAMES[opcode] ?? `opcode 0x${opcode.toString(16)} not defined`
}

/** The byte of an opcode's name, in any case; undefined where there is no such opcode. */
export function opcodeByName(name: string): number | undefined {
  return BYTES.get(name.toUpperCase())
}
