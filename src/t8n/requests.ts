// The requests of a block in clear (EIP-7685): deposits from the logs (EIP-6110), withdrawal and consolidation requests from the
// contracts that collect them (EIP-7002, EIP-7251). The core's block result has only their hash. Where there is more than deposits,
// the block runs again message by message and the answers of the two contracts are kept; the hash says whether that was right.
import { sha256 } from '@noble/hashes/sha2.js'
import { BEACON_ROOTS, CONSOLIDATION_REQUESTS, HISTORY, SYSTEM_ADDRESS, WITHDRAWAL_REQUESTS } from '../chain/system.ts'
import type { Core } from '../core/core.ts'
import { InternalError } from '../errors.ts'
import { hexBytes, hexOf } from '../input/hex.ts'
import type { Address, Block, Hex, Log, Receipt } from '../types.ts'

const DEPOSIT_CONTRACT: Address = '0x00000000219ab540356cbb839cbe05303d7705fa'
/** keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)") */
const DEPOSIT_TOPIC: Hex = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
/** Where in the event's data the five byte strings stand, and their lengths. */
const DEPOSIT_PARTS = [[192, 48] as const, [288, 32] as const, [352, 8] as const, [416, 96] as const, [544, 8] as const]
const SYSTEM_GAS = 30_000_000n

/** A way to run what has been begun on the core, which holds the state before the block. */
export interface Rerun {
  core: Core
  block: Block
  drive(): void | Promise<void>
}

/** The requests of a valid block, each with its type in the first byte. `again` is asked for a core only where it is needed. */
export async function requestsOf(
  requestsHash: Hex,
  receipts: readonly Receipt[],
  again: () => Rerun,
): Promise<readonly Uint8Array[]> {
  const deposits = typed(0, joined(receipts.flatMap(receipt => receipt.logs.filter(isDeposit).map(depositOf))))
  if (hashOf([deposits]) === requestsHash) return [deposits].filter(isNotEmpty)
  const requests = [deposits, ...(await contractRequests(again()))].filter(isNotEmpty)
  const hash = hashOf(requests)
  if (hash !== requestsHash) throw new InternalError(`expected requests with the hash ${requestsHash}, got ${hash}`)
  return requests
}

/** EIP-7685: sha256 over the hashes of all requests that hold something. */
function hashOf(requests: readonly Uint8Array[]): Hex {
  return hexOf(sha256(joined(requests.filter(isNotEmpty).map(request => sha256(request)))))
}

function isNotEmpty(request: Uint8Array): boolean {
  return request.length > 1
}

function isDeposit({ address, topics }: Log): boolean {
  return address === DEPOSIT_CONTRACT && topics[0] === DEPOSIT_TOPIC
}

function depositOf({ data }: Log): Uint8Array {
  return joined(DEPOSIT_PARTS.map(([at, length]) => data.subarray(at, at + length)))
}

async function contractRequests({ core, block, drive }: Rerun): Promise<Uint8Array[]> {
  const { env, transactions } = block
  const call = async (to: Address, input: Uint8Array): Promise<Uint8Array> => {
    core.beginCall({ from: SYSTEM_ADDRESS, to, input, value: 0n, gas: SYSTEM_GAS })
    await drive()
    const result = core.outcome()
    core.commit()
    return 'outcome' in result ? result.outcome.output : new Uint8Array()
  }
  core.setBlock(env, true)
  if (env.parentBeaconRoot) await call(BEACON_ROOTS, hexBytes(env.parentBeaconRoot)!)
  await call(HISTORY, hexBytes(env.parentHash)!)
  for (const signed of transactions) {
    core.beginTx(signed)
    await drive()
    core.commit()
  }
  const nothing = new Uint8Array()
  const withdrawals = await call(WITHDRAWAL_REQUESTS, nothing)
  return [typed(1, withdrawals), typed(2, await call(CONSOLIDATION_REQUESTS, nothing))]
}

function typed(type: number, data: Uint8Array): Uint8Array {
  return joined([Uint8Array.of(type), data])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
