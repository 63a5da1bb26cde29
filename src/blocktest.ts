// Block tests (BlockchainTests format: { network, pre, genesisBlockHeader, blocks, lastblockhash, postState }): a chain from genesis
// with valid and invalid blocks. A test passes when every invalid block is refused and every other one accepted, and when
// the head and its state are the expected ones. Called by the command line and by the conformance suite.
import {
  Blockchain,
  type BlockTracers,
  type ChainBlock,
  type Genesis,
  type ImportResult,
  type LastBlock,
} from './blockchain.ts'
import type { BlobParameters } from './chain/forks.ts'
import type { Header } from './chain/header.ts'
import { type ForkSchedule, scheduleOf } from './chain/schedule.ts'
import type { UncleHeader } from './chain/uncles.ts'
import type { Core } from './core/core.ts'
import type { Engine } from './engine.ts'
import { InputError } from './errors.ts'
import { decodeBlock } from './input/block-rlp.ts'
import { Fields, under } from './input/fields.ts'
import { readPreState } from './input/pre-state.ts'
import { MemorySource } from './state/memory.ts'
import { listedState } from './state/preload.ts'
import type { Hex } from './types.ts'

/** A block that was to be refused, and was. */
export interface Refusal {
  /** As the test names the reason; several joined by `|`. */
  expected: string
  /** Exception name of execution-spec-tests. */
  got: string
}

/** What a test came to. */
export interface BlockTestResult {
  pass: boolean
  /** Blocks of the test. */
  blocks: number
  /** Hash and state root of the head. */
  head: Hex
  stateRoot: Hex
  refusals: Refusal[]
  /** Why it did not pass. */
  error?: string
  /** The block at which it did not pass, or its last one. */
  last?: LastBlock
}

/** What a test can be asked for besides its result. */
export interface BlockTestOptions {
  /** The tracers of the transactions of every block that is executed. */
  tracers?: BlockTracers
  /** A test that fails has `last`. */
  withLast?: boolean
}

/** `expected` of a refusal whose reason the test does not name. */
export const UNNAMED = 'unnamed'

/** Runs a test. Throws InputError when it is malformed or its network unknown. */
export function runBlockTest(
  engine: Engine,
  name: string,
  json: unknown,
  { tracers, withLast = false }: BlockTestOptions = {},
): Promise<BlockTestResult> {
  const test = new Fields(json, { file: name, path: '' })
  const genesis = readTestGenesis(test)
  return engine.alone(async core => {
    const chain = new Blockchain(engine, core, genesis, tracers)
    const refusals: Refusal[] = []
    const blocks = test.array('blocks', 100_000, 'blocks')
    const wrong =
      differs('state root of the genesis', genesis.header.stateRoot, chain.begin()) ??
      (await importAll(chain, test, blocks, refusals)) ??
      differs('head', test.hash('lastblockhash'), chain.head.hash)
    // Before the core is used to look at the post-state.
    const last = withLast ? chain.last() : undefined
    const error = wrong ?? wrongState(core, test, chain.head)
    const { hash, header } = chain.head
    return {
      pass: error === undefined,
      ...{ blocks: blocks.length, head: hash, stateRoot: header.stateRoot, refusals },
      ...(error !== undefined && { error, ...(last && { last }) }),
    }
  })
}

/** Imports the blocks in order; a sentence about the first that fares otherwise than the test says. */
async function importAll(
  chain: Blockchain,
  test: Fields,
  blocks: readonly unknown[],
  refusals: Refusal[],
): Promise<string | undefined> {
  for (const [i, json] of blocks.entries()) {
    const block = new Fields(json, under(test.at('blocks'), i))
    const expected = expectedException(block, test.text('network'))
    const result = await chain.add(block.bytes('rlp', 1 << 26, 'bytes of a block'))
    const wrong = judge(block, expected, result)
    if (wrong) return `block ${i}: ${wrong}`
    if (expected && 'exception' in result) refusals.push({ expected, got: result.exception })
  }
  return undefined
}

function judge(block: Fields, expected: string | undefined, result: ImportResult): string | undefined {
  if ('exception' in result) {
    const { exception, details } = result
    const got = details === undefined ? exception : `${exception}, ${details}`
    if (!expected) return `it was refused: ${got}`
    return namesAgree(expected, exception) ? undefined : `expected ${expected}, got ${got}`
  }
  if (expected) return `expected it to be refused (${expected})`
  const hash = block.has('blockHeader') ? block.fields('blockHeader').hash('hash') : result.block.hash
  return differs('hash', hash, result.block.hash)
}

/** The older suites name an exception per fork, or one for all, or none: then a block without its fields in clear is invalid. */
function expectedException(block: Fields, network: string): string | undefined {
  const keys = ['expectException', 'expectExceptionALL', `expectException${network}`]
  const key = keys.find(each => block.has(each))
  if (key) return block.text(key)
  return block.has('blockHeader') ? undefined : UNNAMED
}

/**
 * Execution-spec-tests name the reasons they allow, joined by `|`; the prefix before the dot is not compared. The names of older
 * suites say no more than that the block is refused.
 */
export function namesAgree(expected: string, got: string): boolean {
  const names = expected.split('|')
  if (!names.every(name => /^(Block|Transaction)Exception\./.test(name))) return true
  return names.map(suffix).includes(suffix(got))
}

function suffix(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The post-state in clear has to have the state root of the head, which execution has already confirmed. */
function wrongState(core: Core, test: Fields, head: ChainBlock): string | undefined {
  const { stateRoot } = head.header
  if (test.has('postStateHash')) return differs('post-state', test.hash('postStateHash'), stateRoot)
  if (!test.has('postState')) return undefined
  const post = readPreState(test.raw('postState'), test.at('postState'))
  core.reset(head.rules.fork.name)
  core.supply(listedState(new MemorySource({ accounts: post.accounts }))!)
  return differs('post-state', core.stateRoot(), stateRoot)
}

function differs(what: string, expected: Hex, got: Hex): string | undefined {
  return expected === got ? undefined : `${what} expected ${expected}, got ${got}`
}

// ---- reading ----------------------------------------------------------------------------------------------------------------

/** What the chain of a test begins with. Throws InputError. */
export function readTestGenesis(test: Fields): Genesis {
  return {
    schedule: readSchedule(test),
    chainId: test.has('config') ? test.fields('config').u64('chainid') : 1n,
    ...readGenesis(test),
    state: readPreState(test.raw('pre'), test.at('pre')),
  }
}

function readSchedule(test: Fields): ForkSchedule {
  const network = test.text('network')
  const blobs = test.has('config') && test.fields('config').has('blobSchedule') ? readBlobs(test) : undefined
  const schedule = scheduleOf(network, blobs)
  if (schedule) return schedule
  throw new InputError({ ...{ file: test.place.file, field: 'network' }, expected: 'a fork', found: network })
}

function readBlobs(test: Fields): (fork: string) => BlobParameters | undefined {
  const stated = test.fields('config').fields('blobSchedule')
  return fork => {
    if (!stated.has(fork)) return undefined
    const row = stated.fields(fork)
    return {
      target: Number(row.u64('target')),
      max: Number(row.u64('max')),
      updateFraction: Number(row.u64('baseFeeUpdateFraction')),
    }
  }
}

/** Some old tests have the genesis in JSON only; they are of forks before London. */
function readGenesis(test: Fields): UncleHeader {
  if (test.has('genesisRLP')) return decodeBlock(test.bytes('genesisRLP', 1 << 20, 'bytes of a genesis block'))
  const genesis = test.fields('genesisBlockHeader')
  const header: Header = {
    parentHash: genesis.hash('parentHash'),
    ommersHash: genesis.hash('uncleHash'),
    coinbase: genesis.address('coinbase'),
    stateRoot: genesis.hash('stateRoot'),
    transactionsRoot: genesis.hash('transactionsTrie'),
    receiptsRoot: genesis.hash('receiptTrie'),
    logsBloom: genesis.text('bloom') as Hex,
    difficulty: genesis.u256('difficulty'),
    number: genesis.u64('number'),
    gasLimit: genesis.u64('gasLimit'),
    gasUsed: genesis.u64('gasUsed'),
    timestamp: genesis.u64('timestamp'),
    extraData: genesis.bytes('extraData', 1024, 'bytes of extra data'),
    mixHash: genesis.hash('mixHash'),
    nonce: genesis.text('nonce') as Hex,
  }
  return { hash: genesis.hash('hash'), header }
}
