// What the tests of src/analysis share: a contract with every kind of storage, compiled in three ways, and a state to bind programs on.
import { keccak_256 } from '@noble/hashes/sha3.js'
import solc from 'solc'
import { MODE_WRITE, WHAT_SLOT } from '../../assembly/parallel/program.ts'
import { type BoundState, bind } from '../../src/analysis/reference.ts'
import { CodeTemplates } from '../../src/analysis/template.ts'
import { hexOf } from '../../src/input/hex.ts'

const SOURCE = `
pragma solidity ^0.8.0;
interface Token { function balanceOf(address) external view returns (uint); }
contract Shapes {
  struct Record { uint x; uint y; address z; }
  uint128 a; uint128 b;
  mapping(address => uint) balances;
  mapping(address => mapping(uint => uint)) nested;
  mapping(uint => Record) records;
  uint[] list;
  Shapes target;
  function packed() external { b = a + 1; }
  function add(uint v) external { balances[msg.sender] += v; }
  function set(address k, uint i) external { nested[k][i] = 1; }
  function field(uint id, address z) external { records[id].z = z; }
  function item(uint i, uint v) external { list[i] = v; }
  function many(address[] calldata who, uint v) external { for (uint i; i < who.length; i++) balances[who[i]] += v; }
  function forward(uint v) external { target.add(v); }
  function choose(uint which) external { if (which == 1) a = 1; else balances[msg.sender] = 2; }
  function through(address k) external { nested[k][target.balance(k)] = 3; }
  function balance(address k) external view returns (uint) { return balances[k]; }
  function sums(address k, uint n) external {
    uint[] memory parts = new uint[](3);
    if (n > 5) parts[1] = n; else parts[1] = 2 * n;
    nested[k][parts[1]] = 4;
  }
}
contract Beacon { address public implementation; }
contract BeaconProxy {
  Beacon beacon;
  fallback() external payable {
    address code = beacon.implementation();
    assembly {
      calldatacopy(0, 0, calldatasize())
      let ok := delegatecall(gas(), code, 0, calldatasize(), 0, 0)
      returndatacopy(0, 0, returndatasize())
      switch ok case 0 { revert(0, returndatasize()) } default { return(0, returndatasize()) }
    }
  }
}`

/** How the contracts are compiled. */
export const COMPILERS: Record<string, object> = {
  optimized: { optimizer: { enabled: true, runs: 200 } },
  plain: { optimizer: { enabled: false } },
  'via IR': { optimizer: { enabled: true, runs: 200 }, viaIR: true },
}

/** The deployed codes by contract. */
export function compile(settings: object): Record<string, Uint8Array> {
  const input = {
    language: 'Solidity',
    sources: { s: { content: SOURCE } },
    settings: { ...settings, outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } } },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts: { s: Record<string, { evm: { deployedBytecode: { object: string } } }> }
  }
  return Object.fromEntries(
    Object.entries(output.contracts.s).map(([name, { evm }]) => [
      name,
      new Uint8Array(Buffer.from(evm.deployedBytecode.object, 'hex')),
    ]),
  )
}

/** Accounts: code and slots. */
export type Accounts = Record<string, { code?: Uint8Array | undefined; slots?: Record<string, bigint> }>

/** A state of these accounts. */
export function stateOf(accounts: Accounts): BoundState {
  const of = (address: bigint) => accounts[`${address}`]
  return {
    code: address => of(address)?.code,
    slot: (address, key) => of(address)?.slots?.[`${key}`] ?? 0n,
    balance: () => 0n,
    codeHash: () => 0n,
  }
}

/** Calldata of a call. */
export function calldata(signature: string, ...words: bigint[]): Uint8Array {
  const data = new Uint8Array(4 + 32 * words.length)
  data.set(keccak_256(new TextEncoder().encode(signature)).subarray(0, 4))
  for (const [i, word] of words.entries()) data.set(bytesOf(word), 4 + 32 * i)
  return data
}

/** 32 bytes. */
export function bytesOf(word: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(word.toString(16).padStart(64, '0'), 'hex'))
}

/** keccak256 of words. */
export function keccak(...words: bigint[]): bigint {
  return BigInt(hexOf(keccak_256(Buffer.concat(words.map(bytesOf)))))
}

/** The slots that a call is predicted to touch, as `address:key`, with `*` where they are written; sorted. */
export function slots(accounts: Accounts, to: bigint, data: Uint8Array, sender = SENDER): string[] {
  const made = new Map<Uint8Array, CodeTemplates>()
  const predicted = bind({ sender, to, value: 0n, data, env: new Map() }, stateOf(accounts), (code, selector) => {
    const templates = made.get(code) ?? new CodeTemplates(code)
    made.set(code, templates)
    return templates.template(selector).program
  })
  const modes = new Map<string, number>()
  for (const { what, address, key, mode } of predicted) {
    if (what === WHAT_SLOT) modes.set(`${address}:${key}`, (modes.get(`${address}:${key}`) ?? 0) | mode)
  }
  return [...modes].map(([name, mode]) => (mode & MODE_WRITE ? `${name}*` : name)).sort()
}

/** Who sends. */
export const SENDER = 0xabcdef0000000000000000000000000000000001n
