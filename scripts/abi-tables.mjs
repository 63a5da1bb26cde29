// The ABI in tables: reads assembly/abi.ts (whose head says how it is written) and the exports of assembly/index.ts and threads.ts,
// writes the tables of docs/ABI.md, and include/weft.h. Used by abi.mjs and test/embed/tables.test.ts.

/**
 * The tables of abi.ts in order: { kind: 'struct' | 'values', name, title, rows: [{ name, value, type, text }] }. A row of a struct
 * without a type is its size, or the place where data of any length begins. Throws for a line that is neither.
 */
export function readTables(source) {
  const tables = []
  let table
  let above = ''
  const lines = source.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    const head = /^\/\/ (struct|values) (\w+): (.+)$/.exec(line)
    if (head) {
      let title = head[3]
      while (lines[i + 1]?.startsWith('//   ')) title += ` ${lines[++i].slice(5)}`
      table = { kind: head[1], name: head[2], title, rows: [] }
      tables.push(table)
    } else if (line === '') table = undefined
    else if (table && line.startsWith('/**')) {
      const parts = [line]
      while (!lines[i].endsWith('*/')) parts.push(lines[++i])
      above = parts.map(part =>
        part
          .replace(/^\/\*\*|^ \*(?!\/)/, '')
          .replace(/ ?\*\/$/, '')
          .trim(),
      )
      above = above.filter(Boolean).join(' ')
    } else if (table) {
      table.rows.push(readRow(table, line, above))
      above = ''
    }
  }
  return tables
}

const TYPES = /^(u32|i32|u64|i64|f64|\d+ bytes)(?:: (.+))?$/

function readRow(table, line, above) {
  const [, name, value, comment = above] = /^export const (\w+) = (-?\d+)(?: \/\/ (.+))?$/.exec(line) ?? []
  if (name === undefined) throw new Error(`assembly/abi.ts, table ${table.name}: not a line of a table: ${line}`)
  const [, type = '', text = ''] = (table.kind === 'struct' && TYPES.exec(comment)) || [undefined, '', comment]
  return { name, value: Number(value), type, text }
}

/** The exports of a file of assembly/: [{ name, parameters: [{ name, type }], type }]. */
export function readExports(source) {
  return [...source.matchAll(/^export function (weft_\w+)\(([^)]*)\): (\w+)/gm)].map(([, name, parameters, type]) => ({
    name,
    parameters: [...parameters.matchAll(/(\w+): (\w+)/g)].map(([, parameter, of]) => ({ name: parameter, type: of })),
    type,
  }))
}

// ---- docs/ABI.md ------------------------------------------------------------------------------------------------------------------

/** A text with the names of numbers and functions set as code. */
const marked = text => text.replaceAll(/\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b(?:_?\*)?|\b[A-Z]+_\*|\bweft_\w+\b/g, '`$&`')

/** A table as Markdown. */
export function markdownTable({ kind, name, rows }) {
  const title = name.replaceAll('_', ' ')
  if (kind === 'values') {
    const lines = rows.map(row => `| \`${row.name}\` | ${row.value} | ${marked(row.text)} |`)
    return [`| ${title} | number | |`, '|---|---:|---|', ...lines].map(trimmed).join('\n')
  }
  const lines = rows.map(row => `| \`${row.name}\` | ${row.value} | ${row.type} | ${marked(row.text)} |`)
  return [`| ${title} | offset | type | |`, '|---|---:|---|---|', ...lines].map(trimmed).join('\n')
}

const trimmed = line => line.replaceAll(/\| {2}(?=\|)/g, '| ')

/** The document with the table under each `<!-- table NAME -->` made anew. Throws for a table that it lacks, or has and should not. */
export function fillDocument(text, tables) {
  const left = new Map(tables.map(table => [table.name, table]))
  const filled = text.replaceAll(/(<!-- table (\w+) -->\n)(?:\|.*\n)*/g, (_, marker, name) => {
    const table = left.get(name)
    if (!table) throw new Error(`docs/ABI.md: table ${name} is not in assembly/abi.ts, or stands here twice`)
    left.delete(name)
    return `${marker}${markdownTable(table)}\n`
  })
  if (left.size > 0) throw new Error(`docs/ABI.md lacks "<!-- table NAME -->" for ${[...left.keys()].join(', ')}`)
  return filled
}

// ---- include/weft.h ---------------------------------------------------------------------------------------------------------------

const C_TYPES = {
  u32: 'uint32_t',
  i32: 'int32_t',
  u64: 'uint64_t',
  i64: 'int64_t',
  f64: 'double',
  usize: 'uint32_t',
  void: 'void',
}
const sizeOf = type => (type.endsWith(' bytes') ? Number.parseInt(type, 10) : type.endsWith('64') ? 8 : 4)

/** The header: constants, structs whose offsets the compiler checks, and the exports as a list. */
export function header(tables, version, exports, threadExports) {
  return `/*
 * The embedding ABI of Weft, version ${version}: numbers, structs and functions. Made of assembly/abi.ts by \`npm run abi\`;
 * docs/ABI.md says what they mean. C11 or C++11.
 *
 * Structs are as they lie in the core's memory, which is little-endian: on a little-endian machine they can be copied
 * as they are, on any other the offsets are there. Addresses and 256-bit words are big-endian bytes. Pointers in them
 * are uint32_t: addresses in the core's memory.
 */
#ifndef WEFT_H
#define WEFT_H

#include <stddef.h>
#include <stdint.h>

#define WEFT_ABI_VERSION ${version}
${tables.map(defines).join('\n')}
#if defined(__cplusplus)
#define WEFT_CHECK(what) static_assert(what, #what)
#else
#define WEFT_CHECK(what) _Static_assert(what, #what)
#endif
${tables.map(struct).filter(Boolean).join('\n')}
/*
 * The exports of every build: X(returns, name, parameters). A host that reaches them through function pointers, or through
 * names with a prefix, defines X and writes WEFT_EXPORTS(X).
 */
${exportList('WEFT_EXPORTS', exports)}

/* What the threads build exports besides; experimental, not part of version ${version}. */
${exportList('WEFT_THREAD_EXPORTS', threadExports)}

#endif
`
}

function defines({ title, rows }) {
  const lines = rows.map(({ name, value }) => `#define WEFT_${name} ${value < 0 ? `(${value})` : value}`)
  return `\n/* ${title} */\n${lines.join('\n')}`
}

/** The fields of a struct as they lie, holes filled; undefined where fields share a place or none has a type. */
function struct({ kind, name, rows }) {
  const fields = rows.filter(row => row.type !== '')
  if (kind !== 'struct' || fields.length === 0) return undefined
  const lines = []
  const checks = []
  let at = 0
  const pad = to => {
    if (to > at) lines.push(`  uint8_t pad_${at}[${to - at}];`)
    at = Math.max(at, to)
  }
  for (const row of fields) {
    if (row.value < at) throw new Error(`assembly/abi.ts: ${row.name} lies over the field before it`)
    pad(row.value)
    const size = sizeOf(row.type)
    const field = fieldName(row.name, name)
    lines.push(row.type.endsWith('bytes') ? `  uint8_t ${field}[${size}];` : `  ${C_TYPES[row.type]} ${field};`)
    checks.push(`WEFT_CHECK(offsetof(struct weft_${name}, ${field}) == WEFT_${row.name});`)
    at += size
  }
  const last = rows.at(-1)
  const isFixed = last.type === '' && /_SIZE$|_HEADER$/.test(last.name)
  pad((isFixed ? last : rows.find(row => row.type === ''))?.value ?? at)
  if (isFixed) checks.push(`WEFT_CHECK(sizeof(struct weft_${name}) == WEFT_${last.name});`)
  return `\nstruct weft_${name} {\n${lines.join('\n')}\n};\n${checks.join('\n')}`
}

/** ENV_GAS_LIMIT of env → gas_limit; what does not begin with the name of its table loses the first word. */
function fieldName(constant, table) {
  const lower = constant.toLowerCase()
  const prefixes = [`${table}_`, `${table.split('_').at(-1)}_`, `${lower.split('_')[0]}_`]
  return lower.slice(prefixes.find(prefix => lower.startsWith(prefix)).length)
}

function exportList(macro, exports) {
  const lines = exports.map(({ name, parameters, type }) => {
    const list = parameters.map(parameter => `${C_TYPES[parameter.type]} ${parameter.name}`).join(', ')
    return `  X(${C_TYPES[type]}, ${name}, (${list || 'void'}))`
  })
  return `#define ${macro}(X) \\\n${lines.join(' \\\n')}`
}
