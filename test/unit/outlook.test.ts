// What a node is asked beforehand, what is made of its answers, and what stands for answers that are not there yet. Hints: nothing that a node
// says may be an error here.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Alternatives } from '../../src/analysis/alternatives.ts'
import type { StateKey } from '../../src/errors.ts'
import { hexBytes } from '../../src/input/hex.ts'
import { GuessingSource } from '../../src/state/guess.ts'
import { MemorySource } from '../../src/state/memory.ts'
import { addressesIn, addressIn, contractKeys, messagesIn } from '../../src/state/named.ts'
import { Inquiry } from '../../src/state/rpc-outlook.ts'
import { nameOf } from '../../src/state/rpc-question.ts'
import type { Address, Foreseen, Hex } from '../../src/types.ts'

const HERE: Hex = `0x${'aa'.repeat(32)}`
const BLOCK: Hex = `0x${'bb'.repeat(32)}`
const [FROM, TO, TOKEN, PAIR] = ['11', '22', '33', '44'].map((byte): Address => `0x${byte.repeat(20)}`) as [
  Address,
  Address,
  Address,
  Address,
]
const word = (value: bigint | Address): string => BigInt(value).toString(16).padStart(64, '0')
const bytes = (digits: string): Uint8Array => hexBytes(`0x${digits}`)!
const names = (keys: readonly StateKey[]): string[] => keys.map(nameOf)
const passed = { accessList: [{ address: TO, storageKeys: [`0x${word(5n)}`] }], gasUsed: '0x0' }
const reverted = { ...passed, error: 'execution reverted' }
const refusal = { error: { code: -32601, message: 'no such method' } }

describe('call data', () => {
  const inner = `a9059cbb${word(PAIR)}${word(7n)}`
  const data = bytes(`12345678${word(TOKEN)}${word(64n)}${word(BigInt(inner.length / 2))}${inner}`)

  it('names addresses, also in a message inside', () => {
    expect(addressesIn(data)).toEqual([TOKEN, PAIR])
    expect(addressesIn(data, 1)).toEqual([TOKEN])
    expect(addressesIn(bytes(`12345678${word(10n ** 30n)}${word(1n << 158n)}`), 16)).toEqual([])
  })

  it('has messages inside', () => {
    expect(messagesIn(data)).toEqual([bytes(inner)])
    expect(messagesIn(data, 0)).toEqual([])
    expect(messagesIn(data.subarray(0, data.length - 1), 4)).toEqual([])
  })

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), random => {
        for (const address of addressesIn(random, 16)) expect(address).toMatch(/^0x[0-9a-f]{40}$/)
        for (const message of messagesIn(random, 4)) expect(message.length).toBeGreaterThanOrEqual(36)
      }),
    )
  })

  it('tells an address from a number', () => {
    expect([addressIn(BigInt(TO)), addressIn(10n ** 18n), addressIn(1n << 160n)]).toEqual([TO, undefined, undefined])
  })
})

describe('a node is asked', () => {
  const message: Foreseen = { from: FROM, to: TO, input: bytes('12345678'), value: 1n, gas: 1000n, gasPrice: 9n }
  const told = { from: FROM, to: TO, data: '0x12345678', value: '0x1' }

  it('with the price and the gas of a transaction, and without a price', () => {
    expect(new Inquiry(HERE, { messages: [message] }).calls).toEqual([
      ['eth_createAccessList', [{ ...told, gas: '0x3e8', gasPrice: '0x9' }, { blockHash: HERE }]],
      ['eth_createAccessList', [{ ...told, gas: '0x4e2' }, { blockHash: HERE }]],
    ])
  })

  it('once for a transfer, and once for a message without gas', () => {
    const plain = [
      { ...message, input: new Uint8Array(0) },
      { from: FROM, to: TO, input: bytes('12345678') },
    ]
    for (const each of plain) expect(new Inquiry(HERE, { messages: [each] }).calls).toHaveLength(1)
  })

  it('for a trace of what it has refused a list of', () => {
    const { refused } = new Inquiry(HERE, { messages: [message] }).read([refusal, refusal])
    expect(refused).toEqual([message])
    const inquiry = new Inquiry(HERE, { refused })
    expect(inquiry.calls.map(([method]) => method)).toEqual(['debug_traceCall'])
    const prestate = { [TOKEN]: { balance: '0x0', storage: { [`0x${word(3n)}`]: '0x1' } } }
    expect(names(inquiry.read([{ result: prestate }]).keys)).toEqual([TOKEN, `${TOKEN}.3`])
  })
})

describe('the answers of a node lead to', () => {
  const inner = `a9059cbb${word(PAIR)}${word(7n)}`
  const input = bytes(`12345678${word(TOKEN)}${word(64n)}${word(BigInt(inner.length / 2))}${inner}`)
  const message: Foreseen = { from: FROM, to: TO, input }
  const read = (list: unknown, receipt?: { status: Hex; logs: unknown[] }) =>
    new Inquiry(HERE, { messages: [message], block: BLOCK }).read([
      refusal,
      receipt ? { result: [receipt] } : refusal,
      { result: list },
    ])
  const written = { address: PAIR, topics: [HERE, `0x${word(TOKEN)}`], data: '0x' }

  it('what is listed, where a transaction passes and who wrote logs is listed', () => {
    for (const outlook of [read(passed), read(passed, { status: '0x1', logs: [{ ...written, address: TO }] })]) {
      expect(names(outlook.keys)).toEqual([TO, `${TO}.5`])
      expect(outlook.messages).toEqual([])
    }
  })

  it('what is named, and messages to it, where the list is of another way', () => {
    const beyond = [TOKEN, PAIR].flatMap(address => names(contractKeys(address))).toSorted()
    for (const outlook of [read(reverted), read(passed, { status: '0x1', logs: [written] })]) {
      expect(names(outlook.keys.slice(2)).toSorted()).toEqual(beyond)
      expect(outlook.messages.map(({ from, to, input: data }) => [from, to, data]).toSorted()).toEqual([
        [TO, TOKEN, bytes(inner)],
        [TO, PAIR, bytes(inner)],
      ])
    }
  })

  it('nothing more, where the transaction is reverted in its block too', () => {
    expect(read(reverted, { status: '0x0', logs: [] }).messages).toEqual([])
  })

  it('nothing, where they are nonsense', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }), results => {
        const inquiry = new Inquiry(HERE, { messages: [{ from: FROM, to: TO }], block: BLOCK })
        expect(inquiry.read(results.map(result => ({ result }))).messages).toEqual([])
      }),
    )
  })
})

describe('guesses of a run that looks ahead', () => {
  const key = (n: bigint): StateKey => ({ kind: 'storage', address: TO, key: n })
  const account: StateKey = { kind: 'account', address: TO }

  it('change where a message fails, the last one first, until nothing is left', () => {
    const alternatives = new Alternatives()
    const [first, second] = [key(1n), key(2n)]
    const seen = [alternatives.guess(second).slot]
    for (let i = 0; i < 3; i++) {
      alternatives.reject([first, second])
      alternatives.reject([first, second])
      expect(alternatives.again()).toBe(true)
      seen.push(alternatives.guess(second).slot)
      expect(alternatives.guess(first).slot).toBe(i < 2 ? seen[0] : 1n)
    }
    expect(seen).toEqual([seen[0], 1n, 0n, seen[0]])
    expect(alternatives.again()).toBe(false)
    alternatives.reject([])
    expect(alternatives.again()).toBe(false)
  })

  it('are accounts with a contract that answers, or none', async () => {
    const alternatives = new Alternatives()
    const source = new GuessingSource(Object.assign(new MemorySource(), { has: () => false }), alternatives.guess)
    const codes: (Uint8Array | null)[] = []
    for (let i = 0; i < 3; i++) {
      const told = await source.account(TO)
      codes.push(told && (await source.code(told.codeHash)))
      alternatives.reject([account])
      alternatives.again()
    }
    expect(codes.map(code => code?.length)).toEqual([codes[0]!.length, codes[0]!.length, undefined])
    expect(codes[0]).not.toEqual(codes[1])
    expect(source.guesses).toEqual([account, account, account])
  })
})
