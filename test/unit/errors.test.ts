// The error classes and the two tables that give the core's numbers a name.
import { expect, it } from 'vitest'
import * as abi from '../../assembly/abi.ts'
import {
  haltReasonOf,
  InputError,
  InternalError,
  InvalidBlockError,
  InvalidTransactionError,
  describe as inWords,
  LoadError,
  MissingStateError,
  rejectionOf,
  SourceError,
  WeftError,
} from '../../src/errors.ts'

const rejections = Object.entries(abi).filter(([name]) => name.startsWith('REJECT_') && name !== 'REJECT_NONE')

it('has 33 rejections or more to name', () => expect(rejections.length).toBeGreaterThanOrEqual(33))

it.each(rejections)('%s has an exception name and a sentence of its own', (_, number) => {
  const { code, sentence } = rejectionOf(number as number)
  expect(code).toMatch(/^(Transaction|Block)Exception\.[A-Z0-9_]+$/)
  expect(code).not.toContain('UNKNOWN')
  expect(sentence).toMatch(/^[ -~]{10,}$/)
  const same = rejections.filter(([, other]) => rejectionOf(other as number).code === code)
  expect(same).toHaveLength(1)
})

it('says what an unknown rejection is without failing', () => {
  expect(rejectionOf(999).code).toBe('BlockException.UNKNOWN')
})

it.each([
  ['OUT_OF_GAS', abi.OUT_OF_GAS],
  ['STACK_OVERFLOW', abi.STACK_OVERFLOW],
  ['BAD_JUMP_DESTINATION', abi.BAD_JUMP_DESTINATION],
  ['PRECOMPILE_FAILURE', abi.PRECOMPILE_FAILURE],
  ['OUT_OF_MEMORY', abi.OUT_OF_MEMORY],
])('names the halt %s as EVMC does', (name, status) => expect(haltReasonOf(status)).toBe(name))

it('calls a status without a name FAILURE', () => expect(haltReasonOf(77)).toBe('FAILURE'))

it('an invalid transaction says where, why, and by which name', () => {
  const error = new InvalidTransactionError(abi.REJECT_NONCE_TOO_LOW, { index: 3, number: 17n })
  expect(error.code).toBe('TransactionException.NONCE_MISMATCH_TOO_LOW')
  expect(error.message).toBe(
    'block 17: transaction 3: the nonce is lower than that of the sender (TransactionException.NONCE_MISMATCH_TOO_LOW)',
  )
  expect([error.rejection, error.index, error.name]).toEqual([abi.REJECT_NONCE_TOO_LOW, 3, 'InvalidTransactionError'])
})

it('an invalid block may have no transaction at fault', () => {
  const error = new InvalidBlockError(abi.REJECT_SYSTEM_CALL_FAILED)
  expect(error.message).toBe('a system call failed (BlockException.SYSTEM_CONTRACT_CALL_FAILED)')
  expect(error.index).toBeUndefined()
})

it('missing state names at most three keys', () => {
  const error = new MissingStateError([
    { kind: 'code', codeHash: '0xab' },
    { kind: 'storage', address: '0x01', key: 255n },
    { kind: 'blockHash', number: 7n },
    { kind: 'account', address: '0x02' },
  ])
  expect(error.message).toBe('the source does not have code 0xab, slot 0xff of 0x01, hash of block 7 and 1 more')
  expect(error.keys).toHaveLength(4)
})

it('an input error names file, field, expected and found', () => {
  const error = new InputError({ file: 'a.json', field: 'tx.gas', expected: 'a number', found: inWords('x') })
  expect(error.message).toBe('a.json: "tx.gas" expected a number, got "x"')
  expect(new InputError({ expected: 'JSON', found: 'an empty file' }).message).toBe('expected JSON, got an empty file')
})

it.each([
  ['nothing', undefined],
  ['null', null],
  ['-1n', -1n],
  ['3', 3],
  ['"a\\"b"', 'a"b'],
  ['"\\u001b[31m\\u009b\\u202ered"', '\u001b[31m\u009b\u202ered'],
  [`"${'x'.repeat(40)}"...`, 'x'.repeat(100)],
  ['an array of 2', [1, 2]],
  ['4 bytes', new Uint8Array(4)],
  ['an object', {}],
])('a value in words: %s', (words, value) => expect(inWords(value)).toBe(words))

it('carries cause and details, and walks to them', () => {
  const socket = new Error('ECONNRESET')
  const source = new SourceError('the node did not answer', { cause: socket, details: 'Is it running?' })
  const outer = new InternalError('the block stopped', { cause: source })
  expect(source.message).toBe('the node did not answer\nIs it running?\nCause: ECONNRESET')
  expect(source.shortMessage).toBe('the node did not answer')
  expect(outer.walk()).toBe(socket)
  expect(outer.walk(error => error instanceof SourceError)).toBe(source)
  expect(outer.walk(error => error instanceof LoadError)).toBeNull()
  expect(new WeftError('alone').walk()).toBeInstanceOf(WeftError)
})

it.each([
  [new SourceError('x'), 'SOURCE'],
  [new LoadError('x'), 'LOAD'],
  [new InternalError('x'), 'INTERNAL'],
  [new MissingStateError([]), 'MISSING_STATE'],
  [new InputError({ expected: 'a', found: 'b' }), 'INPUT'],
])('%s is a WeftError with a code', (error, code) => {
  expect(error).toBeInstanceOf(WeftError)
  expect(error.code).toBe(code)
  expect(error.name).toBe(error.constructor.name)
})
