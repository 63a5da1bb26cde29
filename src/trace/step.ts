// A step record (STEP_* of assembly/abi.ts) as an object. One object serves all steps of a run and reads where it is asked, because
// a transaction may have ten million steps and most tracers look at few of their fields.
import * as abi from '../abi.ts'
import { hexOf } from '../input/hex.ts'
import type { Hex } from '../types.ts'

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** What stands before an opcode. Valid during the call that it is passed to. */
export class Step {
  #bytes: Uint8Array = new Uint8Array()
  #view: DataView = new DataView(new ArrayBuffer(0))
  #at = 0

  /** Looks at the record at `at`. */
  seek(bytes: Uint8Array, view: DataView, at: number): this {
    this.#bytes = bytes
    this.#view = view
    this.#at = at
    return this
  }

  get pc(): number {
    return this.#u32(abi.STEP_PC)
  }

  get opcode(): number {
    return this.#u32(abi.STEP_OPCODE)
  }

  /** Gas before the opcode. */
  get gas(): bigint {
    return this.#view.getBigUint64(this.#at + abi.STEP_GAS, true)
  }

  /** What it took, with what it passed on to a callee; its base gas where it failed. */
  get gasCost(): bigint {
    return this.#view.getBigUint64(this.#at + abi.STEP_GAS_COST, true)
  }

  /** The transaction's refund counter. */
  get refund(): bigint {
    return this.#view.getBigInt64(this.#at + abi.STEP_REFUND, true)
  }

  /** 0 = outermost. */
  get depth(): number {
    return this.#u32(abi.STEP_DEPTH)
  }

  /** Bytes, a multiple of 32. */
  get memorySize(): number {
    return this.#u32(abi.STEP_MEMORY_SIZE)
  }

  /** Items on the stack. */
  get stackHeight(): number {
    return this.#u32(abi.STEP_STACK_HEIGHT)
  }

  /** The EVMC status with which this opcode ended its frame, where it failed; else 0. */
  get error(): number {
    return this.#view.getInt32(this.#at + abi.STEP_ERROR, true)
  }

  /** Items of the stack in the record; 0 without the switch `stack`. */
  get stackItems(): number {
    return this.#u32(abi.STEP_STACK_ITEMS)
  }

  /** Item `index` of those recorded; the last is the top. */
  stackItem(index: number): bigint {
    return this.#word(this.#at + abi.STEP_DATA + 32 * index)
  }

  /** The same as hex without leading zeros. */
  stackItemHex(index: number): Hex {
    return this.#minimalHex(this.#at + abi.STEP_DATA + 32 * index)
  }

  /** Key and value of SLOAD or SSTORE, with the switch `storage`. */
  get slot(): { key: bigint; value: bigint } | undefined {
    const at = this.#slotAt()
    return at === undefined ? undefined : { key: this.#word(at), value: this.#word(at + 32) }
  }

  /** The same as 64 hex digits each. */
  get slotHex(): { key: Hex; value: Hex } | undefined {
    const at = this.#slotAt()
    if (at === undefined) return undefined
    return { key: hexOf(this.#bytes.subarray(at, at + 32)), value: hexOf(this.#bytes.subarray(at + 32, at + 64)) }
  }

  /** The memory, with the switch `memory`; copy what is to be kept. */
  get memory(): Uint8Array {
    const at = this.#memoryAt()
    return this.#bytes.subarray(at, at + this.#u32(abi.STEP_MEMORY))
  }

  /** Output of the last call, with the switch `returnData`; copy what is to be kept. */
  get returnData(): Uint8Array {
    const at = this.#memoryAt() + this.#u32(abi.STEP_MEMORY)
    return this.#bytes.subarray(at, at + this.#u32(abi.STEP_RETURN_DATA))
  }

  #u32(offset: number): number {
    return this.#view.getUint32(this.#at + offset, true)
  }

  #slotAt(): number | undefined {
    if (!(this.#u32(abi.STEP_FLAGS) & abi.STEP_HAS_SLOT)) return undefined
    return this.#at + abi.STEP_DATA + 32 * this.stackItems
  }

  #memoryAt(): number {
    const slot = this.#u32(abi.STEP_FLAGS) & abi.STEP_HAS_SLOT ? 64 : 0
    return this.#at + abi.STEP_DATA + 32 * this.stackItems + slot
  }

  #word(at: number): bigint {
    const high = (this.#view.getBigUint64(at) << 64n) | this.#view.getBigUint64(at + 8)
    const low = (this.#view.getBigUint64(at + 16) << 64n) | this.#view.getBigUint64(at + 24)
    return (high << 128n) | low
  }

  #minimalHex(at: number): Hex {
    const end = at + 32
    while (at < end && this.#bytes[at] === 0) at++
    if (at === end) return '0x0'
    let text = `0x${this.#bytes[at]!.toString(16)}`
    for (at++; at < end; at++) text += DIGITS[this.#bytes[at]!]!
    return text as Hex
  }
}
