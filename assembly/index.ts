import { ABI_VERSION } from './abi.ts'
export function weft_abi_version(): i32 { return ABI_VERSION }
