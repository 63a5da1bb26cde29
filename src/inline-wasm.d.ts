// The types of dist/inline-wasm.js, which scripts/setup.mjs makes of the WASM files (package.json: #inline-wasm).

/** weft.wasm in base64. */
export declare const scalar: string
/** weft.simd.wasm in base64. */
export declare const simd: string
