// Methods that read the chain, call, and send.

import { hexOf } from '../input/hex.ts'
import type { TransactionJson } from '../signed.ts'
import { ExecutionError } from '../simulate/simulate.ts'
import { type Address, EMPTY_CODE_HASH, type Hex, type TxOutcome } from '../types.ts'
import type { Chain } from './chain.ts'
import { ProviderError } from './error.ts'
import { accountAt, blockAt, knownBlock, type Method, placeAt } from './place.ts'
import {
  blockJson,
  minedJson,
  type Params,
  quantityJson,
  readBlockOverrides,
  readRequest,
  readSentRequest,
  readStateOverride,
  receiptJson,
  wordJson,
} from './read.ts'

function successOf(outcome: TxOutcome): Hex {
  if (outcome.status !== 'success') throw new ExecutionError(outcome)
  return hexOf(outcome.output)
}

/** Methods about the chain itself. */
const chainMethods: Readonly<Record<string, Method>> = {
  web3_clientVersion: () => 'weft',
  net_version: chain => String(chain.head.env.chainId),
  net_listening: () => true,
  eth_syncing: () => false,
  eth_mining: chain => chain.isAutomatic || chain.clock.seconds !== undefined,
  eth_chainId: chain => quantityJson(chain.head.env.chainId),
  eth_accounts: chain => [...chain.accounts],
  eth_requestAccounts: chain => [...chain.accounts],
  eth_blockNumber: chain => quantityJson(chain.head.env.number),
  wallet_switchEthereumChain: (chain, params) => {
    const asked = params.fields(0).u64('chainId')
    const { chainId } = chain.head.env
    if (asked === chainId) return null
    throw new ProviderError(4902, `this provider has chain ${chainId} and no chain ${asked}`)
  },
}

/** Methods about state, and about transactions that are not sent. */
const stateMethods: Readonly<Record<string, Method>> = {
  eth_getBalance: async (chain, params) => quantityJson((await accountAt(chain, params)).account?.balance ?? 0n),
  eth_getTransactionCount: async (chain, params) =>
    quantityJson(
      params.raw(1) === 'pending'
        ? await chain.nextNonce(params.address(0))
        : ((await accountAt(chain, params)).account?.nonce ?? 0n),
    ),
  eth_getCode: async (chain, params) => {
    const { state, account } = await accountAt(chain, params)
    return !account || account.codeHash === EMPTY_CODE_HASH ? '0x' : hexOf(await state.code(account.codeHash))
  },
  eth_getStorageAt: async (chain, params) =>
    wordJson(await chain.at(knownBlock(chain, params.raw(2))).storage(params.address(0), params.quantity(1))),
  eth_getStorageValues: async (chain, params) => {
    const state = chain.at(knownBlock(chain, params.raw(1)))
    const values = await Promise.all(
      params.wordsByAddress(0).map(async ([address, keys]) => {
        return [address, (await Promise.all(keys.map(key => state.storage(address, key)))).map(wordJson)] as const
      }),
    )
    return Object.fromEntries(values)
  },
  eth_getProof: async (chain, params) => {
    const source = chain.at(knownBlock(chain, params.raw(2)))
    const { nonce, balance, storageProof, stateRoot, ...proof } = await chain.engine.getProof(
      params.address(0),
      params.words(1),
      source,
    )
    return {
      ...proof,
      nonce: quantityJson(nonce),
      balance: quantityJson(balance),
      storageProof: storageProof.map(({ key, value, proof }) => {
        return { key: wordJson(key), value: quantityJson(value), proof }
      }),
    }
  },
  eth_call: async (chain, params) => {
    const calls = [readRequest(params.fields(0))]
    const { results } = await chain.engine.simulate({
      calls,
      ...placeAt(chain, params, 1),
      stateOverride: readStateOverride(params.raw(2), params.place(2)),
      blockOverrides: readBlockOverrides(params.fields(3)),
    })
    return successOf(results[0]!)
  },
  eth_estimateGas: async (chain, params) => {
    const stateOverride = readStateOverride(params.raw(2), params.place(2))
    const on = { ...placeAt(chain, params, 1), stateOverride }
    return quantityJson(await chain.engine.estimateGas(readRequest(params.fields(0)), on))
  },
  eth_createAccessList: async (chain, params) => {
    const { accessList, gasUsed } = await chain.engine.createAccessList(
      readRequest(params.fields(0)),
      placeAt(chain, params, 1),
    )
    return { accessList, gasUsed: quantityJson(gasUsed) }
  },
  eth_fillTransaction: async (chain, params) => {
    const request = readSentRequest(params.fields(0))
    const raw = await chain.fill(request)
    return { raw: hexOf(raw), tx: waitingJson(chain.read(raw, request.from)) }
  },
}

/** Methods that send, and tell what waits. */
const sendMethods: Readonly<Record<string, Method>> = {
  eth_sendRawTransaction: (chain, params) => chain.send(params.bytes(0)),
  eth_sendRawTransactionSync: async (chain, params) => receiptNow(chain, await chain.send(params.bytes(0))),
  eth_sendTransaction: (chain, params) => chain.sendFrom(readSentRequest(params.fields(0))),
  eth_sendTransactionSync: async (chain, params) =>
    receiptNow(chain, await chain.sendFrom(readSentRequest(params.fields(0)))),
  eth_sendUnsignedTransaction: async (chain, params) => {
    const request = readSentRequest(params.fields(0))
    const isOwn = chain.accounts.has(request.from)
    chain.accounts.add(request.from)
    return chain.sendFrom(request).finally(() => isOwn || chain.accounts.delete(request.from))
  },
  txpool_status: chain => ({ pending: quantityJson(chain.pending.length), queued: '0x0' }),
  txpool_content: chain => ({ pending: poolOf(chain, waitingJson), queued: {} }),
  txpool_inspect: chain => ({
    pending: poolOf(chain, ({ to, value, gas, gasPrice, maxFeePerGas }) => {
      const price = BigInt((gasPrice ?? maxFeePerGas) as Hex)
      return `${to ?? 'contract creation'}: ${BigInt(value as Hex)} wei + ${BigInt(gas)} gas × ${price} wei`
    }),
    queued: {},
  }),
}

/** The receipt of a transaction that was sent just now. */
function receiptNow(chain: Chain, hash: Hex): unknown {
  const mined = chain.mined.get(hash)
  if (mined) return receiptJson(mined)
  throw new ProviderError(-32000, `transaction ${hash} was taken and waits: nothing is mined until it is asked for`)
}

/** A transaction that is in no block yet. */
function waitingJson(json: TransactionJson): Record<string, unknown> {
  return { ...json, blockHash: null, blockNumber: null, transactionIndex: null }
}

/** What waits, by sender and nonce. */
function poolOf<T>(chain: Chain, read: (json: TransactionJson) => T): Record<Address, Record<string, T>> {
  const pool: Record<Address, Record<string, T>> = {}
  for (const { json } of chain.pending) {
    pool[json.from] = { ...pool[json.from], [String(BigInt(json.nonce))]: read(json) }
  }
  return pool
}

/** Methods about blocks and transactions. */
const blockMethods: Readonly<Record<string, Method>> = {
  eth_getTransactionByHash: (chain, params) => transactionJson(chain, params.hash(0)),
  eth_getTransactionBySenderAndNonce: (chain, params) => {
    const [sender, nonce] = [params.address(0), params.quantity(1)]
    const sent = [...chain.pending, ...[...chain.mined.values()].map(({ tx }) => tx)]
    const found = sent.find(({ json }) => json.from === sender && BigInt(json.nonce) === nonce)
    return found ? transactionJson(chain, found.json.hash) : null
  },
  eth_getRawTransactionByHash: (chain, params) => {
    const hash = params.hash(0)
    const found = chain.mined.get(hash)?.tx ?? chain.pending.find(({ json }) => json.hash === hash)
    return found ? hexOf(found.signed) : null
  },
  eth_getTransactionReceipt: (chain, params) => {
    const mined = chain.mined.get(params.hash(0))
    return mined ? receiptJson(mined) : null
  },
  eth_getBlockByNumber: blockOrNull,
  eth_getBlockByHash: blockOrNull,
  eth_getBlockTransactionCountByNumber: transactionCount,
  eth_getBlockTransactionCountByHash: transactionCount,
  eth_getTransactionByBlockNumberAndIndex: transactionAt,
  eth_getTransactionByBlockHashAndIndex: transactionAt,
  eth_getUncleCountByBlockNumber: () => '0x0',
  eth_getUncleCountByBlockHash: () => '0x0',
  eth_getBlockReceipts: (chain, params) => {
    const block = blockAt(chain, params.raw(0))
    return block ? block.transactions.map(tx => receiptJson({ block, tx })) : null
  },
}

function transactionJson(chain: Chain, hash: Hex): unknown {
  const mined = chain.mined.get(hash)
  const waiting = chain.pending.find(({ json }) => json.hash === hash)
  return mined ? minedJson(mined) : waiting ? waitingJson(waiting.json) : null
}

function transactionCount(chain: Chain, params: Params): Hex {
  return quantityJson(knownBlock(chain, params.raw(0)).transactions.length)
}

function transactionAt(chain: Chain, params: Params): unknown {
  const block = blockAt(chain, params.raw(0))
  const tx = block?.transactions[Number(params.quantity(1))]
  return block && tx ? minedJson({ block, tx }) : null
}

function blockOrNull(chain: Chain, params: Params): unknown {
  const block = blockAt(chain, params.raw(0))
  return block ? blockJson(block, params.raw(1) === true) : null
}

/** Methods of clients. */
export const ETH: Readonly<Record<string, Method>> = {
  ...chainMethods,
  ...stateMethods,
  ...sendMethods,
  ...blockMethods,
}
