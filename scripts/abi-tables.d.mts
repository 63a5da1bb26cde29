/** A line of a table of assembly/abi.ts. */
export interface AbiRow {
  name: string
  value: number
  /** u32, i32, u64, i64, f64 or "N bytes"; empty for sizes, places where data of any length begins, and values. */
  type: string
  text: string
}

/** A table of assembly/abi.ts. */
export interface AbiTable {
  kind: 'struct' | 'values'
  name: string
  title: string
  rows: AbiRow[]
}

/** An exported function of the core. */
export interface AbiExport {
  name: string
  parameters: { name: string; type: string }[]
  type: string
}

export declare function readTables(source: string): AbiTable[]
export declare function readExports(source: string): AbiExport[]
export declare function markdownTable(table: AbiTable): string
export declare function fillDocument(text: string, tables: readonly AbiTable[]): string
export declare function header(
  tables: readonly AbiTable[],
  version: number,
  exports: readonly AbiExport[],
  threadExports: readonly AbiExport[],
): string
