// The opcode table (assembly/opcodes.ts) held against EthereumJS for every fork: which opcodes exist, their base gas and names; and
// the stack effects against a list written out here from the Yellow Paper, appendix H, and the EIPs.

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { describe, expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import { eachOpcode } from '../../assembly/opcodes.ts'

interface Row {
  name: string
  takes: number
  puts: number
  gas: number
}

const FORKS: readonly [number, Hardfork][] = [
  [abi.FRONTIER, Hardfork.Chainstart],
  [abi.HOMESTEAD, Hardfork.Homestead],
  [abi.TANGERINE_WHISTLE, Hardfork.TangerineWhistle],
  [abi.SPURIOUS_DRAGON, Hardfork.SpuriousDragon],
  [abi.BYZANTIUM, Hardfork.Byzantium],
  [abi.CONSTANTINOPLE, Hardfork.Constantinople],
  [abi.PETERSBURG, Hardfork.Petersburg],
  [abi.ISTANBUL, Hardfork.Istanbul],
  [abi.BERLIN, Hardfork.Berlin],
  [abi.LONDON, Hardfork.London],
  [abi.PARIS, Hardfork.Paris],
  [abi.SHANGHAI, Hardfork.Shanghai],
  [abi.CANCUN, Hardfork.Cancun],
  [abi.PRAGUE, Hardfork.Prague],
  [abi.OSAKA, Hardfork.Osaka],
]

/** The table at a fork, by byte. */
function tableAt(fork: number): Map<number, Row> {
  const rows = new Map<number, Row>()
  eachOpcode(
    (opcode, name, takes, puts, gas, since) => {
      if (since <= fork) rows.set(opcode, { name, takes, puts, gas })
    },
    (opcode, gas, since) => {
      if (since <= fork) rows.get(opcode)!.gas = gas
    },
  )
  return rows
}

/** The same of EthereumJS. LOG's price per topic is part of its dynamic gas, and 0x44 bears its name before the Merge. */
async function oracleAt(hardfork: Hardfork): Promise<Map<number, { name: string; gas: number }>> {
  const evm = await createEVM({ common: new Common({ chain: Mainnet, hardfork }) })
  const rows = new Map<number, { name: string; gas: number }>()
  for (const [opcode, { name, fee, isInvalid }] of evm.getActiveOpcodes()) {
    // INVALID is an opcode by EIP-141; EthereumJS counts it among the undefined ones.
    if (isInvalid && opcode !== 0xfe) continue
    const topics = name === 'LOG' ? opcode - 0xa0 : 0
    rows.set(opcode, { name: name === 'DIFFICULTY' ? 'PREVRANDAO' : name, gas: fee + 375 * topics })
  }
  return rows
}

/** `items taken → items put`, and the opcodes with that effect. */
const EFFECTS: Readonly<Record<string, string>> = {
  '0 0': 'STOP JUMPDEST INVALID',
  '0 1': `ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE RETURNDATASIZE COINBASE TIMESTAMP NUMBER PREVRANDAO
    GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBBASEFEE PC MSIZE GAS PUSH0 PUSH`,
  '1 0': 'POP JUMP SELFDESTRUCT',
  '1 1': 'ISZERO NOT CLZ BALANCE CALLDATALOAD EXTCODESIZE EXTCODEHASH BLOCKHASH BLOBHASH MLOAD SLOAD TLOAD',
  '2 0': 'MSTORE MSTORE8 SSTORE TSTORE JUMPI RETURN REVERT',
  '2 1': 'ADD MUL SUB DIV SDIV MOD SMOD EXP SIGNEXTEND LT GT SLT SGT EQ AND OR XOR BYTE SHL SHR SAR KECCAK256',
  '3 0': 'CALLDATACOPY CODECOPY RETURNDATACOPY MCOPY',
  '3 1': 'ADDMOD MULMOD CREATE',
  '4 0': 'EXTCODECOPY',
  '4 1': 'CREATE2',
  '6 1': 'DELEGATECALL STATICCALL',
  '7 1': 'CALL CALLCODE',
}

describe('the opcode table', () => {
  it.each(FORKS)('has the opcodes, names and base gas of EthereumJS at fork %i (%s)', async (fork, hardfork) => {
    const ours = Object.fromEntries([...tableAt(fork)].map(([opcode, { name, gas }]) => [opcode, { name, gas }]))
    expect(ours).toEqual(Object.fromEntries(await oracleAt(hardfork)))
  })

  it('covers every fork of the ABI', () => {
    expect(FORKS.map(([fork]) => fork)).toEqual(Array.from({ length: abi.FORK_COUNT }, (_, fork) => fork))
  })

  it('takes and puts as many stack items as the opcodes do', () => {
    const effects = new Map(
      Object.entries(EFFECTS).flatMap(([effect, names]) => names.split(/\s+/).map(name => [name, effect] as const)),
    )
    const table = tableAt(abi.OSAKA)
    for (const [opcode, { name, takes, puts }] of table) {
      const expected = expectedEffect(opcode, name, effects)
      expect(`${name} ${takes} ${puts}`).toBe(`${name} ${expected}`)
    }
    expect(table.size).toBe(150)
  })
})

function expectedEffect(opcode: number, name: string, effects: ReadonlyMap<string, string>): string | undefined {
  if (name === 'DUP') return `${opcode - 0x7f} ${opcode - 0x7f + 1}`
  if (name === 'SWAP') return `${opcode - 0x8f + 1} ${opcode - 0x8f + 1}`
  return name === 'LOG' ? `${opcode - 0xa0 + 2} 0` : effects.get(name)
}
