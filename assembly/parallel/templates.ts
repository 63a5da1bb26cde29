// The template programs that the binder knows, by code hash and selector, and which it met without knowing one. Only the main instance
// uses them. What is static and what was learned stand beside each other. Memory is bounded: beyond a limit all are forgotten, and
// asked for again.

import {
  PROGRAM_CODE_HASH,
  PROGRAM_SELECTOR,
  PROGRAM_SOURCE,
  PROGRAM_STRUCT_SIZE,
  PROGRAM_WORDS,
  WANTED_CODE,
  WANTED_CODE_HASH,
  WANTED_CODE_LENGTH,
  WANTED_GAS,
  WANTED_HEADER,
  WANTED_SELECTOR,
  WANTED_SIZE,
} from '../abi.ts'
import { Buffer, arenaAge, bufferAt, release, reserve } from '../arena.ts'
import { codeBytes, codeLength, internCodeHash, isCodeLoaded } from '../code.ts'
import { copyWord, equalWords } from '../word/word.ts'
import { TX_TEMPLATE, txState } from './control.ts'
import { forgetMemo } from './memo.ts'
import { ANY_SELECTOR, SOURCE_LEARNED, SOURCE_STATIC } from './program.ts'
import { isProgram } from './validate.ts'

const MAX_PROGRAM_BYTES: u32 = 16777216
const MAX_TEMPLATES: u32 = 65536
const MAX_WANTED: u32 = 1024
const FIRST_CAPACITY: u32 = 1024
/** Beyond it a code or selector made to collide is not looked for. */
const MAX_PROBES: u32 = 64

/** What is known of a code under a selector. Programs are offsets into their buffer, 0 = none. */
@unmanaged
export class Template {
  hash0: u64
  hash1: u64
  hash2: u64
  hash3: u64
  selector: u32
  /** From the code alone. */
  fixed: u32
  learned: u32
  /** It is in the list of wanted ones; the next one there, index + 1. */
  isWanted: u32
  nextWanted: u32
  reserved: u32
  /** Gas of the transactions that wanted it. */
  gas: u64
}
const TEMPLATE_SIZE: u32 = offsetof<Template>()

let age: u32 = u32.MAX_VALUE
let templates: Buffer = changetype<Buffer>(0)
let programs: Buffer = changetype<Buffer>(0)
let index: usize = 0 // open addressing: template + 1
let capacity: u32 = 0
let count: u32 = 0
let wanted: u32 = 0
let wantedCount: u32 = 0
/** No more templates fit: all are to be forgotten before the next block. */
let isFull: bool = false

/** Makes the tables ready. False: memory is exhausted. */
export function initTemplates(): bool {
  if (age == arenaAge && index) return true
  age = arenaAge
  templates = bufferAt(33)
  programs = bufferAt(34)
  capacity = FIRST_CAPACITY
  index = reserve(capacity * 4)
  forgetMemo()
  if (!index) return false
  clear()
  return true
}

function clear(): void {
  memory.fill(index, 0, capacity * 4)
  templates.length = 0
  programs.length = 16 // offset 0 is nobody's
  count = 0
  wanted = 0
  wantedCount = 0
  isFull = false
}

/** Forgets all programs. */
export function forgetPrograms(): void {
  if (initTemplates()) clear()
}

/** Before a block: nothing is wanted yet. False: memory is exhausted. */
export function beginTemplates(): bool {
  if (!initTemplates()) return false
  if (isFull) clear()
  emptyWanted()
  return true
}

function emptyWanted(): void {
  while (wanted) {
    const template = templateAt(wanted - 1)
    wanted = template.nextWanted
    template.isWanted = 0
  }
  wantedCount = 0
}

/** The template of a number, which is good until templates are added. */
@inline
export function templateAt(at: u32): Template {
  return changetype<Template>(templates.ptr + at * TEMPLATE_SIZE)
}

/** Does a program tell what a transaction of the block accesses, and not its envelope alone? */
export function isPredicted(index: u32): bool {
  const number = load<u32>(txState(index), TX_TEMPLATE)
  if (!number) return false
  const template = templateAt(number - 1)
  return template.fixed != 0 || template.learned != 0
}

/** Number of a template, from 0: good until the next block begins or a program is added. */
@inline
export function templateNumber(template: Template): u32 {
  return <u32>(changetype<usize>(template) - templates.ptr) / TEMPLATE_SIZE
}

/** Address of the program at an offset. */
@inline
export function programAt(offset: u32): usize {
  return programs.ptr + offset
}

/**
 * Takes a program for a code hash (32 bytes) and selector: a copy, after a check. `words` 0: the selector is one that the code does
 * not know, and the program for ANY_SELECTOR counts; of a learned one: what was learned no longer holds. False when the program is
 * malformed, or memory exhausted.
 */
export function addProgram(codeHash: usize, selector: u32, program: usize, words: u32, source: u32): bool {
  if (!initTemplates() || (source != <u32>SOURCE_STATIC && source != <u32>SOURCE_LEARNED)) return false
  if (words && !isProgram(program, words)) return false
  if (isFull || <u64>programs.length + <u64>words * 4 + 8 > MAX_PROGRAM_BYTES) clear()
  let offset: u32 = 0
  if (words) {
    offset = (programs.length + 7) & ~7
    if (!programs.ensure(offset + words * 4)) return false
    memory.copy(programs.ptr + offset, program, words * 4)
    programs.length = offset + words * 4
  } else if (source == <u32>SOURCE_STATIC) {
    const any = find(codeHash, ANY_SELECTOR, false)
    offset = any ? templateAt(any - 1).fixed : 0
    if (!offset) return false
  }
  const found = find(codeHash, selector, true)
  if (!found) return false
  const template = templateAt(found - 1)
  if (source == <u32>SOURCE_STATIC) template.fixed = offset
  else template.learned = offset
  return true
}

/** The template of a code under a selector, noted as wanted where there is no static one; null when it cannot even be noted. */
export function templateOf(codeHash: usize, selector: u32, gas: u64): Template {
  const found = find(codeHash, selector, true)
  if (!found) return changetype<Template>(0)
  const template = templateAt(found - 1)
  if (!template.fixed) want(found, template, gas)
  return template
}

function want(at: u32, template: Template, gas: u64): void {
  if (template.isWanted) {
    template.gas += gas
    return
  }
  if (wantedCount == MAX_WANTED) return
  wantedCount++
  template.isWanted = 1
  template.gas = gas
  template.nextWanted = wanted
  wanted = at
}

/** Index + 1 of a template; a new one where `adds`; 0 when there is none. */
function find(codeHash: usize, selector: u32, adds: bool): u32 {
  const mask = capacity - 1
  let at = hashOf(codeHash, selector) & mask
  for (let probes: u32 = 0; probes < MAX_PROBES; probes++) {
    const found = load<u32>(index + at * 4)
    if (!found) return adds ? add(codeHash, selector, index + at * 4) : 0
    const template = templateAt(found - 1)
    if (template.selector == selector && equalWords(changetype<usize>(template), codeHash)) return found
    at = (at + 1) & mask
  }
  return 0
}

@inline
function hashOf(codeHash: usize, selector: u32): u32 {
  return <u32>(((load<u64>(codeHash) ^ selector) * 0x9e3779b97f4a7c15) >> 32)
}

function add(codeHash: usize, selector: u32, place: usize): u32 {
  if (count == MAX_TEMPLATES) {
    isFull = true
    return 0
  }
  const template = changetype<Template>(templates.push(TEMPLATE_SIZE))
  memory.fill(changetype<usize>(template), 0, TEMPLATE_SIZE)
  copyWord(changetype<usize>(template), codeHash)
  template.selector = selector
  store<u32>(place, ++count)
  if (count * 2 > capacity) grow()
  return count
}

function grow(): void {
  const larger = reserve(<u64>capacity * 8)
  if (!larger) return
  release(index, capacity * 4)
  index = larger
  capacity *= 2
  memory.fill(index, 0, capacity * 4)
  const mask = capacity - 1
  for (let i: u32 = 0; i < count; i++) {
    const template = templateAt(i)
    let at = hashOf(changetype<usize>(template), template.selector) & mask
    while (load<u32>(index + at * 4)) at = (at + 1) & mask
    store<u32>(index + at * 4, i + 1)
  }
}

// ---- for the host -------------------------------------------------------------------------------------------------------------

/** Takes the program struct (PROGRAM_*) of `length` bytes at `pointer`, which lies in memory. False: it is malformed. */
export function takeProgram(pointer: usize, length: u32): bool {
  if (length < <u32>PROGRAM_STRUCT_SIZE) return false
  const words = load<u32>(pointer, PROGRAM_WORDS)
  if (<u64>words * 4 != <u64>(length - PROGRAM_STRUCT_SIZE)) return false
  const selector = load<u32>(pointer, PROGRAM_SELECTOR)
  const source = load<u32>(pointer, PROGRAM_SOURCE)
  return addProgram(pointer + PROGRAM_CODE_HASH, selector, pointer + PROGRAM_STRUCT_SIZE, words, source)
}

/**
 * What the last block met without knowing a program: { count, items } (WANTED_*). 0 when memory is exhausted. It is told once: blocks
 * that are not planned want nothing.
 */
export function wantedStruct(): usize {
  const out = bufferAt(46)
  if (!initTemplates() || !out.ensure(WANTED_HEADER + wantedCount * WANTED_SIZE)) return 0
  let item = out.ptr + WANTED_HEADER
  let items: u32 = 0
  for (let at = wanted; at; ) {
    const template = templateAt(at - 1)
    at = template.nextWanted
    const code = internCodeHash(changetype<usize>(template))
    if (!isCodeLoaded(code)) continue
    copyWord(item + WANTED_CODE_HASH, changetype<usize>(template))
    store<u32>(item, <u32>codeBytes(code), WANTED_CODE)
    store<u32>(item, codeLength(code), WANTED_CODE_LENGTH)
    store<u32>(item, template.selector, WANTED_SELECTOR)
    store<u32>(item, 0, WANTED_SELECTOR + 4)
    store<u64>(item, template.gas, WANTED_GAS)
    item += WANTED_SIZE
    items++
  }
  emptyWanted()
  store<u32>(out.ptr, items)
  store<u32>(out.ptr, <u32>(out.ptr + WANTED_HEADER), 4)
  return out.ptr
}
