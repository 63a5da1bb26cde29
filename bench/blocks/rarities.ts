// What a mixed block holds besides everyday transactions: each rare thing once or a few times, in groups that keep
// their inner order (a contract is made before it is called). Cases come from EIP-2930, -4844, -161, -3541, -6780,
// -7623, -7002, -7251 and from what trips up parallel engines: nonce chains, the fee recipient as a party, contracts
// made and used in one block. Delegations (EIP-7702) stand in delegations.ts.

import { bigIntToUnpaddedBytes, bytesToHex, generateAddress, hexToBytes } from '@ethereumjs/util'
import type { Wallet } from './accounts.ts'
import { calldata, initcode, tokenInitcode } from './calldata.ts'
import { delegations } from './delegations.ts'
import { type Hex, word } from './format.ts'
import { NUMBER, type Scene, TIMESTAMP, UNLIMITED } from './scene.ts'
import { BEACON_ROOTS, CONSOLIDATION_REQUESTS, HISTORY, WITHDRAWAL_REQUESTS } from './system.ts'
import type { Draft } from './transactions.ts'

const ZERO_ADDRESS: Hex = `0x${'0'.repeat(40)}`
const SHA256: Hex = `0x${'2'.padStart(40, '0')}`
const IDENTITY: Hex = `0x${'4'.padStart(40, '0')}`

/** All groups in one list: each in its order, the groups mixed. */
export function rarities(scene: Scene): Draft[] {
  const groups = [
    nonceChain(scene),
    plainTransfers(scene),
    refusedTokenMoves(scene),
    refusedSwaps(scene),
    creations(scene),
    factory(scene),
    counters(scene),
    blobs(scene),
    systemContracts(scene),
    ...delegations(scene),
  ]
  return groups.reduce((all, group) => scene.random.interleaved(all, group), [])
}

/** One sender, sixteen transactions. */
function nonceChain(scene: Scene): Draft[] {
  const from = scene.person()
  const [warp] = scene.tokens
  scene.world.grant(warp, from.address, 100n * 10n ** 18n)
  const label = 'nonce chain'
  return Array.from({ length: 16 }, (_, i) => {
    const to = scene.random.hex(20)
    if (i % 4 === 1) {
      const data = calldata('Token', 'transfer(address,uint256)', to, BigInt(i) * 10n ** 17n)
      return { label, from, to: warp.address, data, gas: 65_000 }
    }
    if (i % 4 === 3) {
      return { label, from, to: scene.counter, data: calldata('Counter', 'increment()'), gas: 60_000 }
    }
    return { label, from, to, value: scene.amount(40), gas: 21_000 }
  })
}

/** The fee recipient as a party, accounts that appear or stay away, calldata priced by the floor of EIP-7623. */
function plainTransfers(scene: Scene): Draft[] {
  const [fresh, second, talker] = [scene.stranger(), scene.stranger(), scene.person()]
  const ether = 10n ** 18n
  const note = scene.random.hex(700)
  return [
    { label: 'transfer to coinbase', from: scene.person(), to: scene.coinbase.address, value: ether, gas: 21_000 },
    { label: 'transfer from coinbase', from: scene.coinbase, to: scene.random.hex(20), value: ether / 7n, gas: 21_000 },
    { label: 'coinbase to itself', from: scene.coinbase, to: scene.coinbase.address, value: 5n, gas: 21_000 },
    { label: 'transfer to itself', from: talker, to: talker.address, value: 1n, gas: 21_000 },
    { label: 'nothing to nobody', from: scene.person(), to: scene.random.hex(20), gas: 21_000 },
    { label: 'fund a stranger', from: scene.person(), to: fresh.address, value: ether / 2n, gas: 21_000 },
    { label: 'a stranger pays', from: fresh, to: second.address, value: ether / 5n, gas: 21_000 },
    { label: 'a stranger pays', from: second, to: fresh.address, value: ether / 50n, gas: 21_000 },
    {
      label: 'legacy, unprotected',
      from: scene.person(),
      to: talker.address,
      value: 9n,
      gas: 21_000,
      type: 0,
      unprotected: true,
    },
    { label: 'long note', from: talker, to: scene.random.hex(20), value: 3n, data: note, gas: 60_000 },
    { label: 'to a precompile', from: talker, to: IDENTITY, data: scene.random.hex(96), gas: 40_000 },
    { label: 'to a precompile', from: scene.person(), to: SHA256, value: 2n, data: note, gas: 60_000 },
  ]
}

function refusedTokenMoves(scene: Scene): Draft[] {
  const [warp, shuttle] = scene.tokens
  const transfer = 'transfer(address,uint256)'
  const transferFrom = 'transferFrom(address,address,uint256)'
  const [poor, owner] = [scene.person(), scene.random.hex(20)]
  scene.world.grant(shuttle, poor.address, 99n)
  scene.world.grant(warp, owner, 10n ** 20n)
  const refused = (from: Wallet, to: Hex, data: Hex, label: string): Draft => ({
    label,
    from,
    to,
    data,
    gas: 90_000,
    fails: true,
  })
  return [
    refused(scene.person(), warp.address, calldata('Token', transfer, owner, 1n), 'revert: token balance'),
    refused(poor, shuttle.address, calldata('Token', transfer, owner, 100n), 'revert: token balance'),
    refused(poor, scene.weth.address, calldata('WrappedEther', transfer, owner, 5n), 'revert: token balance'),
    refused(poor, scene.weth.address, calldata('WrappedEther', 'withdraw(uint256)', 1n), 'revert: token balance'),
    refused(poor, warp.address, calldata('Token', transferFrom, owner, poor.address, 1n), 'revert: allowance'),
    refused(poor, warp.address, calldata('Token', transfer, ZERO_ADDRESS, 0n), 'revert: zero address'),
    {
      label: 'mint',
      from: poor,
      to: warp.address,
      data: calldata('Token', 'mint(address,uint256)', poor.address, 7n),
      gas: 90_000,
    },
    {
      label: 'token transfer',
      from: poor,
      to: shuttle.address,
      data: calldata('Token', transfer, poor.address, 99n),
      gas: 65_000,
    },
  ]
}

/** The product check, the price limit, too little gas; and the two entries of a pair that everyday swaps leave out. */
function refusedSwaps(scene: Scene): Draft[] {
  const pair = scene.pairs[1]!
  const amount = 100n * 10n ** 18n
  // About 26.6 SHTL for 100 WARP at the opening reserves of the second pair.
  const fair = 26n * 10n ** 18n
  const named = (from: Wallet, out: bigint): Hex =>
    calldata('Pair', 'swap(bool,uint256,uint256,address)', true, amount, out, from.address)
  const sold = (from: Wallet, least: bigint): Hex =>
    calldata('Pair', 'sell(bool,uint256,uint256,address)', true, amount, least, from.address)
  const draft = (label: string, gas: number, data: (from: Wallet) => Hex, fails = true): Draft => {
    const from = scene.person()
    scene.prepareSale(pair, true, from.address, amount)
    return { label, from, to: pair.address, data: data(from), gas, fails }
  }
  const donor = scene.person()
  scene.world.grant(scene.tokens[1], donor.address, amount)
  const gift = calldata('Token', 'transfer(address,uint256)', pair.address, amount)
  return [
    draft('named swap', 220_000, from => named(from, fair - fair / 10n), false),
    draft('revert: product', 220_000, from => named(from, fair + fair / 10n)),
    draft('revert: product', 220_000, from => named(from, 2n * fair)),
    draft('revert: price', 220_000, from => sold(from, 2n * fair)),
    draft('out of gas', 50_000, from => sold(from, 1n)),
    draft('out of gas', 62_000, from => named(from, 1n)),
    { label: 'donation', from: donor, to: scene.tokens[1].address, data: gift, gas: 65_000 },
    { label: 'sync', from: donor, to: pair.address, data: calldata('Pair', 'sync()'), gas: 120_000 },
  ]
}

/** Creation transactions that work, that fail in three ways, and calls of what they made. */
function creations(scene: Scene): Draft[] {
  const maker = scene.person()
  const nonce = scene.world.account(maker.address).nonce
  const made = bytesToHex(generateAddress(hexToBytes(maker.address), bigIntToUnpaddedBytes(nonce)))
  const create = (from: Wallet, label: string, data: Hex, gas: number, fails = false): Draft => ({
    label: `creation: ${label}`,
    from,
    to: null,
    data,
    gas,
    fails,
  })
  return [
    { ...create(maker, 'Counter', initcode('Counter', 6n), 400_000), value: 10n ** 15n },
    {
      label: 'call of a new contract',
      from: scene.person(),
      to: made,
      data: calldata('Counter', 'increment()'),
      gas: 70_000,
    },
    create(scene.person(), 'Token', tokenInitcode('Bobbin', 'BOB'), 900_000),
    create(scene.person(), 'WrappedEther', initcode('WrappedEther'), 800_000),
    create(scene.person(), 'Pair', initcode('Pair', scene.weth.address, scene.tokens[1].address), 1_000_000),
    create(scene.person(), 'no code', '0x', 60_000),
    create(scene.person(), 'constructor reverts', initcode('Counter', UNLIMITED), 400_000, true),
    create(scene.person(), 'out of gas', initcode('Pair', ZERO_ADDRESS, ZERO_ADDRESS), 300_000, true),
    // PUSH1 0xef, PUSH0, MSTORE8, PUSH1 1, PUSH0, RETURN: code must not begin with 0xef.
    create(scene.person(), 'reserved first byte', '0x60ef5f5360015ff3', 90_000, true),
    {
      label: 'call of a new contract',
      from: scene.person(),
      to: made,
      data: calldata('Counter', 'increment()'),
      gas: 70_000,
    },
    {
      label: 'close',
      from: maker,
      to: made,
      data: calldata('Counter', 'close(address)', scene.random.hex(20)),
      gas: 90_000,
    },
    {
      label: 'call of a new contract',
      from: scene.person(),
      to: made,
      data: calldata('Counter', 'increment()'),
      gas: 70_000,
    },
    {
      label: 'revert: not the owner',
      from: scene.person(),
      to: made,
      gas: 70_000,
      fails: true,
      data: calldata('Counter', 'close(address)', ZERO_ADDRESS),
    },
  ]
}

/** CREATE2: a salt used once, then again, and a contract that does not outlive its transaction. */
function factory(scene: Scene): Draft[] {
  const [first, second, brief] = [scene.random.hex(32), scene.random.hex(32), scene.random.hex(32)]
  const call = (label: string, name: string, salt: Hex, fails = false): Draft => ({
    label,
    from: scene.person(),
    to: scene.factory,
    data: calldata('CounterFactory', name, salt),
    gas: 420_000,
    fails,
  })
  return [
    call('factory', 'make(bytes32)', first),
    { ...call('factory', 'make(bytes32)', second), value: 44n },
    call('revert: salt used', 'make(bytes32)', first, true),
    { ...call('made and closed', 'makeAndClose(bytes32)', brief), value: 1_000n },
    call('made and closed', 'makeAndClose(bytes32)', brief),
  ]
}

/** A number that everybody raises, computation without state, and one run that exceeds its gas. */
function counters(scene: Scene): Draft[] {
  const call = (label: string, data: Hex, gas: number, fails = false): Draft => ({
    label,
    from: scene.person(),
    to: scene.counter,
    data,
    gas,
    fails,
  })
  return [
    ...Array.from({ length: 8 }, () => call('count', calldata('Counter', 'increment()'), 60_000)),
    call('churn', calldata('Counter', 'churn(uint256)', 1_500n), 900_000),
    call('churn', calldata('Counter', 'churn(uint256)', 700n), 900_000),
    call('out of gas', calldata('Counter', 'churn(uint256)', 5_000n), 400_000, true),
    call('stamp', calldata('Counter', 'stamp()'), 90_000),
  ]
}

/** Type 3: one blob with a plain transfer, two blobs with a call that reads the first hash. */
function blobs(scene: Scene): Draft[] {
  const blobHash = (): Hex => `0x01${scene.random.hex(31).slice(2)}`
  const [one, two] = [scene.person(), scene.person()]
  const sequencer = scene.random.hex(20)
  const storageKeys = [word(1)]
  return [
    { label: 'blob', from: one, to: sequencer, value: 1n, gas: 21_000, type: 3, blobHashes: [blobHash()] },
    {
      label: 'blob',
      from: two,
      to: scene.counter,
      data: calldata('Counter', 'stamp()'),
      gas: 90_000,
      type: 3,
      blobHashes: [blobHash(), blobHash()],
      accessList: [{ address: scene.counter, storageKeys }],
    },
  ]
}

/** Requests to the consensus layer, and reading what the block's own system calls have just stored. */
function systemContracts(scene: Scene): Draft[] {
  const validator = (): string => scene.random.hex(48).slice(2)
  const from = scene.person()
  const request = (label: string, to: Hex, data: string, value: bigint): Draft => ({
    label,
    from,
    to,
    data: `0x${data}`,
    value,
    gas: 300_000,
    fails: value === 0n,
  })
  const [partial, exit, move] = [
    `${validator()}00000002540be400`,
    `${validator()}${'0'.repeat(16)}`,
    validator() + validator(),
  ]
  const storageKeys = [word(TIMESTAMP % 8191)]
  return [
    request('withdrawal request', WITHDRAWAL_REQUESTS, partial, 1n),
    request('withdrawal request', WITHDRAWAL_REQUESTS, exit, 10n),
    request('revert: request fee', WITHDRAWAL_REQUESTS, exit, 0n),
    request('consolidation request', CONSOLIDATION_REQUESTS, move, 2n),
    { label: 'history', from, to: HISTORY, data: word(NUMBER - 1), gas: 60_000 },
    {
      label: 'history',
      from,
      to: BEACON_ROOTS,
      data: word(TIMESTAMP),
      gas: 60_000,
      type: 1,
      accessList: [{ address: BEACON_ROOTS, storageKeys }],
    },
  ]
}
