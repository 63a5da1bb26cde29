/** The files that are made of assembly/abi.ts, as they should be: path → text. */
export declare function makeAbi(): Record<'docs/ABI.md' | 'include/weft.h', string>
