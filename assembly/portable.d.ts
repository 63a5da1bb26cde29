// AssemblyScript's number types as TypeScript sees them, for the few files that both compilers read.
type i32 = number
