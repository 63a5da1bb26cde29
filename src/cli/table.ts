// An aligned text table. Cells are padded before they are coloured, so that escape codes do not count as width.

/** One column. */
export interface Column {
  title: string
  align: 'left' | 'right'
}

/** A cell: plain text, and a colour for it. */
export type Cell = string | { text: string; paint: (text: string) => string }

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

/** The lines of a table: titles, a rule, rows. Every row has one cell per column. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map(row => textOf(row[i]!).length)))
  // The last column needs no padding on its right: trimEnd would not find it behind a colour's escape code.
  const pad = (text: string, i: number) => {
    if (columns[i]!.align === 'right') return text.padStart(widths[i]!)
    return i === columns.length - 1 ? text : text.padEnd(widths[i]!)
  }
  const line = (cells: readonly Cell[]) => {
    const padded = cells.map((cell, i) => (typeof cell === 'string' ? pad(cell, i) : cell.paint(pad(cell.text, i))))
    return padded.join('  ')
  }
  const rule = widths.map(width => '-'.repeat(width))
  return [columns.map(column => column.title), rule, ...rows].map(line)
}
