// The embedding ABI in numbers: versions, status codes, request kinds, record layouts. One file for both sides:
// AssemblyScript and TypeScript read the same untyped constants, so no offset stands twice. The tables of docs/ABI.md and
// include/weft.h are made of it (`npm run abi`), so what stands here reads as they do:
//
//   // struct NAME: what it is        and a line per field: its offset, `// type: what` or only `// type`; without a type it is
//                                     the size of the whole, or where data of any length begins
//   // values NAME: what they are     and a line per number, with or without a text
//
// A table ends with an empty line; a text that is too long for the end of the line stands above it.
// Integers are little-endian. Addresses (20 bytes) and 256-bit words (32 bytes) are big-endian byte strings.
// Input structs begin with a u32 of their size; fields are only ever appended.

export const ABI_VERSION = 1

// ---- forks ----------------------------------------------------------------------------------------------------------

// values fork: rules, in order of activation. Difficulty-bomb and blob-parameter forks change none: the latter are
//   numbers in the environment
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

// values run: what weft_run and the other functions return
export const RUN_DONE = 0 // done; of other functions: taken
/** state or a computation is missing: answer weft_request with weft_supply and call weft_run again */
export const RUN_REQUEST = 1
export const RUN_TRACE_FULL = 2 // fetch the trace, call again
export const RUN_YIELD = 3 // a long run came up for air: call again
export const RUN_PARALLEL = 4 // threads build: call weft_thread_join in the other threads, and weft_run again
export const RUN_HASH = 5 // only with OPTION_HASH: write the digests of weft_hash_request and make the same call again
export const RUN_IDLE = -10 // nothing has been begun
/** a struct, record or pointer does not have the documented form; nothing was taken over */
export const RUN_BAD_INPUT = -11

// ---- execution status -----------------------------------------------------------------------------------------------

// values status: of a transaction, message or frame: names and values of EVMC
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
export const INTERNAL_ERROR = -1 // a fault of the core; also returned by functions. Give the instance up
export const REJECTED = -2 // the transaction or block is invalid; the rejection says why
export const OUT_OF_MEMORY = -3 // linear memory cannot grow; also returned by functions, and by all until weft_reset

// ---- rejections -----------------------------------------------------------------------------------------------------

// values rejection: why a transaction or block is invalid; each stands for one exception of execution-spec-tests
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

// values kind: of an item of a request, and of the record that answers it
export const KIND_ACCOUNT = 1 // an account by its address
export const KIND_STORAGE = 2 // a slot by address and key
export const KIND_CODE = 3 // a code by its hash
export const KIND_BLOCK_HASH = 4 // a block hash by number
/** the output of a precompiled contract that the core does not have (the curves), by address and input */
export const KIND_PRECOMPILE = 5
export const KIND_RECOVER = 6 // who signed: of a transaction, or of an authorization (EIP-7702)
export const KIND_CUSTOM = 7 // a call of a precompiled contract of the host's own (weft_set_precompiles)
export const KIND_BALANCE = 8 // a balance that such a contract sets; only within the answer to KIND_CUSTOM
export const KIND_LOG = 9 // a log that it writes; only there

// struct request: what weft_request points to
export const REQUEST_COUNT = 0 // u32: items
export const REQUEST_ITEMS = 4 // u32: address of the first

// struct item: one thing that is missing; what does not belong to its kind is zero, or shares the place of what does
export const ITEM_KIND = 0 // u32: KIND_*
/** u32: precompile: address of the input; custom: address of the call, CUSTOM_*; recover: index of the signature */
export const ITEM_PTR = 4
export const ITEM_LEN = 8 // u32: precompile: bytes of the input; custom: bytes of the call
export const ITEM_PARITY = 12 // u32: recover: y parity
/** u64: block hash: block number; precompile: its address as a number; code: 1 = asked in advance, may be left out */
export const ITEM_NUMBER = 16
export const ITEM_ADDRESS = 32 // 20 bytes: account, storage: address; custom: the contract's
export const ITEM_KEY = 64 // 32 bytes: storage: slot key; code: code hash; recover: signed hash
export const ITEM_SIZE = 128

// struct signature: the parts of an item of KIND_RECOVER that lie elsewhere
export const ITEM_R = 32 // 32 bytes: r of the signature
export const ITEM_S = 96 // 32 bytes: s of the signature

// struct custom: a call of a precompiled contract of the host's own: what ITEM_PTR of KIND_CUSTOM names
export const CUSTOM_SIZE = 0 // u32: bytes of the struct
export const CUSTOM_FLAGS = 4 // u32: CUSTOM_STATIC
export const CUSTOM_GAS = 8 // u64: that the call has
export const CUSTOM_INPUT = 16 // u32: address of the input
export const CUSTOM_INPUT_LENGTH = 20 // u32
export const CUSTOM_DEPTH = 24 // u32: 0 = the transaction itself calls it
export const CUSTOM_ADDRESS = 32 // 20 bytes: the contract's
export const CUSTOM_SELF = 56 // 20 bytes: for whom it acts: itself, or the caller with DELEGATECALL and CALLCODE
export const CUSTOM_CALLER = 80 // 20 bytes
export const CUSTOM_VALUE = 104 // 32 bytes: moved already; with DELEGATECALL the caller's, which is not
export const CUSTOM_STRUCT_SIZE = 136

// values custom_flags: flags of such a call
export const CUSTOM_STATIC = 1 // it may change nothing

// struct record: how every record begins, in weft_supply, diffs, traces and what was used
export const RECORD_KIND = 0 // u32: KIND_*, in traces TRACE_*
export const RECORD_SIZE = 4 // u32: bytes of the whole record, a multiple of 8

// struct account: an account: answer to KIND_ACCOUNT, and in diffs
export const ACCOUNT_FLAGS = 8 // u32: ACCOUNT_EXISTS and those below it
export const ACCOUNT_NONCE = 16 // u64
export const ACCOUNT_ADDRESS = 32 // 20 bytes
export const ACCOUNT_BALANCE = 64 // 32 bytes
export const ACCOUNT_CODE_HASH = 96 // 32 bytes: of the empty code where there is none
export const ACCOUNT_RECORD_SIZE = 128

// values account_flags: flags of an account
export const ACCOUNT_EXISTS = 1 // the account is in the state; without it the other fields do not count
/**
 * slots that are not supplied are zero: never ask for them. In a diff: the storage was wiped before the slots that
 * follow
 */
export const ACCOUNT_STORAGE_CLEARED = 2
export const ACCOUNT_HAS_STORAGE = 4 // its storage is not empty; only asked for where a contract is created (EIP-7610)

// struct storage: a slot: answer to KIND_STORAGE, and in diffs
export const STORAGE_ADDRESS = 8 // 20 bytes
export const STORAGE_KEY = 32 // 32 bytes
export const STORAGE_VALUE = 64 // 32 bytes
export const STORAGE_RECORD_SIZE = 96

// struct code: a code: answer to KIND_CODE, and in diffs
export const CODE_LENGTH = 8 // u32: bytes of the code
export const CODE_HASH = 16 // 32 bytes: keccak of the code
export const CODE_BYTES = 48 // the code, padded to 8

// struct block_hash: answer to KIND_BLOCK_HASH
export const BLOCK_HASH_NUMBER = 8 // u64
export const BLOCK_HASH_HASH = 16 // 32 bytes
export const BLOCK_HASH_RECORD_SIZE = 48

// struct precompile: answer to KIND_PRECOMPILE
export const PRECOMPILE_OK = 8 // u32: 0: the contract fails
export const PRECOMPILE_LENGTH = 12 // u32: bytes of the output
export const PRECOMPILE_OUTPUT = 16 // the output, padded to 8

// struct answer: answer to KIND_CUSTOM
export const ANSWER_STATUS = 8 // i32: SUCCESS, REVERT or PRECOMPILE_FAILURE, which takes all gas
export const ANSWER_LENGTH = 12 // u32: bytes of the output
export const ANSWER_GAS_USED = 16 // u64: more than CUSTOM_GAS: the call ends with OUT_OF_GAS
/** u32: bytes of the records of what the contract changes: KIND_STORAGE, KIND_BALANCE, KIND_LOG. Only SUCCESS makes them */
export const ANSWER_CHANGES = 24
export const ANSWER_OUTPUT = 32 // the output, padded to 8; then the changes, which are made in this order

// struct balance: a change in an answer: an account's balance from now on
export const BALANCE_ADDRESS = 8 // 20 bytes
export const BALANCE_VALUE = 32 // 32 bytes
export const BALANCE_RECORD_SIZE = 64

// struct logged: a change in an answer: a log
export const LOGGED_LOG = 16 // a log as in outcomes

// struct recover: answer to KIND_RECOVER
export const RECOVER_INDEX = 8 // u32: as in the item
export const RECOVER_OK = 12 // u32: 0: nobody can have signed this
export const RECOVER_ADDRESS = 16 // 20 bytes: the signer
export const RECOVER_RECORD_SIZE = 40

// ---- block environment, transaction, message and block --------------------------------------------------------------

// struct env: block environment: weft_set_block, and the head of weft_begin_block
export const ENV_SIZE = 0 // u32: bytes of the struct
export const ENV_FORK = 4 // u32: rules, FRONTIER to OSAKA
export const ENV_NUMBER = 8 // u64
export const ENV_TIMESTAMP = 16 // u64: seconds
export const ENV_GAS_LIMIT = 24 // u64
export const ENV_CHAIN_ID = 32 // u64
export const ENV_EXCESS_BLOB_GAS = 40 // u64
export const ENV_BLOB_MAX = 48 // u32: most blobs of a block
export const ENV_FLAGS = 52 // u32: ENV_COMPLETE_STATE and those below it
export const ENV_BLOB_UPDATE_FRACTION = 56 // u64
export const ENV_COINBASE = 64 // 20 bytes
export const ENV_BASE_FEE = 96 // 32 bytes: wei
export const ENV_RANDOM = 128 // 32 bytes: PREVRANDAO from Paris on, difficulty before
export const ENV_PARENT_HASH = 160 // 32 bytes
export const ENV_PARENT_BEACON_ROOT = 192 // 32 bytes
export const ENV_STRUCT_SIZE = 224

// values env_flags: flags of an environment
/** state that was not supplied does not exist; the core never asks for an account or a slot */
export const ENV_COMPLETE_STATE = 1
export const ENV_HAS_BEACON_ROOT = 2 // ENV_PARENT_BEACON_ROOT is set (EIP-4788)
/** ENV_PARENT_HASH is not set: the parent's hash is asked for as those of other blocks are. Not for a block */
export const ENV_ASK_PARENT_HASH = 4

// struct tx: transaction: weft_begin_tx
export const TX_SIZE = 0 // u32: bytes of the struct
export const TX_FLAGS = 4 // u32: TX_SENDER_GIVEN, TX_UNCHECKED
export const TX_RLP = 8 // u32: address of the signed consensus encoding (EIP-2718)
export const TX_RLP_LENGTH = 12 // u32: its bytes
export const TX_SENDER = 16 // 20 bytes: taken instead of the signer where TX_SENDER_GIVEN is set
export const TX_STRUCT_SIZE = 40

// values tx_flags: flags of a transaction
export const TX_SENDER_GIVEN = 1 // the signature is not looked at
export const TX_UNCHECKED = 2 // as eth_call: nonce, balance, sender code and fees are not checked, nothing is paid

// struct call: message: weft_begin_call. No intrinsic gas, no fee, no nonce check. From CALL_ORIGIN on fields may be left out
export const CALL_SIZE = 0 // u32: bytes of the struct
export const CALL_FLAGS = 4 // u32: CALL_CREATE and those below it
export const CALL_GAS = 8 // u64: below 2^63
export const CALL_INPUT = 16 // u32: address of calldata, or initcode
export const CALL_INPUT_LENGTH = 20 // u32: its bytes
export const CALL_SENDER = 24 // 20 bytes
export const CALL_RECIPIENT = 48 // 20 bytes: not used by a creation
export const CALL_VALUE = 72 // 32 bytes
export const CALL_ORIGIN = 104 // 20 bytes: with CALL_IN_TX: who sent the transaction; without it, the sender
export const CALL_GAS_PRICE = 128 // 32 bytes: with CALL_IN_TX
export const CALL_CODE = 160 // u32: with CALL_HAS_CODE: address of the code to execute
export const CALL_CODE_LENGTH = 164 // u32: its bytes
export const CALL_WARM = 168 // u32: with CALL_IN_TX: address of what is warm, WARM_*
export const CALL_WARM_COUNT = 172 // u32
export const CALL_BLOB_HASHES = 176 // u32: with CALL_IN_TX: address of the versioned hashes, 32 bytes each
export const CALL_BLOB_HASH_COUNT = 180 // u32
export const CALL_STRUCT_SIZE = 184

// values call_flags: flags of a message
export const CALL_CREATE = 1 // creates a contract
export const CALL_STATIC = 2 // may change nothing
/**
 * the message of a transaction that the host executes: only what CALL_WARM lists and precompiled contracts are warm, and
 * the sender's nonce has been counted already, so a creation takes the one before
 */
export const CALL_IN_TX = 4
export const CALL_HAS_CODE = 8 // executes CALL_CODE instead of the recipient's code; not for a creation
export const CALL_VALUE_STAYS = 16 // the value is told, not moved, as by DELEGATECALL; not for a creation

// struct warm: one of CALL_WARM: an account, or a slot
export const WARM_ADDRESS = 0 // 20 bytes
export const WARM_HAS_KEY = 20 // u32: 1: a slot, and with it the account
export const WARM_KEY = 24 // 32 bytes: of the slot
export const WARM_SIZE = 56

// struct block: what weft_begin_block reads behind the environment; ENV_SIZE is the size of all
export const BLOCK_FLAGS = 224 // u32: BLOCK_REWARD, BLOCK_UNCLES_UNPAID, BLOCK_ROOT_RECEIPTS
export const BLOCK_TXS = 228 // u32: address of { address u32, length u32 } per signed transaction
export const BLOCK_TX_COUNT = 232 // u32
export const BLOCK_WITHDRAWALS = 236 // u32: address of the withdrawals
export const BLOCK_WITHDRAWAL_COUNT = 240 // u32
export const BLOCK_UNCLES = 244 // u32: address of the uncles
export const BLOCK_UNCLE_COUNT = 248 // u32
export const BLOCK_SENDERS = 252 // u32: address of { 20 bytes, 4 bytes pad } per transaction; 0 = recover them
export const BLOCK_STRUCT_SIZE = 256

// values block_flags: flags of a block
export const BLOCK_REWARD = 1 // pay the static block reward (before Paris); uncles that are listed get theirs
export const BLOCK_UNCLES_UNPAID = 2 // count uncles for the beneficiary's share without paying those who made them
/** the state is the whole state: receipts before Byzantium hold its root after each transaction (EIP-658 ended that) */
export const BLOCK_ROOT_RECEIPTS = 4

// struct withdrawal: one of BLOCK_WITHDRAWALS
export const WITHDRAWAL_INDEX = 0 // u64
export const WITHDRAWAL_VALIDATOR = 8 // u64
export const WITHDRAWAL_AMOUNT = 16 // u64: gwei
export const WITHDRAWAL_ADDRESS = 24 // 20 bytes
export const WITHDRAWAL_SIZE = 48

// struct uncle: one of BLOCK_UNCLES
export const UNCLE_NUMBER = 0 // u64
export const UNCLE_BENEFICIARY = 8 // 20 bytes
export const UNCLE_SIZE = 32

// ---- outcomes -------------------------------------------------------------------------------------------------------

// struct outcome: what weft_outcome points to after a transaction or message
export const OUTCOME_SIZE = 0 // u32: bytes of the struct
export const OUTCOME_STATUS = 4 // i32: execution status
export const OUTCOME_REJECTION = 8 // u32: REJECT_* where the status is REJECTED; then only that and what was used count
export const OUTCOME_FLAGS = 12 // u32: OUTCOME_HAS_CREATED
export const OUTCOME_GAS_USED = 16 // u64: after refunds
export const OUTCOME_GAS_REFUNDED = 24 // u64
export const OUTCOME_OUTPUT = 32 // u32: address of output, revert data, or the code of a new contract
export const OUTCOME_OUTPUT_LENGTH = 36 // u32
export const OUTCOME_LOGS = 40 // u32: address of the logs, one after the other
export const OUTCOME_LOG_COUNT = 44 // u32
export const OUTCOME_CREATED = 48 // 20 bytes: address of a new contract
/** u32: address of the records of what was asked and changed, TRACE_ACCOUNT and then TRACE_SLOT */
export const OUTCOME_USED = 72
export const OUTCOME_USED_LENGTH = 76 // u32: their bytes
export const OUTCOME_REFUND = 80 // u64: of a message: the refund counter at its end, which its gas used is without
export const OUTCOME_STRUCT_SIZE = 88

// values outcome_flags: flags of an outcome and of a receipt
export const OUTCOME_HAS_CREATED = 1 // the address of a new contract is set

// struct log: a log
export const LOG_SIZE = 0 // u32: bytes of the whole, a multiple of 8
export const LOG_TOPIC_COUNT = 4 // u32
export const LOG_DATA_LENGTH = 8 // u32
export const LOG_ADDRESS = 16 // 20 bytes
export const LOG_TOPICS = 48 // topics, 32 bytes each; data, padded to 8

// struct result: what weft_outcome points to after a block
export const RESULT_SIZE = 0 // u32: bytes of the struct
export const RESULT_STATUS = 4 // i32: SUCCESS or REJECTED
export const RESULT_REJECTION = 8 // u32: REJECT_*
export const RESULT_TX_INDEX = 12 // i32: transaction that made the block invalid, or -1
export const RESULT_GAS_USED = 16 // u64
export const RESULT_BLOB_GAS_USED = 24 // u64
export const RESULT_RECEIPTS = 32 // u32: address of the receipts
export const RESULT_RECEIPT_COUNT = 36 // u32
export const RESULT_LOGS = 40 // u32: address of all logs
export const RESULT_LOG_COUNT = 44 // u32
export const RESULT_RECEIPTS_ROOT = 48 // 32 bytes
export const RESULT_TRANSACTIONS_ROOT = 80 // 32 bytes
export const RESULT_WITHDRAWALS_ROOT = 112 // 32 bytes
export const RESULT_REQUESTS_HASH = 144 // 32 bytes: EIP-7685
export const RESULT_BLOOM = 176 // 256 bytes
export const RESULT_STRUCT_SIZE = 432

// struct receipt: a receipt
export const RECEIPT_STATUS = 0 // u32: 1 success, 0 not
export const RECEIPT_TYPE = 4 // u32: of the transaction
export const RECEIPT_GAS_USED = 8 // u64
export const RECEIPT_CUMULATIVE_GAS = 16 // u64
export const RECEIPT_LOGS = 24 // u32: offset of its logs, from RESULT_LOGS
export const RECEIPT_LOG_COUNT = 28 // u32
export const RECEIPT_GAS_PRICE = 32 // 32 bytes: what was paid
export const RECEIPT_FLAGS = 64 // u32: OUTCOME_HAS_CREATED
export const RECEIPT_CREATED = 68 // 20 bytes
export const RECEIPT_SENDER = 88 // 20 bytes
export const RECEIPT_HALT = 108 // i32: execution status
export const RECEIPT_HASH = 112 // 32 bytes: of the transaction
/** 32 bytes: after the transaction; only before Byzantium, and only where the state is complete */
export const RECEIPT_STATE_ROOT = 144
export const RECEIPT_STRUCT_SIZE = 176

// ---- options and tracing --------------------------------------------------------------------------------------------

// values option: weft_set_option(option, value); they count from the next weft_begin_* on, and weft_reset puts the
//   defaults back
export const OPTION_TRACE = 1 // what is recorded: the flags below; 0, the default, is nothing
/** most stack items in a step record, counted from the top; 0, the default, is all */
export const OPTION_TRACE_STACK_ITEMS = 2
export const OPTION_TRACE_TX = 3 // index of the only transaction of a block to be traced; -1, the default, is all
/**
 * and the seven that follow: a bit per opcode, the lowest of the first is STOP; steps without their bit are left out.
 * Default: all set
 */
export const OPTION_TRACE_OPCODES = 8
/**
 * permutations of Keccak-f (one per 136 bytes of a message) from which on a batch is the host's; 0, the default, is
 * never
 */
export const OPTION_HASH = 24
/**
 * 1: KECCAK256 keeps the digests of the last messages of 64 bytes, as the keys of mappings are; nothing but time depends on it.
 * Not in the threads build. Default: 0
 */
export const OPTION_HASH_MEMO = 25

// values trace_flags: value of OPTION_TRACE: what is recorded
export const TRACE_STEPS = 1 // every opcode
export const TRACE_STACK = 2 // its stack
export const TRACE_MEMORY = 4 // its whole memory
export const TRACE_RETURN_DATA = 8 // the output of the last call
export const TRACE_STORAGE = 16 // key and value of SLOAD and SSTORE
export const TRACE_CALL_DATA = 32 // input and output of inner messages; those of the outermost are always there
export const TRACE_LOGS = 64 // logs
export const TRACE_STATE = 128 // accounts and slots that the transaction asked for or changed, before and after it
/** beginning and end of messages and of the transaction; any other flag switches them on as well */
export const TRACE_CALLS = 256

// struct trace: what weft_trace points to
export const TRACE_RECORDS = 0 // u32: address of the records
export const TRACE_LENGTH = 4 // u32: their bytes

// values trace_kind: kind of a record of a trace
export const TRACE_STEP = 1 // what stands before an opcode
/** a message begins, or fails before it begins (its exit follows at once); SELFDESTRUCT is one as well */
export const TRACE_ENTER = 2
export const TRACE_EXIT = 3 // a message ends
export const TRACE_LOG = 4 // a log, also of a frame that fails later
export const TRACE_ACCOUNT = 5 // an account before and after the transaction
export const TRACE_SLOT = 6 // a slot before and after the transaction
export const TRACE_CODE = 7 // a code of one of the accounts, where the run had it; CODE_* of weft_supply
export const TRACE_TX = 8 // the transaction or message is done

// struct step: what stands before an opcode (TRACE_STEP)
export const STEP_PC = 8 // u32
export const STEP_OPCODE = 12 // u32
export const STEP_GAS = 16 // u64: before the opcode
/** u64: gas before less gas after it, with what is passed on to a callee; of an opcode that fails, its base gas */
export const STEP_GAS_COST = 24
export const STEP_REFUND = 32 // i64: the transaction's refund counter
export const STEP_DEPTH = 40 // u32: 0 = outermost
export const STEP_MEMORY_SIZE = 44 // u32: bytes of memory
export const STEP_STACK_HEIGHT = 48 // u32: items on the stack
export const STEP_STACK_ITEMS = 52 // u32: those of them in the record
export const STEP_MEMORY = 56 // u32: bytes of memory in the record
export const STEP_RETURN_DATA = 60 // u32: bytes of return data in the record
export const STEP_ERROR = 64 // i32: EVMC status with which the opcode ended its frame, where that is a failure; else 0
export const STEP_FLAGS = 68 // u32: STEP_HAS_SLOT
/** stack items of 32 bytes, the top last; key and value, 32 bytes each; memory; return data, padded to 8 */
export const STEP_DATA = 72

// values step_flags: flags of a step
export const STEP_HAS_SLOT = 1 // key and value of a slot follow the stack

// struct enter: a message begins (TRACE_ENTER)
export const ENTER_OPCODE = 8 // u32: that made the message; CALL or CREATE for the outermost
export const ENTER_DEPTH = 12 // u32
export const ENTER_GAS = 16 // u64: with the stipend
export const ENTER_TX = 24 // u32: index of the transaction in the block
export const ENTER_INPUT_LENGTH = 28 // u32
export const ENTER_FROM = 32 // 20 bytes
export const ENTER_TO = 56 // 20 bytes: whose code runs; the new account; the beneficiary of SELFDESTRUCT
export const ENTER_SELF = 80 // 20 bytes: whose storage is used
export const ENTER_VALUE = 104 // 32 bytes
export const ENTER_INPUT = 136 // calldata or initcode, padded to 8

// struct exit: a message ends (TRACE_EXIT)
export const EXIT_STATUS = 8 // i32: EVMC status
export const EXIT_DEPTH = 12 // u32
export const EXIT_GAS_LEFT = 16 // u64
export const EXIT_OUTPUT_LENGTH = 24 // u32
export const EXIT_OUTPUT = 32 // output, revert data, or the code of a new contract, padded to 8

// struct trace_log: a log (TRACE_LOG)
export const TRACE_LOG_DEPTH = 8 // u32
export const TRACE_LOG_RECORD = 16 // a log as in outcomes

// struct traced_account: an account before and after the transaction, and what was asked of it (TRACE_ACCOUNT); its
//   slots follow all accounts
export const TRACED_FLAGS = 8 // u32: TRACED_EXISTS and those below it
export const TRACED_ASKED = 12 // u32: ASKED_*
export const TRACED_ADDRESS = 16 // 20 bytes
export const TRACED_NONCE = 40 // u64
export const TRACED_NONCE_AFTER = 48 // u64
export const TRACED_BALANCE = 64 // 32 bytes
export const TRACED_BALANCE_AFTER = 96 // 32 bytes
export const TRACED_CODE_HASH = 128 // 32 bytes
export const TRACED_CODE_HASH_AFTER = 160 // 32 bytes
export const TRACED_AT_LEAST = 192 // 32 bytes: with ASKED_FUNDS: the balance before has to be this or more
export const TRACED_BELOW = 224 // 32 bytes: and less than this
export const TRACED_ACCOUNT_SIZE = 256

// values traced_flags: flags of such an account
export const TRACED_EXISTS = 1 // it was in the state before
export const TRACED_EXISTS_AFTER = 2 // it is afterwards
export const TRACED_STORAGE_CLEARED = 4 // its storage was wiped before the slots that follow: it is a new contract
export const TRACED_HAS_STORAGE = 8 // with ASKED_STORAGE: there was storage before
export const TRACED_CREATED = 16 // a contract was created there, and stayed unless it was destroyed
export const TRACED_DESTROYED = 32 // it goes by SELFDESTRUCT

// values asked: what was asked of an account: the answers that the outcome rests on
export const ASKED_BALANCE = 1 // TRACED_BALANCE
export const ASKED_FUNDS = 2 // that it was at least TRACED_AT_LEAST and less than TRACED_BELOW
export const ASKED_NONCE = 4 // TRACED_NONCE
export const ASKED_CODE = 8 // TRACED_CODE_HASH
export const ASKED_EMPTY = 16 // whether nonce, balance and code were all empty (EIP-161)
export const ASKED_EXISTS = 32 // TRACED_EXISTS (before EIP-161)
export const ASKED_STORAGE = 64 // TRACED_HAS_STORAGE (EIP-7610)

// struct traced_slot: a slot before and after the transaction (TRACE_SLOT)
export const TRACED_SLOT_ADDRESS = 8 // 20 bytes
export const TRACED_SLOT_ASKED = 28 // u32: 1: the outcome rests on TRACED_SLOT_VALUE; 0: it was only written
export const TRACED_SLOT_KEY = 32 // 32 bytes
export const TRACED_SLOT_VALUE = 64 // 32 bytes
export const TRACED_SLOT_VALUE_AFTER = 96 // 32 bytes
export const TRACED_SLOT_SIZE = 128

// struct trace_tx: the transaction or message is done (TRACE_TX); the last of its records
export const TRACE_TX_INDEX = 8 // u32
export const TRACE_TX_STATUS = 12 // i32: EVMC status
export const TRACE_TX_GAS_LIMIT = 16 // u64
export const TRACE_TX_GAS_USED = 24 // u64: as in the receipt; of a message, what it used
export const TRACE_TX_GAS_REFUNDED = 32 // u64
export const TRACE_TX_SIZE = 40

// ---- hashing (weft_keccak_batch, RUN_HASH) --------------------------------------------------------------------------

// struct job: a message and where its digest goes
export const JOB_INPUT = 0 // u32: address of the message
export const JOB_LENGTH = 4 // u32: its bytes
export const JOB_DIGEST = 8 // u32: where the digest goes, 32 bytes; over no message of the batch
export const JOB_SIZE = 12

// struct hash: what weft_hash_request points to: the batch that waits, and what the core has hashed itself
export const HASH_KIND = 0 // u32: HASH_MESSAGES (1), HASH_KEYS (2); 0: no batch waits
export const HASH_PURPOSE = 4 // u32: PURPOSE_*
export const HASH_INPUT = 8 // u32: messages: address of the jobs; keys: of the first key
export const HASH_COUNT = 12 // u32: messages
export const HASH_KEY_SIZE = 16 // u32: bytes of a key, 20 or 32; they stand one after the other
export const HASH_OUTPUT = 20 // u32: keys: address of the first digest, 32 bytes each
export const HASH_PERMUTATIONS = 24 // u32: that the batch takes
/** { messages u32, permutations u32 } per purpose: smaller batches since the reset, which the core has made */
export const HASH_OWN = 32
export const HASH_STRUCT_SIZE = 88

// values hash_kind: kind of a batch
export const HASH_MESSAGES = 1 // messages that lie anywhere: HASH_INPUT is the address of jobs
export const HASH_KEYS = 2 // messages of HASH_KEY_SIZE bytes one after the other, digests from HASH_OUTPUT on

// values purpose: what digests are for
export const PURPOSE_CODES = 0 // codes that are supplied
export const PURPOSE_BINDING = 1 // mapping keys of a block's predictions, in the threads build
export const PURPOSE_TRANSACTIONS = 2 // nodes of the transactions trie
export const PURPOSE_RECEIPTS = 3 // of the receipts trie
export const PURPOSE_WITHDRAWALS = 4 // of the withdrawals trie
export const PURPOSE_STATE_KEYS = 5 // addresses and slots, as the tries of the state have them
/** nodes of the storage tries of many accounts at once, and of the trie of the accounts */
export const PURPOSE_STATE_NODES = 6
export const PURPOSE_COUNT = 7

// ---- tries of known nodes (weft_trie_*) -----------------------------------------------------------------------------

// values trie_status: what these functions return beside RUN_DONE, RUN_BAD_INPUT and OUT_OF_MEMORY
export const TRIE_MISSING = -20 // a node that is needed is not known; the report says which from TRIE_HASH on
/**
 * of weft_trie_add: the job at TRIE_INDEX is no node of a state or storage trie, and none was taken. Of the others:
 * an account, a slot or a path in a node has a form that it has in no state
 */
export const TRIE_MALFORMED = -21

// struct trie: what weft_trie_report points to
export const TRIE_ROOT = 0 // 32 bytes: after the last update
export const TRIE_JOBS = 32 // u32: address of the jobs that weft_trie_encode listed
export const TRIE_JOB_COUNT = 36 // u32
export const TRIE_NODES = 40 // u32: address of the nodes known, in the order in which they became so
export const TRIE_NODE_COUNT = 44 // u32
export const TRIE_BYTES = 48 // u32: address that the offsets of their encodings count from
export const TRIE_INDEX = 52 // u32: job that is no node
/** 32 bytes: of the node at fault; zeros where it stands in another one, or the hash is not at hand */
export const TRIE_HASH = 56
/** 32 bytes: nibbles from the root to that node, the first in the high half of the first byte */
export const TRIE_PATH = 88
export const TRIE_PATH_LENGTH = 120 // u32: and how many
export const TRIE_IN_STORAGE = 124 // u32: 1: in the storage trie of TRIE_ACCOUNT; 0: in the state trie
export const TRIE_KEY = 128 // 32 bytes: keccak of the address or slot that was read or changed
export const TRIE_ACCOUNT = 160 // 32 bytes: keccak of the address
export const TRIE_STRUCT_SIZE = 192

// struct trie_node: a known node
export const TRIE_NODE_DIGEST = 0 // 32 bytes
export const TRIE_NODE_OFFSET = 32 // u32: of its encoding
export const TRIE_NODE_LENGTH = 36 // u32
/** u32: 1: something was read or changed below it. Those together are the witness of what was read and changed */
export const TRIE_NODE_USED = 40
export const TRIE_NODE_SIZE = 48

// ---- threads build (experimental: not part of version 1) ------------------------------------------------------------

// values thread_option: options of the threads build
export const OPTION_DISPATCH = 16 // DISPATCH_*, from the next block to the next reset
export const OPTION_REPORT = 17 // REPORT_*: what is recorded for the report. Default: REPORT_NONE
export const OPTION_HINTS = 18 // HINTS_*
export const OPTION_SPECULATIVE_RUNS = 19 // runs of a transaction ahead of its turn, before it waits for it. Default: 2
/** 1: the slots that transactions access and the hashes they make are recorded for weft_thread_lesson. Default: 0 */
export const OPTION_LEARN = 20
/** 1: the signers of a block are asked of all threads (KIND_RECOVER), unless its dispatch is DISPATCH_SEQUENTIAL. Default: 0 */
export const OPTION_SHARE_SIGNERS = 21

// values dispatch: value of OPTION_DISPATCH: how the transactions of a block are shared out
export const DISPATCH_SEQUENTIAL = 0 // one transaction after the other, in the main instance. The default
export const DISPATCH_DATAFLOW = 1 // a transaction may run as soon as those it is predicted to depend on have run
export const DISPATCH_BATCHED = 2 // colour by colour, with a barrier between
export const DISPATCH_AUTO = 3 // dataflow or sequential, whichever promises to be faster; PARALLEL_REASON tells why

// values hints: value of OPTION_HINTS: what predictions rest on
/**
 * predictions rest on templates of the codes that are called, and are made where they are worth their time. The default
 */
export const HINTS_TEMPLATES = 0
export const HINTS_NONE = 1 // nothing is predicted
export const HINTS_GIVEN = 2 // predictions are what weft_thread_hints was given for the next block
/** as HINTS_TEMPLATES, for every transaction, also where a prediction costs more than it promises to save */
export const HINTS_ALL = 3

// values report: value of OPTION_REPORT: what is recorded
export const REPORT_NONE = 0
export const REPORT_ALL = 1 // accesses, and what the threads did when
export const REPORT_SPANS = 2 // only what they did when: to record accesses takes a part of the time of a commit

// struct hint: an access that a transaction is expected to make (weft_thread_hints)
export const HINT_ADDRESS = 0 // 20 bytes
export const HINT_TX = 20 // u32: transaction; hints stand in this order
export const HINT_MODE = 24 // u32: flags: MODE_READ (1), MODE_WRITE (2), MODE_DELTA (4): adds to it
export const HINT_WHAT = 28 // u32: WHAT_SLOT (0), WHAT_BALANCE (1), WHAT_CODE (2), WHAT_NONCE (3)
export const HINT_KEY = 32 // 32 bytes: of a slot
export const HINT_SIZE = 64

// struct wanted: a code and selector that no template program is known for (weft_thread_wanted)
export const WANTED_CODE_HASH = 0 // 32 bytes
export const WANTED_CODE = 32 // u32: address of the code
export const WANTED_CODE_LENGTH = 36 // u32
export const WANTED_SELECTOR = 40 // u32: first four bytes of the input, big-endian; 0xffffffff where it is shorter
export const WANTED_GAS = 48 // u64: gas limits of the transactions that called it, added up
export const WANTED_SIZE = 56 // WANTED_HEADER (8) is the size of count and address before the items

/** Bytes of count and address before the items of weft_thread_wanted. */
export const WANTED_HEADER = 8

// struct program: a template program (weft_thread_program)
export const PROGRAM_CODE_HASH = 0 // 32 bytes
export const PROGRAM_SELECTOR = 32 // u32: as in what is wanted
export const PROGRAM_SOURCE = 36 // u32: SOURCE_STATIC or SOURCE_LEARNED, below
/** u32: words that follow; 0: the code does not know the selector; of a learned program: there is none any more */
export const PROGRAM_WORDS = 40
export const PROGRAM_STRUCT_SIZE = 48 // the words of the program: their format stands in assembly/parallel/program.ts

// struct lesson: what weft_thread_lesson points to; offsets count from here
export const LESSON_LENGTH = 0 // u32: bytes of all; it names no address, so it can be copied and read later
/** u32: calls that follow: transactions that were not foreseen whole, or where something learned had a part */
export const LESSON_CALLS = 4
export const LESSON_HASHES = 8 // u32: offset of the hashes
export const LESSON_HASH_COUNT = 12 // u32
export const LESSON_HEADER = 16

// struct lesson_call: a call of a lesson: a transaction that was not foreseen whole, or where something learned had a
//   part
export const LESSON_CODE_HASH = 0 // 32 bytes: of the code that ran
export const LESSON_SENDER = 32 // 20 bytes
export const LESSON_TO = 52 // 20 bytes
export const LESSON_ACCESS_COUNT = 72 // u32: accesses that follow
/** u32: bytes of calldata after them, at most 1,540 of it, filled up to a multiple of 8 */
export const LESSON_DATA_LENGTH = 76
export const LESSON_CALL_SIZE = 80

// struct lesson_access: an access of a call
export const LESSON_ADDRESS = 0 // 20 bytes
export const LESSON_MODE = 20 // u32: as in hints
export const LESSON_KEY = 24 // 32 bytes
export const LESSON_VALUE = 56 // 32 bytes: before the transaction
export const LESSON_ACCESS_SIZE = 88

// struct lesson_hash: a hash of a lesson
export const LESSON_DIGEST = 0 // 32 bytes
export const LESSON_PREIMAGE = 32 // 64 bytes
export const LESSON_PREIMAGE_LENGTH = 96 // u32: 32 or 64; 0: to be passed over
export const LESSON_HASH_SIZE = 104

// struct parallel: what weft_thread_report points to: the last block that was to run in parallel
export const PARALLEL_DISPATCH = 0 // u32: DISPATCH_* that was taken
export const PARALLEL_REASON = 4 // u32: REASON_*
export const PARALLEL_TXS = 8 // u32: transactions
/** u32: colours of the predicted graph, which keep the order of the block; 0: no graph was made */
export const PARALLEL_COLOURS = 12
export const PARALLEL_TIME = 16 // u64: predicted nanoseconds
export const PARALLEL_CRITICAL_TIME = 24 // u64: and of the longest way through the graph
export const PARALLEL_RUNS = 32 // u32: speculative runs
export const PARALLEL_RERUNS = 36 // u32: those after a transaction's first
export const PARALLEL_ABORTS = 40 // u32: runs that did not hold
export const PARALLEL_MISSES = 44 // u32: runs that lacked state
export const PARALLEL_FRONTIER_RUNS = 48 // u32: runs in turn, on the committed state
export const PARALLEL_FRONTIER_RERUNS = 52 // u32: runs in turn of transactions that had run before
export const PARALLEL_WAITS = 56 // u32: times a thread found nothing to do
export const PARALLEL_WASTED_GAS = 64 // u64: gas of runs that did not count
export const PARALLEL_PREDICT_TIME = 72 // u32: µs for predictions
export const PARALLEL_GRAPH_TIME = 76 // u32: µs for the graph
export const PARALLEL_GRAPH = 80 // u32: address of the transactions, GRAPH_TX_*
export const PARALLEL_SUCCESSORS = 84 // u32: address of their successors, u32 each
export const PARALLEL_EDGES = 88 // u32: number of successors
export const PARALLEL_PREDICTED = 92 // u32: address of the predicted accesses, ACCESS_*
export const PARALLEL_PREDICTED_COUNT = 96 // u32
/** u32: address of the real ones, with REPORT_ALL; none of a block that ran sequentially */
export const PARALLEL_ACCESSES = 100
export const PARALLEL_ACCESS_COUNT = 104 // u32
export const PARALLEL_SPANS = 108 // u32: address of what the threads did when, SPAN_*, unless REPORT_NONE
export const PARALLEL_SPAN_COUNT = 112 // u32
export const PARALLEL_BEGAN = 120 // f64: env.now() when the transactions began
export const PARALLEL_HASHES = 128 // u32: hashes made for predictions
export const PARALLEL_MEMO_HITS = 132 // u32: how often runs asked for one of them
export const PARALLEL_MEMO_MISSES = 136 // u32: and for others of 32 or 64 bytes
export const PARALLEL_STRUCT_SIZE = 144

// values reason: PARALLEL_REASON: why that dispatch was taken
export const REASON_ASKED = 0 // the dispatch was asked for
export const REASON_FEW = 1 // too few transactions to share out
export const REASON_CHEAP = 2 // too little work: sharing it out costs more
export const REASON_SERIAL = 3 // one long chain of dependencies
export const REASON_PARALLEL = 4 // it promises to be faster in parallel
/**
 * receipts hold state roots (before Byzantium, BLOCK_ROOT_RECEIPTS), which need one transaction after the other. The
 * core runs such a block so whatever dispatch was asked for; a host that never replaces a choice refuses
 * DISPATCH_DATAFLOW and DISPATCH_BATCHED for it
 */
export const REASON_ROOTS = 5
export const REASON_SLOWER = 6 // earlier blocks with such transactions were not faster in parallel

// struct graph_tx: a transaction of the predicted graph
export const GRAPH_TX_GAS = 0 // u32: predicted
export const GRAPH_TX_COLOUR = 4 // u32: from 0
export const GRAPH_TX_SUCCESSORS = 8 // u32: index of the first successor
export const GRAPH_TX_SUCCESSORS_END = 12 // u32: index after the last
export const GRAPH_TX_RUNS = 16 // u32
export const GRAPH_TX_SIZE = 20

// struct access: an access, predicted or real
export const ACCESS_ADDRESS = 0 // 20 bytes
export const ACCESS_TX = 20 // u32
export const ACCESS_MODE = 24 // u32: as in hints; 256 more where it may not happen
/**
 * u32: as in hints, and its source in the second byte: SOURCE_ENVELOPE (1), SOURCE_ACCESS_LIST (2), SOURCE_STATIC
 * (3), SOURCE_LEARNED (4), SOURCE_HINT (5); 0 for real accesses
 */
export const ACCESS_WHAT = 28
export const ACCESS_KEY = 32 // 32 bytes: of a slot
export const ACCESS_SIZE = 64

// struct span: what a thread did when
export const SPAN_THREAD = 0 // u32
export const SPAN_TX = 4 // u32: of a commit, the first transaction
export const SPAN_KIND = 8 // u32: SPAN_SPECULATIVE (0), SPAN_AT_FRONTIER (1), SPAN_COMMIT (2), SPAN_WAIT (3)
export const SPAN_RUN = 12 // u32: number of the transaction's run, from 1
export const SPAN_START = 16 // f64: env.now()
export const SPAN_END = 24 // f64
export const SPAN_SIZE = 32

// values span_kind: SPAN_KIND
export const SPAN_SPECULATIVE = 0 // a run ahead of its turn
export const SPAN_AT_FRONTIER = 1 // a run in turn
export const SPAN_COMMIT = 2 // validating and committing
export const SPAN_WAIT = 3 // nothing to do
