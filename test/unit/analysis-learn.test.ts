// Learned templates: accesses of past transactions are explained by their calldata, sender, storage and logged preimages, and predicted
// for the next one; what stops holding is forgotten.
import { describe, expect, it } from 'vitest'
import { MODE_READ, MODE_WRITE } from '../../assembly/parallel/program.ts'
import { explain, Learner, type Observed, type ObservedAccess } from '../../src/analysis/learn.ts'
import { bindLearned } from '../../src/analysis/reference.ts'
import { bytesOf, calldata, keccak, stateOf } from './analysis-shapes.ts'

const SIGNATURE = 'transfer(address,uint256)'
const SELECTOR = 0xa9059cbb
const TO = 0x1000000000000000000000000000000000000001n
const POOL = 0x2000000000000000000000000000000000000002n
const alice = (i: number): bigint => 0xa11ce00000000000000000000000000000000000n + BigInt(i)
const bob = (i: number): bigint => 0xb0b0000000000000000000000000000000000000n + BigInt(i)

/** Transaction `i` of a token's transfers, touching what `accesses` says; it hashes the words of `hashed`. */
function observed(i: number, accesses: readonly Partial<ObservedAccess>[], ...hashed: bigint[][]): Observed {
  return {
    sender: alice(i),
    to: TO,
    data: calldata(SIGNATURE, bob(i), 5n),
    codeHash: 'code',
    accesses: accesses.map(access => ({ address: TO, key: 0n, isStored: false, ...access })),
    preimages: new Map(hashed.map(words => [keccak(...words), Buffer.concat(words.map(bytesOf))])),
  }
}

/** What is predicted for transaction `i`, as `address:key` with `*` for a write. */
function predicted(learner: Learner, i: number, slots: Record<string, bigint> = {}): string[] {
  const program = learner.program('code', SELECTOR)
  if (!program) return []
  const { sender, to, data } = observed(i, [])
  const state = stateOf({ [`${TO}`]: { slots } })
  return bindLearned({ sender, to, value: 0n, data, env: new Map() }, state, program)
    .map(({ address, key, mode }) => `${address}:${key}${mode & MODE_WRITE ? '*' : ''}`)
    .sort()
}

const slot = (address: bigint, key: bigint, mark = ''): string => `${address}:${key}${mark}`

describe('learned templates', () => {
  it('explain the sender, calldata and constants', () => {
    const learner = new Learner()
    const key = (who: bigint) => [who, 3n]
    for (const i of [1, 3]) {
      expect(predicted(learner, 2)).toEqual([])
      const accesses = [{ key: keccak(...key(alice(i))), isStored: true }, { key: keccak(...key(bob(i))) }, { key: 7n }]
      learner.learn(explain(observed(i, accesses, key(alice(i)), key(bob(i)))))
    }
    expect(predicted(learner, 2)).toEqual(
      [slot(TO, keccak(alice(2), 3n), '*'), slot(TO, keccak(bob(2), 3n)), slot(TO, 7n)].sort(),
    )
    expect(learner.program('code', SELECTOR + 1)).toBeUndefined()
    expect(learner.program('another', SELECTOR)).toBeUndefined()
  })

  it('explain mappings of mappings, fields and arrays', () => {
    const learner = new Learner()
    const key = (i: number) => keccak(bob(i), keccak(alice(i), 1n)) + 2n
    const array = keccak(4n) + 5n
    for (const i of [1, 2, 3]) {
      const hashed = [[alice(i), 1n], [bob(i), keccak(alice(i), 1n)], [4n]]
      learner.learn(explain(observed(i, [{ key: key(i) }, { key: array }], ...hashed)))
    }
    expect(predicted(learner, 9)).toEqual([slot(TO, key(9)), slot(TO, array)].sort())
  })

  it('explain another account by a slot that holds its address', () => {
    const learner = new Learner()
    const accesses = [
      { key: 6n, value: POOL },
      { address: POOL, key: 8n, isStored: true },
    ]
    for (const i of [1, 2]) learner.learn(explain(observed(i, accesses)))
    const elsewhere = POOL + 1n
    expect(predicted(learner, 2, { 6: elsewhere })).toEqual([slot(TO, 6n), slot(elsewhere, 8n, '*')].sort())
  })

  it('believe what stands for itself only when it was seen three times', () => {
    const learner = new Learner()
    const accesses = [{ address: POOL, key: 8n }, { key: keccak(99n, 99n, 99n) }]
    for (const i of [1, 2]) learner.learn(explain(observed(i, accesses)))
    expect(predicted(learner, 3)).toEqual([])
    learner.learn(explain(observed(3, accesses)))
    expect(predicted(learner, 4)).toEqual([slot(POOL, 8n), slot(TO, keccak(99n, 99n, 99n))].sort())
  })

  it('forget what no longer holds, and learn it anew', () => {
    const learner = new Learner()
    for (let i = 0; i < 30; i++) learner.learn(explain(observed(i, [{ key: 1n }])))
    let before = 0
    for (; predicted(learner, 0).length > 0; before++) learner.learn(explain(observed(before, [])))
    // 30 hits weigh 9.6 after decay; after two that miss, less than 0.8 of the weight is hits.
    expect(before).toBe(2)
    for (let i = 0; i < 20; i++) learner.learn(explain(observed(i, [{ key: 1n }])))
    expect(predicted(learner, 0)).toEqual([slot(TO, 1n)])
  })

  it('are bounded, and the same for the same past', () => {
    const made = [new Learner(), new Learner()].map(learner => {
      for (let i = 0; i < 1100; i++) {
        const accesses = Array.from({ length: 200 }, (_, k) => ({ key: BigInt(i === 1099 ? k : i) }))
        learner.learn(explain({ ...observed(i, i < 1099 ? accesses.slice(0, 2) : accesses), codeHash: `code${i}` }))
      }
      return learner
    })
    expect(made[0]!.size).toBe(1024)
    expect(made[0]!.program('code0', SELECTOR)).toBeUndefined()
    for (const learner of made) {
      const accesses = Array.from({ length: 200 }, (_, k) => ({ key: BigInt(k) }))
      learner.learn(explain({ ...observed(1099, accesses), codeHash: 'code1099' }))
    }
    const last = made.map(learner => learner.program('code1099', SELECTOR)!)
    expect(last[0]).toEqual(last[1])
    expect(last[0]!.filter(word => word === (1 | (MODE_READ << 8))).length).toBe(96)
  })
})
