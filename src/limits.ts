// Every limit on input from outside, in one place. An error that a limit caused names the constant, so that its reader
// finds this file. Figures in the comments are the largest seen in the 54 mainnet blocks unless they say otherwise.

const KIB = 1024
const MIB = 1024 * KIB

/** Size of one file as it lies on disk (codes.json.gz: 8.1 MiB). */
export const MAX_FILE_BYTES: number = 256 * MIB
/** Size of one document after gunzip (codes.json: 40 MiB); V8 strings end at 512 MiB. */
export const MAX_JSON_BYTES: number = 384 * MIB
/** Nesting of objects and arrays (a block file: 7). */
export const MAX_JSON_DEPTH: number = 32
/** Transactions in one block (1,414). A block of 1 G gas holds 47,619 plain transfers. */
export const MAX_TRANSACTIONS: number = 65_536
/** Bytes of one encoded transaction; a whole block is at most 10 MiB by EIP-7934. */
export const MAX_TRANSACTION_BYTES: number = 10 * MIB
/** Withdrawals in one block (16, which is also the protocol's limit). */
export const MAX_WITHDRAWALS: number = 1024
/** Uncles in one block (Yellow Paper 11.1). */
export const MAX_UNCLES: number = 2
/** Accounts of a pre-state (1,428). */
export const MAX_ACCOUNTS: number = 4_000_000
/** Bytes of one contract (EIP-170 allows 24,576; before it, and in tests, code can be larger). */
export const MAX_CODE_BYTES: number = 4 * MIB
/** Block hashes in a block file; BLOCKHASH reaches 256 back, EIP-2935 8,191. */
export const MAX_BLOCK_HASHES: number = 8192
/** Trie nodes of a witness (a block of 30 Mgas reads some 15,000). */
export const MAX_WITNESS_NODES: number = 1_000_000
/** Bytes of one trie node: a full branch has 532. */
export const MAX_NODE_BYTES: number = 576
/** Codes of a witness (some hundred). */
export const MAX_WITNESS_CODES: number = 65_536
/** Headers of a witness: those that BLOCKHASH reaches. */
export const MAX_WITNESS_HEADERS: number = 256
/** Bytes of one encoded header (some 600). */
export const MAX_HEADER_BYTES: number = 4096
/** Precompiled contracts of one's own: as many as the core takes. */
export const MAX_PRECOMPILES: number = 128
/** Bytes that such a contract may give back, or write into a log. */
export const MAX_PRECOMPILE_OUTPUT: number = 16 * MIB

/** Items of a list in a call to the provider: keys, calls of a simulated block, authorizations, members and items of typed data. */
export const MAX_RPC_ITEMS: number = 10_000
/** Blocks that one eth_simulateV1 may simulate: as many as execution-apis says. */
export const MAX_SIMULATED_BLOCKS: number = 256
/** Blocks of one eth_feeHistory, as geth has it. */
export const MAX_FEE_BLOCKS: number = 1024
/** Topics of a filter: a log has no more. */
export const MAX_TOPICS: number = 4

/** How an error message says a limit: `at most 32 levels (MAX_JSON_DEPTH)`. */
export function atMost(limit: number, unit: string, name: string): string {
  return `at most ${limit.toLocaleString('en-US')} ${unit} (${name})`
}
