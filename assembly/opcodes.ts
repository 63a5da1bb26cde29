// THE opcode table: byte, name, stack items taken and put, base gas, first fork (Yellow Paper appendix H, and the EIPs
// named below). Everything else derives from it: the interpreter's check table, tracers, the host's names, the tests.
// Base gas is what an opcode costs whatever its operands; the dynamic part stands in gas.ts.
// Both compilers read this file: no types but i32 and string.

import {
  BERLIN,
  BYZANTIUM,
  CANCUN,
  CONSTANTINOPLE,
  FRONTIER,
  HOMESTEAD,
  ISTANBUL,
  LONDON,
  OSAKA,
  SHANGHAI,
  TANGERINE_WHISTLE,
} from './abi.ts'

/**
 * One opcode: byte, name, items taken, items put, base gas, first fork. Members of the families PUSH, DUP, SWAP and LOG
 * bear the family's name; the number follows from the byte (0x60 is PUSH1, 0x80 DUP1, 0x90 SWAP1, 0xa0 LOG0).
 */
export type OpcodeRow = (opcode: i32, name: string, takes: i32, puts: i32, gas: i32, since: i32) => void
/** A later change of an opcode's base gas. */
export type GasRow = (opcode: i32, gas: i32, since: i32) => void

/** Calls `row` for every opcode, in the order of their bytes, and then `gas` for every change, in the order of forks. */
export function eachOpcode(row: OpcodeRow, gas: GasRow): void {
  arithmetic(row)
  environment(row)
  stackMemoryFlow(row)
  pushDupSwapLog(row)
  system(row)
  gasChanges(gas)
}

function arithmetic(row: OpcodeRow): void {
  row(0x00, 'STOP', 0, 0, 0, FRONTIER)
  row(0x01, 'ADD', 2, 1, 3, FRONTIER)
  row(0x02, 'MUL', 2, 1, 5, FRONTIER)
  row(0x03, 'SUB', 2, 1, 3, FRONTIER)
  row(0x04, 'DIV', 2, 1, 5, FRONTIER)
  row(0x05, 'SDIV', 2, 1, 5, FRONTIER)
  row(0x06, 'MOD', 2, 1, 5, FRONTIER)
  row(0x07, 'SMOD', 2, 1, 5, FRONTIER)
  row(0x08, 'ADDMOD', 3, 1, 8, FRONTIER)
  row(0x09, 'MULMOD', 3, 1, 8, FRONTIER)
  row(0x0a, 'EXP', 2, 1, 10, FRONTIER)
  row(0x0b, 'SIGNEXTEND', 2, 1, 5, FRONTIER)
  row(0x10, 'LT', 2, 1, 3, FRONTIER)
  row(0x11, 'GT', 2, 1, 3, FRONTIER)
  row(0x12, 'SLT', 2, 1, 3, FRONTIER)
  row(0x13, 'SGT', 2, 1, 3, FRONTIER)
  row(0x14, 'EQ', 2, 1, 3, FRONTIER)
  row(0x15, 'ISZERO', 1, 1, 3, FRONTIER)
  row(0x16, 'AND', 2, 1, 3, FRONTIER)
  row(0x17, 'OR', 2, 1, 3, FRONTIER)
  row(0x18, 'XOR', 2, 1, 3, FRONTIER)
  row(0x19, 'NOT', 1, 1, 3, FRONTIER)
  row(0x1a, 'BYTE', 2, 1, 3, FRONTIER)
  row(0x1b, 'SHL', 2, 1, 3, CONSTANTINOPLE) // EIP-145
  row(0x1c, 'SHR', 2, 1, 3, CONSTANTINOPLE)
  row(0x1d, 'SAR', 2, 1, 3, CONSTANTINOPLE)
  row(0x1e, 'CLZ', 1, 1, 5, OSAKA) // EIP-7939
  row(0x20, 'KECCAK256', 2, 1, 30, FRONTIER)
}

function environment(row: OpcodeRow): void {
  row(0x30, 'ADDRESS', 0, 1, 2, FRONTIER)
  row(0x31, 'BALANCE', 1, 1, 20, FRONTIER)
  row(0x32, 'ORIGIN', 0, 1, 2, FRONTIER)
  row(0x33, 'CALLER', 0, 1, 2, FRONTIER)
  row(0x34, 'CALLVALUE', 0, 1, 2, FRONTIER)
  row(0x35, 'CALLDATALOAD', 1, 1, 3, FRONTIER)
  row(0x36, 'CALLDATASIZE', 0, 1, 2, FRONTIER)
  row(0x37, 'CALLDATACOPY', 3, 0, 3, FRONTIER)
  row(0x38, 'CODESIZE', 0, 1, 2, FRONTIER)
  row(0x39, 'CODECOPY', 3, 0, 3, FRONTIER)
  row(0x3a, 'GASPRICE', 0, 1, 2, FRONTIER)
  row(0x3b, 'EXTCODESIZE', 1, 1, 20, FRONTIER)
  row(0x3c, 'EXTCODECOPY', 4, 0, 20, FRONTIER)
  row(0x3d, 'RETURNDATASIZE', 0, 1, 2, BYZANTIUM) // EIP-211
  row(0x3e, 'RETURNDATACOPY', 3, 0, 3, BYZANTIUM)
  row(0x3f, 'EXTCODEHASH', 1, 1, 400, CONSTANTINOPLE) // EIP-1052
  row(0x40, 'BLOCKHASH', 1, 1, 20, FRONTIER)
  row(0x41, 'COINBASE', 0, 1, 2, FRONTIER)
  row(0x42, 'TIMESTAMP', 0, 1, 2, FRONTIER)
  row(0x43, 'NUMBER', 0, 1, 2, FRONTIER)
  row(0x44, 'PREVRANDAO', 0, 1, 2, FRONTIER) // DIFFICULTY before Paris (EIP-4399)
  row(0x45, 'GASLIMIT', 0, 1, 2, FRONTIER)
  row(0x46, 'CHAINID', 0, 1, 2, ISTANBUL) // EIP-1344
  row(0x47, 'SELFBALANCE', 0, 1, 5, ISTANBUL) // EIP-1884
  row(0x48, 'BASEFEE', 0, 1, 2, LONDON) // EIP-3198
  row(0x49, 'BLOBHASH', 1, 1, 3, CANCUN) // EIP-4844
  row(0x4a, 'BLOBBASEFEE', 0, 1, 2, CANCUN) // EIP-7516
}

function stackMemoryFlow(row: OpcodeRow): void {
  row(0x50, 'POP', 1, 0, 2, FRONTIER)
  row(0x51, 'MLOAD', 1, 1, 3, FRONTIER)
  row(0x52, 'MSTORE', 2, 0, 3, FRONTIER)
  row(0x53, 'MSTORE8', 2, 0, 3, FRONTIER)
  row(0x54, 'SLOAD', 1, 1, 50, FRONTIER)
  row(0x55, 'SSTORE', 2, 0, 0, FRONTIER)
  row(0x56, 'JUMP', 1, 0, 8, FRONTIER)
  row(0x57, 'JUMPI', 2, 0, 10, FRONTIER)
  row(0x58, 'PC', 0, 1, 2, FRONTIER)
  row(0x59, 'MSIZE', 0, 1, 2, FRONTIER)
  row(0x5a, 'GAS', 0, 1, 2, FRONTIER)
  row(0x5b, 'JUMPDEST', 0, 0, 1, FRONTIER)
  row(0x5c, 'TLOAD', 1, 1, 100, CANCUN) // EIP-1153
  row(0x5d, 'TSTORE', 2, 0, 100, CANCUN)
  row(0x5e, 'MCOPY', 3, 0, 3, CANCUN) // EIP-5656
  row(0x5f, 'PUSH0', 0, 1, 2, SHANGHAI) // EIP-3855
}

function pushDupSwapLog(row: OpcodeRow): void {
  for (let n = 1; n <= 32; n++) row(0x5f + n, 'PUSH', 0, 1, 3, FRONTIER)
  for (let n = 1; n <= 16; n++) row(0x7f + n, 'DUP', n, n + 1, 3, FRONTIER)
  for (let n = 1; n <= 16; n++) row(0x8f + n, 'SWAP', n + 1, n + 1, 3, FRONTIER)
  for (let n = 0; n <= 4; n++) row(0xa0 + n, 'LOG', n + 2, 0, 375 * (n + 1), FRONTIER)
}

function system(row: OpcodeRow): void {
  row(0xf0, 'CREATE', 3, 1, 32000, FRONTIER)
  row(0xf1, 'CALL', 7, 1, 40, FRONTIER)
  row(0xf2, 'CALLCODE', 7, 1, 40, FRONTIER)
  row(0xf3, 'RETURN', 2, 0, 0, FRONTIER)
  row(0xf4, 'DELEGATECALL', 6, 1, 40, HOMESTEAD) // EIP-7
  row(0xf5, 'CREATE2', 4, 1, 32000, CONSTANTINOPLE) // EIP-1014
  row(0xfa, 'STATICCALL', 6, 1, 700, BYZANTIUM) // EIP-214
  row(0xfd, 'REVERT', 2, 0, 0, BYZANTIUM) // EIP-140
  row(0xfe, 'INVALID', 0, 0, 0, FRONTIER)
  row(0xff, 'SELFDESTRUCT', 1, 0, 0, FRONTIER)
}

function gasChanges(gas: GasRow): void {
  // EIP-150
  gas(0x31, 400, TANGERINE_WHISTLE)
  gas(0x3b, 700, TANGERINE_WHISTLE)
  gas(0x3c, 700, TANGERINE_WHISTLE)
  gas(0x54, 200, TANGERINE_WHISTLE)
  gas(0xf1, 700, TANGERINE_WHISTLE)
  gas(0xf2, 700, TANGERINE_WHISTLE)
  gas(0xf4, 700, TANGERINE_WHISTLE)
  gas(0xff, 5000, TANGERINE_WHISTLE)
  // EIP-1884
  gas(0x31, 700, ISTANBUL)
  gas(0x3f, 700, ISTANBUL)
  gas(0x54, 800, ISTANBUL)
  // EIP-2929: the price is that of a warm or cold access, in gas.ts
  gas(0x31, 0, BERLIN)
  gas(0x3b, 0, BERLIN)
  gas(0x3c, 0, BERLIN)
  gas(0x3f, 0, BERLIN)
  gas(0x54, 0, BERLIN)
  gas(0xf1, 0, BERLIN)
  gas(0xf2, 0, BERLIN)
  gas(0xf4, 0, BERLIN)
  gas(0xfa, 0, BERLIN)
}
