// The access analyzer on compiled Solidity: for every kind of storage, the slots that a call is predicted to touch are exactly those of
// the language's layout, however the contract was compiled; and calls are followed through proxies.
import { describe, expect, it } from 'vitest'
import { COMPILERS, calldata, compile, keccak, SENDER, slots } from './analysis-shapes.ts'

const TO = 0x1000n
const OTHER = 0x2000n
const IMPLEMENTATION = 0xbeef000000000000000000000000000000002222n
const K = 0x5555550000000000000000000000000000000005n

describe.each(Object.entries(COMPILERS))('storage as Solidity compiles it, %s', (_, settings) => {
  const { Shapes: code, Beacon, BeaconProxy } = compile(settings)
  const touched = (data: Uint8Array, words: Record<string, bigint> = {}) =>
    slots({ [`${TO}`]: { code, slots: words } }, TO, data)
  const own = (key: bigint, mark = '') => `${TO}:${key}${mark}`

  it('packed words share a slot', () => {
    expect(touched(calldata('packed()'))).toEqual([own(0n, '*')])
  })

  it('a mapping by sender', () => {
    expect(touched(calldata('add(uint256)', 3n))).toEqual([own(keccak(SENDER, 1n), '*')])
  })

  it('a mapping of mappings', () => {
    expect(touched(calldata('set(address,uint256)', K, 9n))).toEqual([own(keccak(9n, keccak(K, 2n)), '*')])
  })

  it('a field of a struct', () => {
    expect(touched(calldata('field(uint256,address)', 77n, K))).toEqual([own(keccak(77n, 3n) + 2n, '*')])
  })

  it('an item of an array, and its length', () => {
    const slot = [own(4n), own(keccak(4n) + 6n, '*')].sort()
    expect(touched(calldata('item(uint256,uint256)', 6n, 1n), { 4: 10n })).toEqual(slot)
  })

  it.each([0, 1, 2, 5, 40])('a loop over %i items of calldata', count => {
    const who = Array.from({ length: count }, (_, i) => K + BigInt(i))
    const data = calldata('many(address[],uint256)', 64n, 1n, BigInt(count), ...who)
    expect(touched(data)).toEqual(who.map(each => own(keccak(each, 1n), '*')).sort())
  })

  it('only the side of a condition that will run', () => {
    expect(touched(calldata('choose(uint256)', 1n))).toEqual([own(0n, '*')])
    expect(touched(calldata('choose(uint256)', 2n))).toEqual([own(keccak(SENDER, 1n), '*')])
  })

  it('words of memory that both sides of a condition have written', () => {
    const key = (n: bigint) => [own(keccak(n, keccak(K, 2n)), '*')]
    expect(touched(calldata('sums(address,uint256)', K, 9n))).toEqual(key(9n))
    expect(touched(calldata('sums(address,uint256)', K, 3n))).toEqual(key(6n))
  })

  it('another contract found in storage, and what it returns', () => {
    const balance = keccak(K, 1n)
    const accounts = { [`${TO}`]: { code, slots: { 5: OTHER } }, [`${OTHER}`]: { code, slots: { [`${balance}`]: 8n } } }
    expect(slots(accounts, TO, calldata('forward(uint256)', 3n))).toEqual(
      [own(5n), `${OTHER}:${keccak(TO, 1n)}*`].sort(),
    )
    expect(slots(accounts, TO, calldata('through(address)', K))).toEqual(
      [own(5n), `${OTHER}:${balance}`, own(keccak(8n, keccak(K, 2n)), '*')].sort(),
    )
  })

  const called = calldata('add(uint256)', 3n)
  const written = own(keccak(SENDER, 1n), '*')

  it('a minimal proxy (EIP-1167)', () => {
    const proxy = bytes(`363d3d373d3d3d363d73${IMPLEMENTATION.toString(16)}5af43d82803e903d91602b57fd5bf3`)
    expect(slots({ [`${TO}`]: { code: proxy }, [`${IMPLEMENTATION}`]: { code } }, TO, called)).toEqual([written])
  })

  it('a proxy with its implementation in the slot of EIP-1967', () => {
    const slot = '360894a13ba1a3210667c828492db98dca3e2076cc3735a33a4e8c0d2db5b3ff'
    const proxy = bytes(`366000600037600060003660007f${slot}545af43d6000803e3d6000f3`)
    const accounts = {
      [`${TO}`]: { code: proxy, slots: { [`${BigInt(`0x${slot}`)}`]: IMPLEMENTATION } },
      [`${IMPLEMENTATION}`]: { code },
    }
    expect(slots(accounts, TO, called)).toEqual([own(BigInt(`0x${slot}`)), written].sort())
  })

  it('a proxy that asks a beacon', () => {
    const accounts = {
      [`${TO}`]: { code: BeaconProxy!, slots: { 0: OTHER } },
      [`${OTHER}`]: { code: Beacon!, slots: { 0: IMPLEMENTATION } },
      [`${IMPLEMENTATION}`]: { code },
    }
    expect(slots(accounts, TO, called)).toEqual([own(0n), `${OTHER}:0`, written].sort())
  })

  it('an account that delegates (EIP-7702)', () => {
    const accounts = {
      [`${TO}`]: { code: bytes(`ef0100${IMPLEMENTATION.toString(16)}`) },
      [`${IMPLEMENTATION}`]: { code },
    }
    expect(slots(accounts, TO, called)).toEqual([written])
  })
})

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
