// result.json of the t8n protocol: field names and order of geth, quantities as 0x without leading zeros. Called by t8n.ts.
import * as abi from '../../assembly/abi.ts'
import type { Fork } from '../chain/forks.ts'
import { hexOf } from '../input/hex.ts'
import { quantityHex } from '../state/alloc.ts'
import type { TransitionEnv } from '../t8n/env.ts'
import { bloomOf, type TransitionReceipt } from '../t8n/receipts.ts'
import type { Transition } from '../t8n.ts'
import type { Hex } from '../types.ts'
import { hashLogs } from './differences.ts'

const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`

/** The result as plain JSON. */
export function resultJson(transition: Transition, { block, difficulty }: TransitionEnv, fork: Fork): object {
  const { result, rejected, requests, stateRoot, blockException } = transition
  const since = (rules: number): boolean => fork.rules >= rules
  return {
    stateRoot,
    txRoot: result.transactionsRoot,
    receiptsRoot: result.receiptsRoot,
    logsHash: hashLogs(result.receipts.flatMap(receipt => receipt.logs)),
    logsBloom: result.logsBloom,
    receipts: receiptsJson(result.receipts, block.number),
    rejected,
    currentDifficulty: difficulty === undefined ? null : quantityHex(difficulty),
    gasUsed: quantityHex(result.gasUsed),
    ...(since(abi.LONDON) && { currentBaseFee: quantityHex(block.baseFee) }),
    ...(result.withdrawalsRoot && { withdrawalsRoot: result.withdrawalsRoot }),
    ...(since(abi.CANCUN) && {
      currentExcessBlobGas: quantityHex(block.excessBlobGas),
      blobGasUsed: quantityHex(result.blobGasUsed),
    }),
    ...(requests && { requestsHash: result.requestsHash, requests: requests.map(hexOf) }),
    ...(blockException !== undefined && { blockException }),
  }
}

function receiptsJson(receipts: readonly TransitionReceipt[], number: bigint): object[] {
  let logIndex = 0
  return receipts.map((receipt, index) => {
    const place = {
      blockNumber: quantityHex(number),
      transactionHash: receipt.hash,
      transactionIndex: quantityHex(index),
      blockHash: ZERO_HASH,
    }
    return {
      type: quantityHex(receipt.type),
      root: receipt.stateRoot ?? '0x',
      status: receipt.status === 'success' ? '0x1' : '0x0',
      cumulativeGasUsed: quantityHex(receipt.cumulativeGasUsed),
      logsBloom: hexOf(bloomOf(receipt.logs)),
      logs: receipt.logs.map(log => ({
        address: log.address,
        topics: log.topics,
        data: hexOf(log.data),
        ...place,
        logIndex: quantityHex(logIndex++),
        removed: false,
      })),
      transactionHash: receipt.hash,
      contractAddress: receipt.createdAddress ?? ZERO_ADDRESS,
      gasUsed: quantityHex(receipt.gasUsed),
      effectiveGasPrice: quantityHex(receipt.gasPrice),
      blockHash: ZERO_HASH,
      transactionIndex: quantityHex(index),
    }
  })
}
