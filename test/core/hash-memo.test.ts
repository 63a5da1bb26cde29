// The memo of KECCAK256 (OPTION_HASH_MEMO): the same digests as without it, whatever was hashed before.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, it } from 'vitest'
import * as abi from '../../src/abi.ts'
import { createEnv } from '../../src/index.ts'
import { assemble, builds, CALLER, CONTRACT, instantiate, supplyWorld } from './machine.ts'

/** Hashes every 64 bytes of its calldata and returns the digests, one behind the other. */
const HASHER = assemble(
  ...[0, 'JUMPDEST DUP1 CALLDATASIZE EQ', 34, 'JUMPI'],
  ...[64, 'DUP2', 0, 'CALLDATACOPY', 64, 0, 'KECCAK256'],
  ...['DUP2', 1, 'SHR', 64, 'ADD MSTORE', 64, 'ADD', 2, 'JUMP'],
  ...['JUMPDEST', 1, 'SHR', 64, 'RETURN'],
)

describe.each(builds)('the memo of Keccak (%s)', build => {
  it('gives the digests of messages that come again and that share a place', () => {
    const { core } = instantiate(build)
    const messages = Array.from({ length: 3000 }, (_, i) => {
      const message = new Uint8Array(64)
      // Words as keys are, all zero among them; and the same ends with other beginnings, which share a place.
      message[31] = (i * 7) % 50
      message[63] = i % 3
      message[0] = i % 2
      return message
    })
    core.reset('osaka')
    supplyWorld(core, { [CONTRACT]: { code: HASHER } })
    core.setBlock(createEnv('osaka'), true)
    core.setOption(abi.OPTION_HASH_MEMO, 1)
    const input = Buffer.concat(messages)
    core.beginCall({ from: CALLER, to: CONTRACT, input, value: 0n, gas: 100_000_000n })
    while (core.run() === 'yield');
    const result = core.outcome()
    if (!('outcome' in result)) throw new Error('the message was rejected')
    expect(result.outcome.status).toBe('success')
    expect(result.outcome.output).toEqual(new Uint8Array(Buffer.concat(messages.map(message => keccak_256(message)))))
  })

  it('is an option of 0 or 1, off after a reset', () => {
    const { core, raw } = instantiate(build)
    core.reset('osaka')
    expect(raw.weft_set_option(abi.OPTION_HASH_MEMO, 2)).toBe(abi.RUN_BAD_INPUT)
    expect(raw.weft_set_option(abi.OPTION_HASH_MEMO, -1)).toBe(abi.RUN_BAD_INPUT)
    expect(raw.weft_set_option(abi.OPTION_HASH_MEMO, 1)).toBe(abi.RUN_DONE)
    expect(raw.weft_set_option(abi.OPTION_HASH_MEMO, 0)).toBe(abi.RUN_DONE)
  })
})
