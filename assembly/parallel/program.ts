// The format of a template program: what a transaction's frame with a given code and selector will read and write, as a residual
// control-flow graph over symbolic words. Made by src/analysis/template.ts, executed by assembly/parallel/bind.ts and by the
// reference binder src/analysis/reference.ts. Plain numbers, read by both compilers.
//
// Little-endian u32 words; offsets count words from the program's start.
//
//   header (8)  magic │ length │ nodes │ blocks │ sites │ first node │ first block offset │ 0
//   node (4)    op │ a │ b │ c            a node's operands have smaller numbers than the node
//   constants   8 words each, least significant first
//   lists       the node numbers of KECCAK's words
//   blocks      offset of each block's instructions; the program begins at block 0
//   instructions
//     SLOT     1 │ mode << 8            key
//     ACCOUNT  2 │ mode << 8 │ what << 16   address
//     CALL     3 │ kind << 8 │ site << 16   target  value  input length  selector word  words n  copies m  n nodes  m × (at, source, length)
//     BRANCH   4                        condition  block if not zero  block if zero
//     GOTO     5 │ pairs n << 8         block  n × (parameter, word)
//     RETURN   6                        length  words n  n nodes
//     END      7    OPEN  8 (the analysis stopped here)   FAIL  9
//     FORGET   10 │ nodes n << 8        n nodes: evaluated anew from here, since the block's parameters have new values
//     SLOT_OF  11 │ mode << 8           address  key: a slot of another account (programs of src/analysis/learn.ts, which are executed
//                                       for the transaction's outermost frame and make no calls)
//
// `op` of a node is the opcode that makes the word (ADD, CALLER, SLOAD, …) and its operands are a, b, c in stack order; besides:
//   UNKNOWN (node 0, always)   CONST a = offset of the constant   KECCAK a = offset of its list, b = length in bytes
//   PARAM its value is what the last GOTO gave it   TABLE a = offset of its list, b = words in it, c = node of an offset in bytes
//   CALLDATALOAD a = node of the offset   RETURN_WORD a = site, b = offset in bytes   RETURN_LENGTH a = site
// The selector word is the call's first word of input (its upper four bytes); words stand at 4 + 32 i of the callee's calldata; a
// copy is caller calldata from `source` that lies at `at` of the callee's.

export const PROGRAM_MAGIC = 0x57505430
export const PROGRAM_HEADER = 8

export const NODE_UNKNOWN = 0xfe
export const NODE_CONST = 0x60
export const NODE_RETURN_WORD = 0x3e
export const NODE_RETURN_LENGTH = 0x3d
export const NODE_TABLE = 0xfc
export const NODE_PARAM = 0xfd

export const DO_SLOT = 1
export const DO_ACCOUNT = 2
export const DO_CALL = 3
export const DO_BRANCH = 4
export const DO_GOTO = 5
export const DO_RETURN = 6
export const DO_END = 7
export const DO_OPEN = 8
export const DO_FAIL = 9
export const DO_FORGET = 10
export const DO_SLOT_OF = 11

export const CALL_PLAIN = 0
export const CALL_CODE = 1
export const CALL_DELEGATE = 2
export const CALL_STATIC = 3

export const MODE_READ = 1
export const MODE_WRITE = 2
export const MODE_DELTA = 4

export const WHAT_SLOT = 0
export const WHAT_BALANCE = 1
export const WHAT_CODE = 2
export const WHAT_NONCE = 3

export const SOURCE_ENVELOPE = 1
export const SOURCE_ACCESS_LIST = 2
export const SOURCE_STATIC = 3
export const SOURCE_LEARNED = 4
/** Given by the host, a block access list for one. */
export const SOURCE_HINT = 5

/** Selector of the template for calldata below four bytes and for selectors that the code does not know. */
export const ANY_SELECTOR = 0xffffffff

export const MAX_NODES = 4096
export const MAX_BLOCKS = 2048
export const MAX_SITES = 128
export const MAX_PROGRAM_WORDS = 65536
