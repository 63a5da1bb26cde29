// The host in JavaScript: replays vectors (vectors.ts says what they hold) on an instance and returns a line per result. Plain JavaScript
// without imports, so that Node, Bun and a browser's page run the same file. host.py and host.c do the same in Python and C.

const KIND_ACCOUNT = 1
const KIND_STORAGE = 2
const KIND_CODE = 3
const KIND_BLOCK_HASH = 4
const KIND_PRECOMPILE = 5
const KIND_CUSTOM = 7
const KIND_BALANCE = 8
const KIND_LOG = 9
const RUN_DONE = 0
const RUN_REQUEST = 1
const RUN_TRACE_FULL = 2
const RUN_YIELD = 3
const ITEM_SIZE = 128
/** Fields of outcomes that hold addresses in memory: shown as zero. */
const ADDRESSES = { call: [32, 40, 72], tx: [32, 40, 72], block: [32, 40] }
const RECEIPT_SIZE = 176
const CUSTOM_SIZE = 136
const REVERT = 2
const PRECOMPILE_FAILURE = 12
/** Longer pieces are shown as their length and hash. */
const LONGEST = 4096

const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = text => Uint8Array.from(text.match(/../g) ?? [], byte => Number.parseInt(byte, 16))

/** Who computes for the core what needs curves: here, what stands in the vector. */
const recorded = ({ precompiles, signers }) => ({
  precompile(address, input) {
    const found = precompiles.find(([number, data]) => number === address && data === input)
    if (!found) throw new Error(`no answer for the precompile at ${address}`)
    return found[2]
  },
  signer: signature => signers[signature],
})

/** Replays the vectors of the file on a compiled module; `vector/run piece hex` per result. */
export async function replay(module, { vectors }, curvesOf = recorded) {
  const lines = []
  // An instance each: codes outlive a reset, and what has been supplied is not asked for.
  for (const vector of vectors) {
    const { exports } = await WebAssembly.instantiate(module, {})
    lines.push(...replayVector(exports, vector, curvesOf(vector)))
  }
  return lines
}

function replayVector(core, vector, curves) {
  const lines = []
  core.weft_reset(vector.fork)
  for (const [option, value] of vector.options) check(core.weft_set_option(option, value), 'weft_set_option')
  const view = () => new DataView(core.memory.buffer)
  const read = (at, length) => new Uint8Array(core.memory.buffer.slice(at, at + length))
  const put = data => {
    const at = core.weft_alloc(data.length) >>> 0
    new Uint8Array(core.memory.buffer).set(data, at)
    return at
  }
  const supply = data => {
    const at = put(data)
    check(core.weft_supply(at, data.length), 'weft_supply')
    core.weft_free(at)
  }
  const tell = (run, piece, data) => {
    const shown = data.length > LONGEST ? `#${data.length} ${hex(keccak(data))}` : hex(data)
    lines.push(`${vector.name}/${run} ${piece} ${shown}`)
  }
  const keccak = data => {
    const at = put(data)
    check(core.weft_keccak(at, at, data.length), 'weft_keccak')
    const digest = read(at, 32)
    core.weft_free(at)
    return digest
  }
  const answerContract = (item, told) => {
    const call = read(new DataView(item.buffer).getUint32(4, true), CUSTOM_SIZE)
    const input = piece(new DataView(item.buffer).getUint32(4, true) + 16)
    told(Uint8Array.from([...call.fill(0, 16, 20), ...input]))
    const [at, out] = [put(Uint8Array.from([...call.slice(56, 100), ...new Uint8Array(32)])), put(new Uint8Array(224))]
    // Both are looked at before either is missed: what is missing then comes in one round.
    const missing = core.weft_state_slot(out, at, at + 44) + core.weft_state_account(out + 96, at + 24)
    const [slot, balance] = [read(out + 64, 32), read(out + 96 + 64, 32)]
    core.weft_free(at)
    core.weft_free(out)
    return missing > 0 ? [] : contractAnswer(call, input, slot, balance)
  }
  const piece = at => read(view().getUint32(at, true), view().getUint32(at + 4, true))
  const tellLogs = (run, from, count) => {
    let end = from
    for (let i = 0; i < count; i++) end += view().getUint32(end, true)
    tell(run, 'logs', read(from, end - from))
  }
  if (vector.contracts !== '') {
    const addresses = put(bytesOf(vector.contracts))
    check(core.weft_set_precompiles(addresses, vector.contracts.length / 40), 'weft_set_precompiles')
    core.weft_free(addresses)
  }
  if (vector.supplied !== '') supply(bytesOf(vector.supplied))
  const environment = put(bytesOf(vector.environment))
  check(core.weft_set_block(environment), 'weft_set_block')
  core.weft_free(environment)

  for (const [run, { begin, data, pointers, end }] of vector.runs.entries()) {
    const at = put(bytesOf(data))
    for (const offset of pointers) view().setUint32(at + offset, view().getUint32(at + offset, true) + at, true)
    check(core[`weft_begin_${begin}`](at), `weft_begin_${begin}`)
    core.weft_free(at)
    const rounds = []
    for (let state = core.weft_run(); state !== RUN_DONE; state = core.weft_run()) {
      if (state === RUN_TRACE_FULL) tell(run, 'trace', piece(core.weft_trace() >>> 0))
      else if (state === RUN_REQUEST) {
        const request = core.weft_request() >>> 0
        const count = view().getUint32(request, true)
        rounds.push(count)
        const items = read(view().getUint32(request + 4, true), count * ITEM_SIZE)
        if (items[0] === KIND_CUSTOM) supply(answerContract(items, data => tell(run, 'custom', data)))
        else supply(answers(vector, curves, count, items, read))
      } else if (state !== RUN_YIELD) throw new Error(`weft_run returned ${state}`)
    }
    if (vector.options.length > 0) tell(run, 'trace', piece(core.weft_trace() >>> 0))
    tell(run, 'asked', Uint8Array.from(rounds))

    const outcome = core.weft_outcome() >>> 0
    const struct = read(outcome, view().getUint32(outcome, true))
    for (const offset of ADDRESSES[begin]) struct.fill(0, offset, offset + 4)
    tell(run, 'outcome', struct)
    if (begin === 'block') {
      const count = view().getUint32(outcome + 36, true)
      tell(run, 'receipts', read(view().getUint32(outcome + 32, true), count * RECEIPT_SIZE))
    } else {
      tell(run, 'output', piece(outcome + 32))
      tell(run, 'used', piece(outcome + 72))
    }
    tellLogs(run, view().getUint32(outcome + 40, true), view().getUint32(outcome + 44, true))
    if (end === 'discard') core.weft_discard()
    else if (begin !== 'block') check(core.weft_commit(), 'weft_commit')
    tell(run, 'diff', piece(core.weft_diff() >>> 0))
    if (end === 'root') {
      const root = put(new Uint8Array(32))
      check(core.weft_state_root(root), 'weft_state_root')
      tell(run, 'root', read(root, 32))
      core.weft_free(root)
    }
  }
  return lines
}

function check(status, name) {
  if (status !== 0) throw new Error(`${name} returned ${status}`)
}

/** A record per item: out of the vector's state, or saying that there is nothing. */
function answers(vector, curves, count, items, read) {
  const records = []
  for (let i = 0; i < count; i++) {
    const item = items.slice(i * ITEM_SIZE, (i + 1) * ITEM_SIZE)
    records.push(...answer(vector, curves, item, read))
  }
  return Uint8Array.from(records)
}

function answer(vector, curves, item, read) {
  const view = new DataView(item.buffer)
  const kind = view.getUint32(0, true)
  const address = hex(item.slice(32, 52))
  const key = hex(item.slice(64, 96))
  if (kind === KIND_ACCOUNT) return find(vector, kind, [[32, address]]) ?? record(kind, 128, [[32, address]])
  if (kind === KIND_CODE) return find(vector, kind, [[16, key]]) ?? []
  if (kind === KIND_BLOCK_HASH) return find(vector, kind, [[8, hex(item.slice(16, 24))]]) ?? []
  if (kind === KIND_STORAGE) {
    const fields = [
      [8, address],
      [32, key],
    ]
    return find(vector, kind, fields) ?? record(kind, 96, fields)
  }
  if (kind === KIND_PRECOMPILE) {
    const number = Number(view.getBigUint64(16, true))
    const output = curves.precompile(number, hex(read(view.getUint32(4, true), view.getUint32(8, true))))
    if (output === null) return record(kind, 16, [])
    const length = (output.length / 2).toString(16).padStart(2, '0')
    return record(kind, 16 + ((output.length / 2 + 7) & ~7), [
      [8, '01'],
      [12, length],
      [16, output],
    ])
  }
  // KIND_RECOVER
  const signer = curves.signer(`${key}${hex(item.slice(32, 64))}${hex(item.slice(96, 128))}${item[12]}`)
  const index = [8, hex(item.slice(4, 8))]
  return record(kind, 40, signer === undefined ? [index] : [index, [12, '01'], [16, signer]])
}

/**
 * The answer of the one contract that hosts have of their own. Input that begins with 0xfe fails, with 0xff reverts. Else slot 0 of whoever it
 * acts for counts calls, the count is its balance and a log, and the output is the count and the caller's balance.
 */
function contractAnswer(call, input, slot, balance) {
  const self = hex(call.slice(56, 76))
  const count = hex(slot.with(31, slot[31] + 1))
  const answer = (status, output, changes) =>
    record(KIND_CUSTOM, 32 + ((output.length / 2 + 7) & ~7) + changes.length, [
      [8, u32(status)],
      [12, u32(output.length / 2)],
      [16, u32(1000)],
      [24, u32(changes.length)],
      [32, output],
      [32 + ((output.length / 2 + 7) & ~7), hex(changes)],
    ])
  if (input[0] === 0xff) return answer(REVERT, hex(input), [])
  if (input[0] === 0xfe) return answer(PRECOMPILE_FAILURE, '', [])
  const counted = record(KIND_STORAGE, 96, [
    [8, self],
    [64, count],
  ])
  const paid = record(KIND_BALANCE, 64, [
    [8, self],
    [32, count],
  ])
  const logged = record(KIND_LOG, 128, [
    [16, u32(112)],
    [20, u32(1)],
    [24, u32(32)],
    [32, self],
    [64, count],
    [96, count],
  ])
  return answer(0, count + hex(balance), Uint8Array.from([...counted, ...paid, ...logged]))
}

const u32 = value => hex(new Uint8Array(Uint32Array.of(value).buffer))

/** The state's record of a kind that has these fields. */
function find({ state }, kind, fields) {
  const found = state.find(
    text => text.startsWith(`0${kind}`) && fields.every(([offset, bytes]) => text.startsWith(bytes, offset * 2)),
  )
  return found === undefined ? undefined : bytesOf(found)
}

function record(kind, size, fields) {
  const bytes = new Uint8Array(size)
  bytes[0] = kind
  new DataView(bytes.buffer).setUint32(4, size, true)
  for (const [at, field] of fields) bytes.set(bytesOf(field), at)
  return bytes
}
