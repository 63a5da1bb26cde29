// The hash-like precompiles and modexp, for test/unit/precompile-hashes.test.ts and modexp.test.ts.
import { blake2Compress } from '../../assembly/precompiles/blake2f.ts'
import { modexp, modexpGas, modexpLength, modexpScratch } from '../../assembly/precompiles/modexp.ts'
import { ripemd160 } from '../../assembly/precompiles/ripemd160.ts'
import { sha256 } from '../../assembly/precompiles/sha256.ts'

export { blake2Compress, modexp, modexpGas, modexpLength, modexpScratch, ripemd160, sha256 }
