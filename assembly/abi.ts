// The embedding ABI in numbers: versions, status codes, request kinds, record layouts. One file for both sides:
// AssemblyScript and TypeScript read the same untyped constants, so no offset stands twice.
//
// Integers are little-endian. Addresses (20 bytes) and 256-bit words (32 bytes) are big-endian byte strings.
// All structs begin with a u32 `size`; fields are only ever appended.

export const ABI_VERSION = 1

// ---- forks ----------------------------------------------------------------------------------------------------------
// In order of activation. Difficulty-bomb and blob-parameter forks are not listed: the first change no execution rule,
// the second are numbers in the block environment.
export const FRONTIER = 0
export const HOMESTEAD = 1
export const TANGERINE_WHISTLE = 2
export const SPURIOUS_DRAGON = 3
export const BYZANTIUM = 4
export const CONSTANTINOPLE = 5
export const PETERSBURG = 6
export const ISTANBUL = 7
export const BERLIN = 8
export const LONDON = 9
export const PARIS = 10
export const SHANGHAI = 11
export const CANCUN = 12
export const PRAGUE = 13
export const OSAKA = 14
export const FORK_COUNT = 15

// ---- weft_run() -----------------------------------------------------------------------------------------------------
export const RUN_DONE = 0
/** The host has to answer weft_request() with weft_supply() and call weft_run() again. */
export const RUN_REQUEST = 1
export const RUN_TRACE_FULL = 2
/** A long run came up for air: call weft_run() again. */
export const RUN_YIELD = 3
/** The transactions are about to run in parallel: the host calls weft_thread_join() in its other threads, and weft_run() again. */
export const RUN_PARALLEL = 4
/** Digests are wanted (OPTION_HASH): the host writes those of weft_hash_request() and makes the same call again. */
export const RUN_HASH = 5
/** Nothing has been begun. */
export const RUN_IDLE = -10
/** A struct or record from the host does not have the documented form. Nothing was taken over. */
export const RUN_BAD_INPUT = -11

// ---- execution status: names and values of EVMC ---------------------------------------------------------------------
export const SUCCESS = 0
export const FAILURE = 1
export const REVERT = 2
export const OUT_OF_GAS = 3
export const INVALID_INSTRUCTION = 4
export const UNDEFINED_INSTRUCTION = 5
export const STACK_OVERFLOW = 6
export const STACK_UNDERFLOW = 7
export const BAD_JUMP_DESTINATION = 8
export const INVALID_MEMORY_ACCESS = 9
export const CALL_DEPTH_EXCEEDED = 10
export const STATIC_MODE_VIOLATION = 11
export const PRECOMPILE_FAILURE = 12
export const CONTRACT_VALIDATION_FAILURE = 13
export const ARGUMENT_OUT_OF_RANGE = 14
export const INSUFFICIENT_BALANCE = 17
export const INTERNAL_ERROR = -1
/** The transaction or block is invalid; `rejection` says why. */
export const REJECTED = -2
/** Linear memory cannot grow further. The instance needs weft_reset(). */
export const OUT_OF_MEMORY = -3

// ---- rejections: why a transaction or block is invalid, named as in execution-spec-tests -----------------------------
export const REJECT_NONE = 0
export const REJECT_NONCE_TOO_LOW = 1
export const REJECT_NONCE_TOO_HIGH = 2
export const REJECT_NONCE_IS_MAX = 3
export const REJECT_INSUFFICIENT_FUNDS = 4
export const REJECT_INTRINSIC_GAS = 5
export const REJECT_FLOOR_GAS = 6
export const REJECT_BLOCK_GAS = 7
export const REJECT_GAS_CAP = 8
export const REJECT_SENDER_NOT_EOA = 9
export const REJECT_INITCODE_SIZE = 10
export const REJECT_MAX_FEE = 11
export const REJECT_PRIORITY_FEE = 12
export const REJECT_BLOB_FEE = 13
export const REJECT_TYPE_1_PRE_FORK = 14
export const REJECT_TYPE_2_PRE_FORK = 15
export const REJECT_TYPE_3_PRE_FORK = 16
export const REJECT_TYPE_4_PRE_FORK = 17
export const REJECT_TYPE_UNKNOWN = 18
export const REJECT_BLOB_NONE = 19
export const REJECT_BLOB_VERSION = 20
export const REJECT_BLOB_COUNT = 21
export const REJECT_BLOB_BLOCK = 22
export const REJECT_BLOB_CREATE = 23
export const REJECT_AUTHORIZATION_NONE = 24
export const REJECT_AUTHORIZATION_CREATE = 25
export const REJECT_AUTHORIZATION_FORMAT = 26
export const REJECT_SIGNATURE = 27
export const REJECT_CHAIN_ID = 28
export const REJECT_RLP = 29
export const REJECT_COST_OVERFLOW = 30
export const REJECT_SYSTEM_CALL_EMPTY = 31
export const REJECT_SYSTEM_CALL_FAILED = 32
export const REJECT_DEPOSIT_LAYOUT = 33

// ---- requests and supplies ------------------------------------------------------------------------------------------
export const KIND_ACCOUNT = 1
export const KIND_STORAGE = 2
export const KIND_CODE = 3
export const KIND_BLOCK_HASH = 4
export const KIND_PRECOMPILE = 5
export const KIND_RECOVER = 6

// weft_request() → { count u32, items u32 } and then `count` items of ITEM_SIZE bytes.
export const REQUEST_COUNT = 0
export const REQUEST_ITEMS = 4
export const ITEM_SIZE = 128
export const ITEM_KIND = 0
/** precompile: pointer to and length of the input; recover: index of the signature. */
export const ITEM_PTR = 4
export const ITEM_LEN = 8
/** recover: y parity of the signature. */
export const ITEM_PARITY = 12
/** block hash: block number; precompile: its address as a number; code: 1 = asked in advance, may be left out. */
export const ITEM_NUMBER = 16
/** account, storage: address. */
export const ITEM_ADDRESS = 32
/** storage: slot key; code: code hash; recover: signed hash. */
export const ITEM_KEY = 64
/** recover: r and s of the signature. */
export const ITEM_R = 32
export const ITEM_S = 96

// weft_supply(ptr, len): records one after the other. Every record begins with kind u32 and size u32, where size is the
// whole record and a multiple of 8. The same records make the state diff, so a diff can be supplied to another core.
export const RECORD_KIND = 0
export const RECORD_SIZE = 4
// account
export const ACCOUNT_FLAGS = 8
export const ACCOUNT_NONCE = 16
export const ACCOUNT_ADDRESS = 32
export const ACCOUNT_BALANCE = 64
export const ACCOUNT_CODE_HASH = 96
export const ACCOUNT_RECORD_SIZE = 128
/** The account is in the state. */
export const ACCOUNT_EXISTS = 1
/** Slots that are not supplied are zero: never ask for them. In a diff: the storage was wiped before the slots that follow. */
export const ACCOUNT_STORAGE_CLEARED = 2
/** The account's storage is not empty (only asked for creation collisions, EIP-7610). */
export const ACCOUNT_HAS_STORAGE = 4
// storage: 96 bytes
export const STORAGE_ADDRESS = 8
export const STORAGE_KEY = 32
export const STORAGE_VALUE = 64
export const STORAGE_RECORD_SIZE = 96
// code: 48 bytes and the code, padded to 8
export const CODE_LENGTH = 8
export const CODE_HASH = 16
export const CODE_BYTES = 48
// block hash: 48 bytes
export const BLOCK_HASH_NUMBER = 8
export const BLOCK_HASH_HASH = 16
export const BLOCK_HASH_RECORD_SIZE = 48
// precompile: 16 bytes and the output, padded to 8
export const PRECOMPILE_OK = 8
export const PRECOMPILE_LENGTH = 12
export const PRECOMPILE_OUTPUT = 16
// recover: 40 bytes
export const RECOVER_INDEX = 8
export const RECOVER_OK = 12
export const RECOVER_ADDRESS = 16
export const RECOVER_RECORD_SIZE = 40

// ---- block environment (weft_set_block, and the head of weft_begin_block) ---------------------------------------------
export const ENV_SIZE = 0
export const ENV_FORK = 4
export const ENV_NUMBER = 8
export const ENV_TIMESTAMP = 16
export const ENV_GAS_LIMIT = 24
export const ENV_CHAIN_ID = 32
export const ENV_EXCESS_BLOB_GAS = 40
export const ENV_BLOB_MAX = 48
export const ENV_FLAGS = 52
export const ENV_BLOB_UPDATE_FRACTION = 56
export const ENV_COINBASE = 64
export const ENV_BASE_FEE = 96
/** PREVRANDAO from Paris on, difficulty before. */
export const ENV_RANDOM = 128
export const ENV_PARENT_HASH = 160
export const ENV_PARENT_BEACON_ROOT = 192
export const ENV_STRUCT_SIZE = 224
/** ENV_FLAGS: state that was not supplied does not exist; the core never asks for an account or a slot. */
export const ENV_COMPLETE_STATE = 1
/** ENV_FLAGS: ENV_PARENT_BEACON_ROOT is set (EIP-4788). */
export const ENV_HAS_BEACON_ROOT = 2

// ---- transaction input (weft_begin_tx) --------------------------------------------------------------------------------
export const TX_SIZE = 0
export const TX_FLAGS = 4
/** Pointer to and length of the signed consensus encoding (EIP-2718). */
export const TX_RLP = 8
export const TX_RLP_LENGTH = 12
/** The sender, taken instead of the signature's when TX_SENDER_GIVEN is set. */
export const TX_SENDER = 16
export const TX_STRUCT_SIZE = 40
export const TX_SENDER_GIVEN = 1
/** eth_call: nonce, balance, sender code and fees are not checked, nothing is paid. */
export const TX_UNCHECKED = 2

// ---- message input (weft_begin_call): one message, no intrinsic gas, no fee, no nonce -----------------------------------
export const CALL_SIZE = 0
export const CALL_FLAGS = 4
export const CALL_GAS = 8
export const CALL_INPUT = 16
export const CALL_INPUT_LENGTH = 20
export const CALL_SENDER = 24
export const CALL_RECIPIENT = 48
export const CALL_VALUE = 72
export const CALL_STRUCT_SIZE = 104
export const CALL_CREATE = 1
export const CALL_STATIC = 2

// ---- block input (weft_begin_block): an environment, then --------------------------------------------------------------
export const BLOCK_FLAGS = 224
/** Pointer to an array of { pointer u32, length u32 } of signed transactions, and their number. */
export const BLOCK_TXS = 228
export const BLOCK_TX_COUNT = 232
/** Pointer to withdrawals: { index u64, validator u64, amount in gwei u64, address 20 bytes, 4 bytes pad } and their number. */
export const BLOCK_WITHDRAWALS = 236
export const BLOCK_WITHDRAWAL_COUNT = 240
/** Pointer to uncles: { number u64, beneficiary 20 bytes, 4 bytes pad } and their number. */
export const BLOCK_UNCLES = 244
export const BLOCK_UNCLE_COUNT = 248
/** Pointer to `txCount` 24-byte senders { 20 bytes, 4 bytes pad }; 0 = recover them. */
export const BLOCK_SENDERS = 252
export const BLOCK_STRUCT_SIZE = 256
export const WITHDRAWAL_SIZE = 48
export const UNCLE_SIZE = 32
/** Pay the static block reward (before Paris). Uncles that are listed get theirs. */
export const BLOCK_REWARD = 1
/** Count uncles for the beneficiary's share without paying the uncles' miners. */
export const BLOCK_UNCLES_UNPAID = 2
/** The state is the whole state: receipts before Byzantium hold its root after each transaction (EIP-658 ended that). */
export const BLOCK_ROOT_RECEIPTS = 4

// ---- outcome of a transaction or message ------------------------------------------------------------------------------
export const OUTCOME_SIZE = 0
export const OUTCOME_STATUS = 4
export const OUTCOME_REJECTION = 8
export const OUTCOME_FLAGS = 12
export const OUTCOME_GAS_USED = 16
export const OUTCOME_GAS_REFUNDED = 24
export const OUTCOME_OUTPUT = 32
export const OUTCOME_OUTPUT_LENGTH = 36
export const OUTCOME_LOGS = 40
export const OUTCOME_LOG_COUNT = 44
export const OUTCOME_CREATED = 48
export const OUTCOME_STRUCT_SIZE = 72
/** OUTCOME_FLAGS: OUTCOME_CREATED holds the address of a new contract. */
export const OUTCOME_HAS_CREATED = 1
// log: size u32, topic count u32, data length u32, tx index u32, address 20 bytes + 12 pad, topics, data padded to 8
export const LOG_SIZE = 0
export const LOG_TOPIC_COUNT = 4
export const LOG_DATA_LENGTH = 8
export const LOG_ADDRESS = 16
export const LOG_TOPICS = 48

// ---- outcome of a block -----------------------------------------------------------------------------------------------
export const RESULT_SIZE = 0
export const RESULT_STATUS = 4
export const RESULT_REJECTION = 8
/** Index of the transaction that made the block invalid, or -1. */
export const RESULT_TX_INDEX = 12
export const RESULT_GAS_USED = 16
export const RESULT_BLOB_GAS_USED = 24
export const RESULT_RECEIPTS = 32
export const RESULT_RECEIPT_COUNT = 36
export const RESULT_LOGS = 40
export const RESULT_LOG_COUNT = 44
export const RESULT_RECEIPTS_ROOT = 48
export const RESULT_TRANSACTIONS_ROOT = 80
export const RESULT_WITHDRAWALS_ROOT = 112
export const RESULT_REQUESTS_HASH = 144
export const RESULT_BLOOM = 176
export const RESULT_STRUCT_SIZE = 432
// receipt
export const RECEIPT_STATUS = 0
export const RECEIPT_TYPE = 4
export const RECEIPT_GAS_USED = 8
export const RECEIPT_CUMULATIVE_GAS = 16
export const RECEIPT_LOGS = 24
export const RECEIPT_LOG_COUNT = 28
export const RECEIPT_GAS_PRICE = 32
export const RECEIPT_FLAGS = 64
export const RECEIPT_CREATED = 68
export const RECEIPT_SENDER = 88
export const RECEIPT_HALT = 108
export const RECEIPT_HASH = 112
/** State root after the transaction; only before Byzantium, and only where the state is complete. */
export const RECEIPT_STATE_ROOT = 144
export const RECEIPT_STRUCT_SIZE = 176

// ---- tracing: weft_set_option(option, value) ----------------------------------------------------------------------------
// Options take effect with the next weft_begin_*; weft_reset() puts the defaults back.
/** What is recorded: TRACE_* flags, 0 = nothing (default). */
export const OPTION_TRACE = 1
/** Most stack items in a step record, counted from the top; 0 = all (default). */
export const OPTION_TRACE_STACK_ITEMS = 2
/** The transaction of a block that is traced, by index; -1 = all (default). System calls never are. */
export const OPTION_TRACE_TX = 3
/** … and the seven that follow: a bit per opcode, the lowest bit of the first is STOP; steps without their bit are left out. Default: all set. */
export const OPTION_TRACE_OPCODES = 8

/** How the transactions of a block are dispatched: DISPATCH_*; only in the threads build. Default: one after the other. */
export const OPTION_DISPATCH = 16
export const DISPATCH_SEQUENTIAL = 0
/** A transaction may run as soon as those that it is predicted to depend on have run. */
export const DISPATCH_DATAFLOW = 1
/** Colour by colour, with a barrier between. */
export const DISPATCH_BATCHED = 2
/** Whichever of sequential and dataflow promises to be faster; PARALLEL_REASON tells why. */
export const DISPATCH_AUTO = 3
/** 1: accesses and spans of time are recorded for weft_thread_report(). Default: 0. */
export const OPTION_REPORT = 17
/** What predictions rest on: HINTS_*. Default: templates. */
export const OPTION_HINTS = 18
export const HINTS_TEMPLATES = 0
/** Nothing is predicted. */
export const HINTS_NONE = 1
/** What weft_thread_hints() was given, and nothing else. */
export const HINTS_GIVEN = 2
/** Templates, for every transaction, also where a prediction costs more than it promises to save. */
export const HINTS_ALL = 3
/** Speculative runs of a transaction, before it waits for its turn. Default: 2. */
export const OPTION_SPECULATIVE_RUNS = 19
/** 1: what transactions access and hash is recorded for weft_thread_lesson(). Default: 0. */
export const OPTION_LEARN = 20
/** Permutations from which on a batch of hashes is the host's (RUN_HASH); 0 = never (default). */
export const OPTION_HASH = 24

export const TRACE_STEPS = 1
export const TRACE_STACK = 2
export const TRACE_MEMORY = 4
export const TRACE_RETURN_DATA = 8
/** Key and value of SLOAD and SSTORE. */
export const TRACE_STORAGE = 16
/** Input and output of inner calls; those of the outermost are always there. */
export const TRACE_CALL_DATA = 32
export const TRACE_LOGS = 64
/** Accounts and slots that the transaction asked for or changed, before and after it. */
export const TRACE_STATE = 128
/** Beginning and end of messages, and of the transaction. Any other flag switches them on as well. */
export const TRACE_CALLS = 256

// weft_trace() → { records u32, length u32 }. Records begin with kind u32 and size u32 like those of weft_supply. After RUN_TRACE_FULL
// weft_run() goes on only when they have been fetched; after RUN_DONE the last ones are to be fetched.
export const TRACE_RECORDS = 0
export const TRACE_LENGTH = 4

export const TRACE_STEP = 1
export const TRACE_ENTER = 2
export const TRACE_EXIT = 3
export const TRACE_LOG = 4
export const TRACE_ACCOUNT = 5
export const TRACE_SLOT = 6
export const TRACE_CODE = 7
export const TRACE_TX = 8

// step: what stands before the opcode. It is followed by stack items (the top last), key and value of a slot where STEP_HAS_SLOT
// is set, memory, return data padded to 8.
export const STEP_PC = 8
export const STEP_OPCODE = 12
export const STEP_GAS = 16
/** Gas before less gas after the opcode, with what is passed on to a callee; of an opcode that fails, its base gas. */
export const STEP_GAS_COST = 24
export const STEP_REFUND = 32
/** 0 = outermost. */
export const STEP_DEPTH = 40
/** Bytes of memory. */
export const STEP_MEMORY_SIZE = 44
/** Items on the stack, and those in the record. */
export const STEP_STACK_HEIGHT = 48
export const STEP_STACK_ITEMS = 52
/** Bytes of memory and of return data in the record. */
export const STEP_MEMORY = 56
export const STEP_RETURN_DATA = 60
/** Status with which this opcode ended its frame, where that is a failure. */
export const STEP_ERROR = 64
export const STEP_FLAGS = 68
export const STEP_DATA = 72
export const STEP_HAS_SLOT = 1

// enter: a message begins, or fails before it begins (then its exit follows at once). SELFDESTRUCT is one as well.
/** The opcode that made it: CALL, CREATE for the outermost. */
export const ENTER_OPCODE = 8
export const ENTER_DEPTH = 12
export const ENTER_GAS = 16
/** Index of the transaction. */
export const ENTER_TX = 24
export const ENTER_INPUT_LENGTH = 28
export const ENTER_FROM = 32
/** Account whose code runs; the new account of a creation; beneficiary of SELFDESTRUCT. */
export const ENTER_TO = 56
/** Account whose storage is used. */
export const ENTER_SELF = 80
export const ENTER_VALUE = 104
export const ENTER_INPUT = 136

// exit: 32 bytes and the output, padded to 8; of a creation that succeeds, the code.
export const EXIT_STATUS = 8
export const EXIT_DEPTH = 12
export const EXIT_GAS_LEFT = 16
export const EXIT_OUTPUT_LENGTH = 24
export const EXIT_OUTPUT = 32

// log: kind, size, depth u32, 4 bytes pad, then a log record (LOG_*).
export const TRACE_LOG_DEPTH = 8
export const TRACE_LOG_RECORD = 16

// account: before and after the transaction. Its slots (storage records of 128 bytes) and codes (code records) follow all accounts.
export const TRACED_FLAGS = 8
export const TRACED_ADDRESS = 16
export const TRACED_NONCE = 40
export const TRACED_NONCE_AFTER = 48
export const TRACED_BALANCE = 64
export const TRACED_BALANCE_AFTER = 96
export const TRACED_CODE_HASH = 128
export const TRACED_CODE_HASH_AFTER = 160

// ---- parallel blocks (threads build; experimental) ---------------------------------------------------------------------
// hint: an access that a transaction is expected to make; weft_thread_hints(pointer, length) takes them in the order of transactions
/** 20 bytes. */
export const HINT_ADDRESS = 0
export const HINT_TX = 20
/** MODE_* of parallel/program.ts. */
export const HINT_MODE = 24
/** WHAT_* there. */
export const HINT_WHAT = 28
/** 32 bytes; used for slots only. */
export const HINT_KEY = 32
export const HINT_SIZE = 64

// weft_thread_report(): the last block that was to run in parallel
/** DISPATCH_* that was taken. */
export const PARALLEL_DISPATCH = 0
/** REASON_*: why. */
export const PARALLEL_REASON = 4
export const PARALLEL_TXS = 8
/** Colours of the predicted graph, in the order of the block. */
export const PARALLEL_COLOURS = 12
/** Predicted nanoseconds of all transactions (u64), and of the longest way through the predicted graph (u64). */
export const PARALLEL_TIME = 16
export const PARALLEL_CRITICAL_TIME = 24
/** Speculative runs, those of them after a transaction's first, those that did not hold, those that lacked state. */
export const PARALLEL_RUNS = 32
export const PARALLEL_RERUNS = 36
export const PARALLEL_ABORTS = 40
export const PARALLEL_MISSES = 44
/** Runs at the frontier, those of them of transactions that had run before, and times a thread had nothing to do. */
export const PARALLEL_FRONTIER_RUNS = 48
export const PARALLEL_FRONTIER_RERUNS = 52
export const PARALLEL_WAITS = 56
/** Gas of runs that did not count (u64). */
export const PARALLEL_WASTED_GAS = 64
/** Microseconds for predictions and for the graph. */
export const PARALLEL_PREDICT_TIME = 72
export const PARALLEL_GRAPH_TIME = 76
/** Transactions (GRAPH_TX_*), and their successors (u32 each). */
export const PARALLEL_GRAPH = 80
export const PARALLEL_SUCCESSORS = 84
export const PARALLEL_EDGES = 88
/** Predicted accesses (ACCESS_*), and their number. */
export const PARALLEL_PREDICTED = 92
export const PARALLEL_PREDICTED_COUNT = 96
/** Real accesses, in the order of the block; with OPTION_REPORT. */
export const PARALLEL_ACCESSES = 100
export const PARALLEL_ACCESS_COUNT = 104
/** What threads did when (SPAN_*); with OPTION_REPORT. */
export const PARALLEL_SPANS = 108
export const PARALLEL_SPAN_COUNT = 112
/** env.now() when the transactions began, milliseconds (f64). */
export const PARALLEL_BEGAN = 120
/** Hashes made for predictions, those of them that runs asked for, and hashes of the same lengths that were not among them. */
export const PARALLEL_HASHES = 128
export const PARALLEL_MEMO_HITS = 132
export const PARALLEL_MEMO_MISSES = 136
export const PARALLEL_STRUCT_SIZE = 144

/** The dispatch was asked for. */
export const REASON_ASKED = 0
/** Too few transactions to share out. */
export const REASON_FEW = 1
/** Too little work: sharing it out costs more. */
export const REASON_CHEAP = 2
/** One long chain of dependencies: PARALLEL_TIME over PARALLEL_CRITICAL_TIME is too low. */
export const REASON_SERIAL = 3
/** It promises to be faster in parallel. */
export const REASON_PARALLEL = 4
/** Receipts hold state roots (before Byzantium), so that transactions cannot overlap. */
export const REASON_ROOTS = 5

// transaction of the predicted graph
/** Predicted gas. */
export const GRAPH_TX_GAS = 0
export const GRAPH_TX_COLOUR = 4
/** First successor, and the one after the last, as indices. */
export const GRAPH_TX_SUCCESSORS = 8
export const GRAPH_TX_SUCCESSORS_END = 12
export const GRAPH_TX_RUNS = 16
export const GRAPH_TX_SIZE = 20

// access, predicted or real
/** 20 bytes. */
export const ACCESS_ADDRESS = 0
export const ACCESS_TX = 20
export const ACCESS_MODE = 24
/** WHAT_*; SOURCE_* << 8. */
export const ACCESS_WHAT = 28
/** 32 bytes. */
export const ACCESS_KEY = 32
export const ACCESS_SIZE = 64

// span of time
export const SPAN_THREAD = 0
/** The transaction; of SPAN_FRONTIER the first that was committed. */
export const SPAN_TX = 4
export const SPAN_KIND = 8
/** Number of the run, from 1. */
export const SPAN_RUN = 12
/** env.now() at both ends, milliseconds (f64). */
export const SPAN_START = 16
export const SPAN_END = 24
export const SPAN_SIZE = 32
export const SPAN_SPECULATIVE = 0
export const SPAN_AT_FRONTIER = 1
/** Validating and committing. */
export const SPAN_COMMIT = 2
export const SPAN_WAIT = 3
export const TRACED_ACCOUNT_SIZE = 192
export const TRACED_EXISTS = 1
export const TRACED_EXISTS_AFTER = 2
// slot
export const TRACED_SLOT_ADDRESS = 8
export const TRACED_SLOT_KEY = 32
export const TRACED_SLOT_VALUE = 64
export const TRACED_SLOT_VALUE_AFTER = 96
export const TRACED_SLOT_SIZE = 128
// code: CODE_*

// tx: the transaction or message is done; the last of its records.
export const TRACE_TX_INDEX = 8
export const TRACE_TX_STATUS = 12
export const TRACE_TX_GAS_LIMIT = 16
export const TRACE_TX_GAS_USED = 24
export const TRACE_TX_GAS_REFUNDED = 32
export const TRACE_TX_SIZE = 40

// ---- template programs (threads build; experimental: not part of ABI version 1) ------------------------------------------
// weft_thread_wanted() → { count u32, items u32 }: codes and selectors that the last block called and no program is known for.
export const WANTED_HEADER = 8
export const WANTED_CODE_HASH = 0
/** Pointer to and length of the code. */
export const WANTED_CODE = 32
export const WANTED_CODE_LENGTH = 36
/** The first four bytes of the input as a big-endian number; ANY_SELECTOR (program.ts) where it is shorter. */
export const WANTED_SELECTOR = 40
/** Gas limits of the transactions that called it, added up: what is worth most. */
export const WANTED_GAS = 48
export const WANTED_SIZE = 56

// weft_thread_program(pointer, length): this struct, and `words` u32 of a program (assembly/parallel/program.ts). 0 words: the code
// does not know the selector, and the program for ANY_SELECTOR counts; of a learned one: there is none any more.
export const PROGRAM_CODE_HASH = 0
export const PROGRAM_SELECTOR = 32
/** SOURCE_STATIC or SOURCE_LEARNED (program.ts). */
export const PROGRAM_SOURCE = 36
export const PROGRAM_WORDS = 40
export const PROGRAM_STRUCT_SIZE = 48

// weft_thread_lesson() → this header, then calls, each with its accesses and calldata behind it, then hashes. Offsets count from the header.
/** Bytes of all. */
export const LESSON_LENGTH = 0
export const LESSON_CALLS = 4
/** Offset of the first hash, and their number. */
export const LESSON_HASHES = 8
export const LESSON_HASH_COUNT = 12
export const LESSON_HEADER = 16

// call: a committed transaction that the predictions did not foresee whole, or that learned ones were part of
/** Of the code that ran for LESSON_TO. */
export const LESSON_CODE_HASH = 0
export const LESSON_SENDER = 32
export const LESSON_TO = 52
export const LESSON_ACCESS_COUNT = 72
/** Bytes of calldata that follow the accesses, which need not be all of it, and zeros up to a multiple of 8. */
export const LESSON_DATA_LENGTH = 76
export const LESSON_CALL_SIZE = 80

// access to a slot
export const LESSON_ADDRESS = 0
/** MODE_* of parallel/program.ts. */
export const LESSON_MODE = 20
export const LESSON_KEY = 24
/** Before the transaction. */
export const LESSON_VALUE = 56
export const LESSON_ACCESS_SIZE = 88

// hash of 32 or 64 bytes that somebody made while the block ran
export const LESSON_DIGEST = 0
export const LESSON_PREIMAGE = 32
export const LESSON_PREIMAGE_LENGTH = 96
export const LESSON_HASH_SIZE = 104

// ---- hashing (weft_keccak_batch, RUN_HASH) ----------------------------------------------------------------------------------

// job: a message and where its digest goes (32 bytes)
export const JOB_INPUT = 0
export const JOB_LENGTH = 4
export const JOB_DIGEST = 8
export const JOB_SIZE = 12

// weft_hash_request() → this struct: the batch that waits, and what the core has hashed itself
/** HASH_MESSAGES or HASH_KEYS; 0: no batch waits. */
export const HASH_KIND = 0
/** Messages that lie anywhere: HASH_INPUT is the address of JOB_* structs, each of which says where its digest goes. */
export const HASH_MESSAGES = 1
/** Messages of HASH_KEY_SIZE bytes one after the other from HASH_INPUT on; their digests go to HASH_OUTPUT, 32 bytes each. */
export const HASH_KEYS = 2
/** What the digests are for: PURPOSE_*. */
export const HASH_PURPOSE = 4
export const HASH_INPUT = 8
/** Messages. */
export const HASH_COUNT = 12
export const HASH_KEY_SIZE = 16
export const HASH_OUTPUT = 20
/** Permutations of Keccak-f that the batch takes. */
export const HASH_PERMUTATIONS = 24
/** { messages u32, permutations u32 } per purpose: batches that were too small for the host, since the reset. */
export const HASH_OWN = 32
/** Codes that the host supplies. */
export const PURPOSE_CODES = 0
/** Mapping keys of a block's predictions. */
export const PURPOSE_BINDING = 1
export const PURPOSE_TRANSACTIONS = 2
export const PURPOSE_RECEIPTS = 3
export const PURPOSE_WITHDRAWALS = 4
/** Addresses and slots, as the tries have them. */
export const PURPOSE_STATE_KEYS = 5
export const PURPOSE_STATE_NODES = 6
export const PURPOSE_COUNT = 7
export const HASH_STRUCT_SIZE = 88

// ---- tries of known nodes (weft_trie_*) -------------------------------------------------------------------------------------
// Beside RUN_DONE, RUN_BAD_INPUT and OUT_OF_MEMORY these functions return:
/** A node that is needed is not known; the fields from TRIE_HASH on tell which. */
export const TRIE_MISSING = -20
/** A node, or the account or slot in it, does not have the form it has in a state; TRIE_INDEX or the fields from TRIE_HASH on tell which. */
export const TRIE_MALFORMED = -21

// weft_trie_report()
/** After the last update. */
export const TRIE_ROOT = 0
/** Jobs (JOB_*) that weft_trie_encode has listed. */
export const TRIE_JOBS = 32
export const TRIE_JOB_COUNT = 36
/** Address of the nodes known (TRIE_NODE_*) in the order in which they became so, and what their offsets count from. */
export const TRIE_NODES = 40
export const TRIE_NODE_COUNT = 44
export const TRIE_BYTES = 48
/** Job of weft_trie_add that is no node. */
export const TRIE_INDEX = 52
/** Hash of the node that is missing, or in which something is malformed; zeros where that one has none, or it is not at hand. */
export const TRIE_HASH = 56
/** Its place: nibbles from the root, two a byte, the first one in the high half; and how many. */
export const TRIE_PATH = 88
export const TRIE_PATH_LENGTH = 120
/** 1: in the storage trie of TRIE_ACCOUNT; 0: in the state trie. */
export const TRIE_IN_STORAGE = 124
/** What was looked for or changed when it was needed: keccak of an address, or of a slot. */
export const TRIE_KEY = 128
/** keccak of the address. */
export const TRIE_ACCOUNT = 160
export const TRIE_STRUCT_SIZE = 192

// known node
export const TRIE_NODE_DIGEST = 0
/** From TRIE_BYTES. */
export const TRIE_NODE_OFFSET = 32
export const TRIE_NODE_LENGTH = 36
/** 1: something was read or changed below it. */
export const TRIE_NODE_USED = 40
export const TRIE_NODE_SIZE = 48
