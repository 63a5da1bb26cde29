// EIP-7702 in a mixed block: accounts that take on code, use it in the same transaction or later, take it back; lists
// with entries that do not count. One group per story; rarities.ts mixes them with the rest.
// https://eips.ethereum.org/EIPS/eip-7702

import { signHash, type Wallet } from './accounts.ts'
import { type Call, calldata, execute, executeSigned, signedCallsPreimage } from './calldata.ts'
import type { Hex } from './format.ts'
import { keccak } from './random.ts'
import type { Scene } from './scene.ts'
import type { Draft } from './transactions.ts'

const ZERO_ADDRESS: Hex = `0x${'0'.repeat(40)}`
const SHA256: Hex = `0x${'2'.padStart(40, '0')}`

/** The groups of drafts about delegation. */
export function delegations(scene: Scene): Draft[][] {
  return [sponsoredBatch(scene), ownBatch(scene), delegatedCounter(scene), delegationLists(scene), oddDelegates(scene)]
}

/** Somebody else sends, and pays for, calls that the account has signed. */
function sponsoredBatch(scene: Scene): Draft[] {
  const [account, sponsor, other] = [scene.person(), scene.person(), scene.person()]
  const [warp] = scene.tokens
  scene.world.grant(warp, account.address, 10n ** 19n)
  const calls: Call[] = [
    {
      target: warp.address,
      value: 0n,
      data: calldata('Token', 'transfer(address,uint256)', sponsor.address, 10n ** 18n),
    },
    { target: other.address, value: 10n ** 14n, data: '0x' },
  ]
  const signed = (nonce: bigint, signer: Wallet): Hex => {
    const { v, r, s } = signHash(keccak(signedCallsPreimage(account.address, nonce, calls)), signer)
    return executeSigned(calls, v, r, s)
  }
  const authorizations = [{ authority: account, delegate: scene.delegate }]
  const to = account.address
  return [
    {
      label: 'delegation: sponsored',
      from: sponsor,
      to,
      data: signed(0n, account),
      gas: 300_000,
      type: 4,
      authorizations,
    },
    { label: 'delegated call', from: other, to, data: signed(1n, account), gas: 250_000, type: 2 },
    { label: 'revert: wrong signer', from: other, to, data: signed(2n, sponsor), gas: 250_000, fails: true },
    { label: 'delegated transfer', from: sponsor, to, value: 10n ** 15n, gas: 60_000 },
    { label: 'delegated sender', from: account, to: other.address, value: 77n, gas: 21_000 },
  ]
}

/** An account delegates and uses its new code in the same transaction: approve, sell, pay. */
function ownBatch(scene: Scene): Draft[] {
  const account = scene.person()
  const [warp] = scene.tokens
  const pair = scene.pairs[1]!.address
  const amount = 10n ** 19n
  scene.world.grant(warp, account.address, 2n * amount)
  const calls: Call[] = [
    { target: warp.address, value: 0n, data: calldata('Token', 'approve(address,uint256)', pair, amount) },
    {
      target: pair,
      value: 0n,
      data: calldata('Pair', 'sell(bool,uint256,uint256,address)', true, amount, 1n, account.address),
    },
    { target: scene.random.hex(20), value: 10n ** 12n, data: '0x' },
  ]
  const authorizations = [{ authority: account, delegate: scene.delegate }]
  const common = { from: account, to: account.address, gas: 400_000 }
  return [
    { ...common, label: 'delegation: own batch', data: execute(calls), type: 4, authorizations },
    // The second sale finds no allowance left.
    { ...common, label: 'revert: inner call', data: execute(calls.slice(1)), type: 2, fails: true },
    { ...common, label: 'revert: not the account', from: scene.person(), data: execute([]), fails: true },
  ]
}

/** A delegation to a contract with state: the count goes up in the account, not in the contract. */
function delegatedCounter(scene: Scene): Draft[] {
  const [account, sender] = [scene.person(), scene.person()]
  const data = calldata('Counter', 'increment()')
  const authorizations = [{ authority: account, delegate: scene.counter, chainId: 0 }]
  return [
    { label: 'delegation: counter', from: sender, to: account.address, data, gas: 200_000, type: 4, authorizations },
    { label: 'delegated call', from: scene.person(), to: account.address, data, gas: 80_000, type: 2 },
    { label: 'delegated call', from: account, to: account.address, data, gas: 80_000 },
  ]
}

/** Lists with entries that do not count, an authority that does not exist yet, a failing call, a withdrawal. */
function delegationLists(scene: Scene): Draft[] {
  const [good, stale, foreign, fresh, former] = [
    scene.person(),
    scene.person(),
    scene.person(),
    scene.stranger(),
    scene.person(),
  ]
  scene.world.account(former.address, { code: `0xef0100${scene.delegate.slice(2)}` })
  const { delegate } = scene
  const payment: Call[] = [{ target: good.address, value: 5n, data: '0x' }]
  return [
    {
      label: 'delegation: list',
      from: scene.person(),
      to: good.address,
      value: 3n,
      gas: 250_000,
      type: 4,
      authorizations: [
        { authority: good, delegate: scene.counter },
        { authority: stale, delegate, stale: true },
        { authority: foreign, delegate, chainId: 10 },
        // The last valid entry of one authority counts.
        { authority: good, delegate },
      ],
    },
    {
      label: 'delegation: fresh',
      from: scene.person(),
      to: fresh.address,
      gas: 120_000,
      type: 4,
      value: 10n ** 9n,
      authorizations: [{ authority: fresh, delegate }],
    },
    {
      // The call fails; the delegation stays, for it is not part of the call.
      label: 'delegation: failing call',
      from: scene.person(),
      to: scene.counter,
      data: '0xdeadbeef',
      gas: 150_000,
      type: 4,
      fails: true,
      authorizations: [{ authority: stale, delegate }],
    },
    { label: 'delegated call', from: former, to: former.address, data: execute(payment), gas: 200_000, type: 2 },
    {
      label: 'delegation: taken back',
      from: former,
      to: scene.random.hex(20),
      gas: 120_000,
      type: 4,
      authorizations: [{ authority: former, delegate: ZERO_ADDRESS }],
    },
    { label: 'no longer delegated', from: scene.person(), to: former.address, data: execute(payment), gas: 60_000 },
  ]
}

/** Delegates without usable code: a precompile (acts as empty), another delegated account (0xef is not code). */
function oddDelegates(scene: Scene): Draft[] {
  const [hasher, chained, first, from] = [scene.person(), scene.person(), scene.person(), scene.person()]
  const gas = 250_000
  return [
    {
      label: 'delegation: odd',
      from,
      to: scene.random.hex(20),
      gas,
      type: 4,
      authorizations: [
        { authority: hasher, delegate: SHA256 },
        { authority: first, delegate: scene.delegate },
        { authority: chained, delegate: first.address },
      ],
    },
    { label: 'delegated transfer', from, to: hasher.address, value: 1n, gas: 60_000 },
    { label: 'invalid: delegate of a delegate', from, to: chained.address, value: 1n, gas: 60_000, fails: true },
  ]
}
