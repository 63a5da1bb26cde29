/*
 * The embedding ABI of Weft, version 1: numbers, structs and functions. Made of assembly/abi.ts by `npm run abi`;
 * docs/ABI.md says what they mean. C11 or C++11.
 *
 * Structs are as they lie in the core's memory, which is little-endian: on a little-endian machine they can be copied
 * as they are, on any other the offsets are there. Addresses and 256-bit words are big-endian bytes. Pointers in them
 * are uint32_t: addresses in the core's memory.
 */
#ifndef WEFT_H
#define WEFT_H

#include <stddef.h>
#include <stdint.h>

#define WEFT_ABI_VERSION 1

/* rules, in order of activation. Difficulty-bomb and blob-parameter forks change none: the latter are numbers in the environment */
#define WEFT_FRONTIER 0
#define WEFT_HOMESTEAD 1
#define WEFT_TANGERINE_WHISTLE 2
#define WEFT_SPURIOUS_DRAGON 3
#define WEFT_BYZANTIUM 4
#define WEFT_CONSTANTINOPLE 5
#define WEFT_PETERSBURG 6
#define WEFT_ISTANBUL 7
#define WEFT_BERLIN 8
#define WEFT_LONDON 9
#define WEFT_PARIS 10
#define WEFT_SHANGHAI 11
#define WEFT_CANCUN 12
#define WEFT_PRAGUE 13
#define WEFT_OSAKA 14
#define WEFT_FORK_COUNT 15

/* what weft_run and the other functions return */
#define WEFT_RUN_DONE 0
#define WEFT_RUN_REQUEST 1
#define WEFT_RUN_TRACE_FULL 2
#define WEFT_RUN_YIELD 3
#define WEFT_RUN_PARALLEL 4
#define WEFT_RUN_HASH 5
#define WEFT_RUN_IDLE (-10)
#define WEFT_RUN_BAD_INPUT (-11)

/* of a transaction, message or frame: names and values of EVMC */
#define WEFT_SUCCESS 0
#define WEFT_FAILURE 1
#define WEFT_REVERT 2
#define WEFT_OUT_OF_GAS 3
#define WEFT_INVALID_INSTRUCTION 4
#define WEFT_UNDEFINED_INSTRUCTION 5
#define WEFT_STACK_OVERFLOW 6
#define WEFT_STACK_UNDERFLOW 7
#define WEFT_BAD_JUMP_DESTINATION 8
#define WEFT_INVALID_MEMORY_ACCESS 9
#define WEFT_CALL_DEPTH_EXCEEDED 10
#define WEFT_STATIC_MODE_VIOLATION 11
#define WEFT_PRECOMPILE_FAILURE 12
#define WEFT_CONTRACT_VALIDATION_FAILURE 13
#define WEFT_ARGUMENT_OUT_OF_RANGE 14
#define WEFT_INSUFFICIENT_BALANCE 17
#define WEFT_INTERNAL_ERROR (-1)
#define WEFT_REJECTED (-2)
#define WEFT_OUT_OF_MEMORY (-3)

/* why a transaction or block is invalid; each stands for one exception of execution-spec-tests */
#define WEFT_REJECT_NONE 0
#define WEFT_REJECT_NONCE_TOO_LOW 1
#define WEFT_REJECT_NONCE_TOO_HIGH 2
#define WEFT_REJECT_NONCE_IS_MAX 3
#define WEFT_REJECT_INSUFFICIENT_FUNDS 4
#define WEFT_REJECT_INTRINSIC_GAS 5
#define WEFT_REJECT_FLOOR_GAS 6
#define WEFT_REJECT_BLOCK_GAS 7
#define WEFT_REJECT_GAS_CAP 8
#define WEFT_REJECT_SENDER_NOT_EOA 9
#define WEFT_REJECT_INITCODE_SIZE 10
#define WEFT_REJECT_MAX_FEE 11
#define WEFT_REJECT_PRIORITY_FEE 12
#define WEFT_REJECT_BLOB_FEE 13
#define WEFT_REJECT_TYPE_1_PRE_FORK 14
#define WEFT_REJECT_TYPE_2_PRE_FORK 15
#define WEFT_REJECT_TYPE_3_PRE_FORK 16
#define WEFT_REJECT_TYPE_4_PRE_FORK 17
#define WEFT_REJECT_TYPE_UNKNOWN 18
#define WEFT_REJECT_BLOB_NONE 19
#define WEFT_REJECT_BLOB_VERSION 20
#define WEFT_REJECT_BLOB_COUNT 21
#define WEFT_REJECT_BLOB_BLOCK 22
#define WEFT_REJECT_BLOB_CREATE 23
#define WEFT_REJECT_AUTHORIZATION_NONE 24
#define WEFT_REJECT_AUTHORIZATION_CREATE 25
#define WEFT_REJECT_AUTHORIZATION_FORMAT 26
#define WEFT_REJECT_SIGNATURE 27
#define WEFT_REJECT_CHAIN_ID 28
#define WEFT_REJECT_RLP 29
#define WEFT_REJECT_COST_OVERFLOW 30
#define WEFT_REJECT_SYSTEM_CALL_EMPTY 31
#define WEFT_REJECT_SYSTEM_CALL_FAILED 32
#define WEFT_REJECT_DEPOSIT_LAYOUT 33

/* of an item of a request, and of the record that answers it */
#define WEFT_KIND_ACCOUNT 1
#define WEFT_KIND_STORAGE 2
#define WEFT_KIND_CODE 3
#define WEFT_KIND_BLOCK_HASH 4
#define WEFT_KIND_PRECOMPILE 5
#define WEFT_KIND_RECOVER 6
#define WEFT_KIND_CUSTOM 7
#define WEFT_KIND_BALANCE 8
#define WEFT_KIND_LOG 9

/* what weft_request points to */
#define WEFT_REQUEST_COUNT 0
#define WEFT_REQUEST_ITEMS 4

/* one thing that is missing; what does not belong to its kind is zero, or shares the place of what does */
#define WEFT_ITEM_KIND 0
#define WEFT_ITEM_PTR 4
#define WEFT_ITEM_LEN 8
#define WEFT_ITEM_PARITY 12
#define WEFT_ITEM_NUMBER 16
#define WEFT_ITEM_ADDRESS 32
#define WEFT_ITEM_KEY 64
#define WEFT_ITEM_SIZE 128

/* the parts of an item of KIND_RECOVER that lie elsewhere */
#define WEFT_ITEM_R 32
#define WEFT_ITEM_S 96

/* a call of a precompiled contract of the host's own: what ITEM_PTR of KIND_CUSTOM names */
#define WEFT_CUSTOM_SIZE 0
#define WEFT_CUSTOM_FLAGS 4
#define WEFT_CUSTOM_GAS 8
#define WEFT_CUSTOM_INPUT 16
#define WEFT_CUSTOM_INPUT_LENGTH 20
#define WEFT_CUSTOM_DEPTH 24
#define WEFT_CUSTOM_ADDRESS 32
#define WEFT_CUSTOM_SELF 56
#define WEFT_CUSTOM_CALLER 80
#define WEFT_CUSTOM_VALUE 104
#define WEFT_CUSTOM_STRUCT_SIZE 136

/* flags of such a call */
#define WEFT_CUSTOM_STATIC 1

/* how every record begins, in weft_supply, diffs, traces and what was used */
#define WEFT_RECORD_KIND 0
#define WEFT_RECORD_SIZE 4

/* an account: answer to KIND_ACCOUNT, and in diffs */
#define WEFT_ACCOUNT_FLAGS 8
#define WEFT_ACCOUNT_NONCE 16
#define WEFT_ACCOUNT_ADDRESS 32
#define WEFT_ACCOUNT_BALANCE 64
#define WEFT_ACCOUNT_CODE_HASH 96
#define WEFT_ACCOUNT_RECORD_SIZE 128

/* flags of an account */
#define WEFT_ACCOUNT_EXISTS 1
#define WEFT_ACCOUNT_STORAGE_CLEARED 2
#define WEFT_ACCOUNT_HAS_STORAGE 4

/* a slot: answer to KIND_STORAGE, and in diffs */
#define WEFT_STORAGE_ADDRESS 8
#define WEFT_STORAGE_KEY 32
#define WEFT_STORAGE_VALUE 64
#define WEFT_STORAGE_RECORD_SIZE 96

/* a code: answer to KIND_CODE, and in diffs */
#define WEFT_CODE_LENGTH 8
#define WEFT_CODE_HASH 16
#define WEFT_CODE_BYTES 48

/* answer to KIND_BLOCK_HASH */
#define WEFT_BLOCK_HASH_NUMBER 8
#define WEFT_BLOCK_HASH_HASH 16
#define WEFT_BLOCK_HASH_RECORD_SIZE 48

/* answer to KIND_PRECOMPILE */
#define WEFT_PRECOMPILE_OK 8
#define WEFT_PRECOMPILE_LENGTH 12
#define WEFT_PRECOMPILE_OUTPUT 16

/* answer to KIND_CUSTOM */
#define WEFT_ANSWER_STATUS 8
#define WEFT_ANSWER_LENGTH 12
#define WEFT_ANSWER_GAS_USED 16
#define WEFT_ANSWER_CHANGES 24
#define WEFT_ANSWER_OUTPUT 32

/* a change in an answer: an account's balance from now on */
#define WEFT_BALANCE_ADDRESS 8
#define WEFT_BALANCE_VALUE 32
#define WEFT_BALANCE_RECORD_SIZE 64

/* a change in an answer: a log */
#define WEFT_LOGGED_LOG 16

/* answer to KIND_RECOVER */
#define WEFT_RECOVER_INDEX 8
#define WEFT_RECOVER_OK 12
#define WEFT_RECOVER_ADDRESS 16
#define WEFT_RECOVER_RECORD_SIZE 40

/* block environment: weft_set_block, and the head of weft_begin_block */
#define WEFT_ENV_SIZE 0
#define WEFT_ENV_FORK 4
#define WEFT_ENV_NUMBER 8
#define WEFT_ENV_TIMESTAMP 16
#define WEFT_ENV_GAS_LIMIT 24
#define WEFT_ENV_CHAIN_ID 32
#define WEFT_ENV_EXCESS_BLOB_GAS 40
#define WEFT_ENV_BLOB_MAX 48
#define WEFT_ENV_FLAGS 52
#define WEFT_ENV_BLOB_UPDATE_FRACTION 56
#define WEFT_ENV_COINBASE 64
#define WEFT_ENV_BASE_FEE 96
#define WEFT_ENV_RANDOM 128
#define WEFT_ENV_PARENT_HASH 160
#define WEFT_ENV_PARENT_BEACON_ROOT 192
#define WEFT_ENV_STRUCT_SIZE 224

/* flags of an environment */
#define WEFT_ENV_COMPLETE_STATE 1
#define WEFT_ENV_HAS_BEACON_ROOT 2
#define WEFT_ENV_ASK_PARENT_HASH 4

/* transaction: weft_begin_tx */
#define WEFT_TX_SIZE 0
#define WEFT_TX_FLAGS 4
#define WEFT_TX_RLP 8
#define WEFT_TX_RLP_LENGTH 12
#define WEFT_TX_SENDER 16
#define WEFT_TX_STRUCT_SIZE 40

/* flags of a transaction */
#define WEFT_TX_SENDER_GIVEN 1
#define WEFT_TX_UNCHECKED 2

/* message: weft_begin_call. No intrinsic gas, no fee, no nonce check. From CALL_ORIGIN on fields may be left out */
#define WEFT_CALL_SIZE 0
#define WEFT_CALL_FLAGS 4
#define WEFT_CALL_GAS 8
#define WEFT_CALL_INPUT 16
#define WEFT_CALL_INPUT_LENGTH 20
#define WEFT_CALL_SENDER 24
#define WEFT_CALL_RECIPIENT 48
#define WEFT_CALL_VALUE 72
#define WEFT_CALL_ORIGIN 104
#define WEFT_CALL_GAS_PRICE 128
#define WEFT_CALL_CODE 160
#define WEFT_CALL_CODE_LENGTH 164
#define WEFT_CALL_WARM 168
#define WEFT_CALL_WARM_COUNT 172
#define WEFT_CALL_BLOB_HASHES 176
#define WEFT_CALL_BLOB_HASH_COUNT 180
#define WEFT_CALL_STRUCT_SIZE 184

/* flags of a message */
#define WEFT_CALL_CREATE 1
#define WEFT_CALL_STATIC 2
#define WEFT_CALL_IN_TX 4
#define WEFT_CALL_HAS_CODE 8
#define WEFT_CALL_VALUE_STAYS 16

/* one of CALL_WARM: an account, or a slot */
#define WEFT_WARM_ADDRESS 0
#define WEFT_WARM_HAS_KEY 20
#define WEFT_WARM_KEY 24
#define WEFT_WARM_SIZE 56

/* what weft_begin_block reads behind the environment; ENV_SIZE is the size of all */
#define WEFT_BLOCK_FLAGS 224
#define WEFT_BLOCK_TXS 228
#define WEFT_BLOCK_TX_COUNT 232
#define WEFT_BLOCK_WITHDRAWALS 236
#define WEFT_BLOCK_WITHDRAWAL_COUNT 240
#define WEFT_BLOCK_UNCLES 244
#define WEFT_BLOCK_UNCLE_COUNT 248
#define WEFT_BLOCK_SENDERS 252
#define WEFT_BLOCK_STRUCT_SIZE 256

/* flags of a block */
#define WEFT_BLOCK_REWARD 1
#define WEFT_BLOCK_UNCLES_UNPAID 2
#define WEFT_BLOCK_ROOT_RECEIPTS 4

/* one of BLOCK_WITHDRAWALS */
#define WEFT_WITHDRAWAL_INDEX 0
#define WEFT_WITHDRAWAL_VALIDATOR 8
#define WEFT_WITHDRAWAL_AMOUNT 16
#define WEFT_WITHDRAWAL_ADDRESS 24
#define WEFT_WITHDRAWAL_SIZE 48

/* one of BLOCK_UNCLES */
#define WEFT_UNCLE_NUMBER 0
#define WEFT_UNCLE_BENEFICIARY 8
#define WEFT_UNCLE_SIZE 32

/* what weft_outcome points to after a transaction or message */
#define WEFT_OUTCOME_SIZE 0
#define WEFT_OUTCOME_STATUS 4
#define WEFT_OUTCOME_REJECTION 8
#define WEFT_OUTCOME_FLAGS 12
#define WEFT_OUTCOME_GAS_USED 16
#define WEFT_OUTCOME_GAS_REFUNDED 24
#define WEFT_OUTCOME_OUTPUT 32
#define WEFT_OUTCOME_OUTPUT_LENGTH 36
#define WEFT_OUTCOME_LOGS 40
#define WEFT_OUTCOME_LOG_COUNT 44
#define WEFT_OUTCOME_CREATED 48
#define WEFT_OUTCOME_USED 72
#define WEFT_OUTCOME_USED_LENGTH 76
#define WEFT_OUTCOME_REFUND 80
#define WEFT_OUTCOME_STRUCT_SIZE 88

/* flags of an outcome and of a receipt */
#define WEFT_OUTCOME_HAS_CREATED 1

/* a log */
#define WEFT_LOG_SIZE 0
#define WEFT_LOG_TOPIC_COUNT 4
#define WEFT_LOG_DATA_LENGTH 8
#define WEFT_LOG_ADDRESS 16
#define WEFT_LOG_TOPICS 48

/* what weft_outcome points to after a block */
#define WEFT_RESULT_SIZE 0
#define WEFT_RESULT_STATUS 4
#define WEFT_RESULT_REJECTION 8
#define WEFT_RESULT_TX_INDEX 12
#define WEFT_RESULT_GAS_USED 16
#define WEFT_RESULT_BLOB_GAS_USED 24
#define WEFT_RESULT_RECEIPTS 32
#define WEFT_RESULT_RECEIPT_COUNT 36
#define WEFT_RESULT_LOGS 40
#define WEFT_RESULT_LOG_COUNT 44
#define WEFT_RESULT_RECEIPTS_ROOT 48
#define WEFT_RESULT_TRANSACTIONS_ROOT 80
#define WEFT_RESULT_WITHDRAWALS_ROOT 112
#define WEFT_RESULT_REQUESTS_HASH 144
#define WEFT_RESULT_BLOOM 176
#define WEFT_RESULT_STRUCT_SIZE 432

/* a receipt */
#define WEFT_RECEIPT_STATUS 0
#define WEFT_RECEIPT_TYPE 4
#define WEFT_RECEIPT_GAS_USED 8
#define WEFT_RECEIPT_CUMULATIVE_GAS 16
#define WEFT_RECEIPT_LOGS 24
#define WEFT_RECEIPT_LOG_COUNT 28
#define WEFT_RECEIPT_GAS_PRICE 32
#define WEFT_RECEIPT_FLAGS 64
#define WEFT_RECEIPT_CREATED 68
#define WEFT_RECEIPT_SENDER 88
#define WEFT_RECEIPT_HALT 108
#define WEFT_RECEIPT_HASH 112
#define WEFT_RECEIPT_STATE_ROOT 144
#define WEFT_RECEIPT_STRUCT_SIZE 176

/* weft_set_option(option, value); they count from the next weft_begin_* on, and weft_reset puts the defaults back */
#define WEFT_OPTION_TRACE 1
#define WEFT_OPTION_TRACE_STACK_ITEMS 2
#define WEFT_OPTION_TRACE_TX 3
#define WEFT_OPTION_TRACE_OPCODES 8
#define WEFT_OPTION_HASH 24
#define WEFT_OPTION_HASH_MEMO 25

/* value of OPTION_TRACE: what is recorded */
#define WEFT_TRACE_STEPS 1
#define WEFT_TRACE_STACK 2
#define WEFT_TRACE_MEMORY 4
#define WEFT_TRACE_RETURN_DATA 8
#define WEFT_TRACE_STORAGE 16
#define WEFT_TRACE_CALL_DATA 32
#define WEFT_TRACE_LOGS 64
#define WEFT_TRACE_STATE 128
#define WEFT_TRACE_CALLS 256

/* what weft_trace points to */
#define WEFT_TRACE_RECORDS 0
#define WEFT_TRACE_LENGTH 4

/* kind of a record of a trace */
#define WEFT_TRACE_STEP 1
#define WEFT_TRACE_ENTER 2
#define WEFT_TRACE_EXIT 3
#define WEFT_TRACE_LOG 4
#define WEFT_TRACE_ACCOUNT 5
#define WEFT_TRACE_SLOT 6
#define WEFT_TRACE_CODE 7
#define WEFT_TRACE_TX 8

/* what stands before an opcode (TRACE_STEP) */
#define WEFT_STEP_PC 8
#define WEFT_STEP_OPCODE 12
#define WEFT_STEP_GAS 16
#define WEFT_STEP_GAS_COST 24
#define WEFT_STEP_REFUND 32
#define WEFT_STEP_DEPTH 40
#define WEFT_STEP_MEMORY_SIZE 44
#define WEFT_STEP_STACK_HEIGHT 48
#define WEFT_STEP_STACK_ITEMS 52
#define WEFT_STEP_MEMORY 56
#define WEFT_STEP_RETURN_DATA 60
#define WEFT_STEP_ERROR 64
#define WEFT_STEP_FLAGS 68
#define WEFT_STEP_DATA 72

/* flags of a step */
#define WEFT_STEP_HAS_SLOT 1

/* a message begins (TRACE_ENTER) */
#define WEFT_ENTER_OPCODE 8
#define WEFT_ENTER_DEPTH 12
#define WEFT_ENTER_GAS 16
#define WEFT_ENTER_TX 24
#define WEFT_ENTER_INPUT_LENGTH 28
#define WEFT_ENTER_FROM 32
#define WEFT_ENTER_TO 56
#define WEFT_ENTER_SELF 80
#define WEFT_ENTER_VALUE 104
#define WEFT_ENTER_INPUT 136

/* a message ends (TRACE_EXIT) */
#define WEFT_EXIT_STATUS 8
#define WEFT_EXIT_DEPTH 12
#define WEFT_EXIT_GAS_LEFT 16
#define WEFT_EXIT_OUTPUT_LENGTH 24
#define WEFT_EXIT_OUTPUT 32

/* a log (TRACE_LOG) */
#define WEFT_TRACE_LOG_DEPTH 8
#define WEFT_TRACE_LOG_RECORD 16

/* an account before and after the transaction, and what was asked of it (TRACE_ACCOUNT); its slots follow all accounts */
#define WEFT_TRACED_FLAGS 8
#define WEFT_TRACED_ASKED 12
#define WEFT_TRACED_ADDRESS 16
#define WEFT_TRACED_NONCE 40
#define WEFT_TRACED_NONCE_AFTER 48
#define WEFT_TRACED_BALANCE 64
#define WEFT_TRACED_BALANCE_AFTER 96
#define WEFT_TRACED_CODE_HASH 128
#define WEFT_TRACED_CODE_HASH_AFTER 160
#define WEFT_TRACED_AT_LEAST 192
#define WEFT_TRACED_BELOW 224
#define WEFT_TRACED_ACCOUNT_SIZE 256

/* flags of such an account */
#define WEFT_TRACED_EXISTS 1
#define WEFT_TRACED_EXISTS_AFTER 2
#define WEFT_TRACED_STORAGE_CLEARED 4
#define WEFT_TRACED_HAS_STORAGE 8
#define WEFT_TRACED_CREATED 16
#define WEFT_TRACED_DESTROYED 32

/* what was asked of an account: the answers that the outcome rests on */
#define WEFT_ASKED_BALANCE 1
#define WEFT_ASKED_FUNDS 2
#define WEFT_ASKED_NONCE 4
#define WEFT_ASKED_CODE 8
#define WEFT_ASKED_EMPTY 16
#define WEFT_ASKED_EXISTS 32
#define WEFT_ASKED_STORAGE 64

/* a slot before and after the transaction (TRACE_SLOT) */
#define WEFT_TRACED_SLOT_ADDRESS 8
#define WEFT_TRACED_SLOT_ASKED 28
#define WEFT_TRACED_SLOT_KEY 32
#define WEFT_TRACED_SLOT_VALUE 64
#define WEFT_TRACED_SLOT_VALUE_AFTER 96
#define WEFT_TRACED_SLOT_SIZE 128

/* the transaction or message is done (TRACE_TX); the last of its records */
#define WEFT_TRACE_TX_INDEX 8
#define WEFT_TRACE_TX_STATUS 12
#define WEFT_TRACE_TX_GAS_LIMIT 16
#define WEFT_TRACE_TX_GAS_USED 24
#define WEFT_TRACE_TX_GAS_REFUNDED 32
#define WEFT_TRACE_TX_SIZE 40

/* a message and where its digest goes */
#define WEFT_JOB_INPUT 0
#define WEFT_JOB_LENGTH 4
#define WEFT_JOB_DIGEST 8
#define WEFT_JOB_SIZE 12

/* what weft_hash_request points to: the batch that waits, and what the core has hashed itself */
#define WEFT_HASH_KIND 0
#define WEFT_HASH_PURPOSE 4
#define WEFT_HASH_INPUT 8
#define WEFT_HASH_COUNT 12
#define WEFT_HASH_KEY_SIZE 16
#define WEFT_HASH_OUTPUT 20
#define WEFT_HASH_PERMUTATIONS 24
#define WEFT_HASH_OWN 32
#define WEFT_HASH_STRUCT_SIZE 88

/* kind of a batch */
#define WEFT_HASH_MESSAGES 1
#define WEFT_HASH_KEYS 2

/* what digests are for */
#define WEFT_PURPOSE_CODES 0
#define WEFT_PURPOSE_BINDING 1
#define WEFT_PURPOSE_TRANSACTIONS 2
#define WEFT_PURPOSE_RECEIPTS 3
#define WEFT_PURPOSE_WITHDRAWALS 4
#define WEFT_PURPOSE_STATE_KEYS 5
#define WEFT_PURPOSE_STATE_NODES 6
#define WEFT_PURPOSE_COUNT 7

/* what these functions return beside RUN_DONE, RUN_BAD_INPUT and OUT_OF_MEMORY */
#define WEFT_TRIE_MISSING (-20)
#define WEFT_TRIE_MALFORMED (-21)

/* what weft_trie_report points to */
#define WEFT_TRIE_ROOT 0
#define WEFT_TRIE_JOBS 32
#define WEFT_TRIE_JOB_COUNT 36
#define WEFT_TRIE_NODES 40
#define WEFT_TRIE_NODE_COUNT 44
#define WEFT_TRIE_BYTES 48
#define WEFT_TRIE_INDEX 52
#define WEFT_TRIE_HASH 56
#define WEFT_TRIE_PATH 88
#define WEFT_TRIE_PATH_LENGTH 120
#define WEFT_TRIE_IN_STORAGE 124
#define WEFT_TRIE_KEY 128
#define WEFT_TRIE_ACCOUNT 160
#define WEFT_TRIE_STRUCT_SIZE 192

/* a known node */
#define WEFT_TRIE_NODE_DIGEST 0
#define WEFT_TRIE_NODE_OFFSET 32
#define WEFT_TRIE_NODE_LENGTH 36
#define WEFT_TRIE_NODE_USED 40
#define WEFT_TRIE_NODE_SIZE 48

/* options of the threads build */
#define WEFT_OPTION_DISPATCH 16
#define WEFT_OPTION_REPORT 17
#define WEFT_OPTION_HINTS 18
#define WEFT_OPTION_SPECULATIVE_RUNS 19
#define WEFT_OPTION_LEARN 20
#define WEFT_OPTION_SHARE_SIGNERS 21

/* value of OPTION_DISPATCH: how the transactions of a block are shared out */
#define WEFT_DISPATCH_SEQUENTIAL 0
#define WEFT_DISPATCH_DATAFLOW 1
#define WEFT_DISPATCH_BATCHED 2
#define WEFT_DISPATCH_AUTO 3

/* value of OPTION_HINTS: what predictions rest on */
#define WEFT_HINTS_TEMPLATES 0
#define WEFT_HINTS_NONE 1
#define WEFT_HINTS_GIVEN 2
#define WEFT_HINTS_ALL 3

/* value of OPTION_REPORT: what is recorded */
#define WEFT_REPORT_NONE 0
#define WEFT_REPORT_ALL 1
#define WEFT_REPORT_SPANS 2

/* an access that a transaction is expected to make (weft_thread_hints) */
#define WEFT_HINT_ADDRESS 0
#define WEFT_HINT_TX 20
#define WEFT_HINT_MODE 24
#define WEFT_HINT_WHAT 28
#define WEFT_HINT_KEY 32
#define WEFT_HINT_SIZE 64

/* a code and selector that no template program is known for (weft_thread_wanted) */
#define WEFT_WANTED_CODE_HASH 0
#define WEFT_WANTED_CODE 32
#define WEFT_WANTED_CODE_LENGTH 36
#define WEFT_WANTED_SELECTOR 40
#define WEFT_WANTED_GAS 48
#define WEFT_WANTED_SIZE 56

/* a template program (weft_thread_program) */
#define WEFT_PROGRAM_CODE_HASH 0
#define WEFT_PROGRAM_SELECTOR 32
#define WEFT_PROGRAM_SOURCE 36
#define WEFT_PROGRAM_WORDS 40
#define WEFT_PROGRAM_STRUCT_SIZE 48

/* what weft_thread_lesson points to; offsets count from here */
#define WEFT_LESSON_LENGTH 0
#define WEFT_LESSON_CALLS 4
#define WEFT_LESSON_HASHES 8
#define WEFT_LESSON_HASH_COUNT 12
#define WEFT_LESSON_HEADER 16

/* a call of a lesson: a transaction that was not foreseen whole, or where something learned had a part */
#define WEFT_LESSON_CODE_HASH 0
#define WEFT_LESSON_SENDER 32
#define WEFT_LESSON_TO 52
#define WEFT_LESSON_ACCESS_COUNT 72
#define WEFT_LESSON_DATA_LENGTH 76
#define WEFT_LESSON_CALL_SIZE 80

/* an access of a call */
#define WEFT_LESSON_ADDRESS 0
#define WEFT_LESSON_MODE 20
#define WEFT_LESSON_KEY 24
#define WEFT_LESSON_VALUE 56
#define WEFT_LESSON_ACCESS_SIZE 88

/* a hash of a lesson */
#define WEFT_LESSON_DIGEST 0
#define WEFT_LESSON_PREIMAGE 32
#define WEFT_LESSON_PREIMAGE_LENGTH 96
#define WEFT_LESSON_HASH_SIZE 104

/* what weft_thread_report points to: the last block that was to run in parallel */
#define WEFT_PARALLEL_DISPATCH 0
#define WEFT_PARALLEL_REASON 4
#define WEFT_PARALLEL_TXS 8
#define WEFT_PARALLEL_COLOURS 12
#define WEFT_PARALLEL_TIME 16
#define WEFT_PARALLEL_CRITICAL_TIME 24
#define WEFT_PARALLEL_RUNS 32
#define WEFT_PARALLEL_RERUNS 36
#define WEFT_PARALLEL_ABORTS 40
#define WEFT_PARALLEL_MISSES 44
#define WEFT_PARALLEL_FRONTIER_RUNS 48
#define WEFT_PARALLEL_FRONTIER_RERUNS 52
#define WEFT_PARALLEL_WAITS 56
#define WEFT_PARALLEL_WASTED_GAS 64
#define WEFT_PARALLEL_PREDICT_TIME 72
#define WEFT_PARALLEL_GRAPH_TIME 76
#define WEFT_PARALLEL_GRAPH 80
#define WEFT_PARALLEL_SUCCESSORS 84
#define WEFT_PARALLEL_EDGES 88
#define WEFT_PARALLEL_PREDICTED 92
#define WEFT_PARALLEL_PREDICTED_COUNT 96
#define WEFT_PARALLEL_ACCESSES 100
#define WEFT_PARALLEL_ACCESS_COUNT 104
#define WEFT_PARALLEL_SPANS 108
#define WEFT_PARALLEL_SPAN_COUNT 112
#define WEFT_PARALLEL_BEGAN 120
#define WEFT_PARALLEL_HASHES 128
#define WEFT_PARALLEL_MEMO_HITS 132
#define WEFT_PARALLEL_MEMO_MISSES 136
#define WEFT_PARALLEL_STRUCT_SIZE 144

/* PARALLEL_REASON: why that dispatch was taken */
#define WEFT_REASON_ASKED 0
#define WEFT_REASON_FEW 1
#define WEFT_REASON_CHEAP 2
#define WEFT_REASON_SERIAL 3
#define WEFT_REASON_PARALLEL 4
#define WEFT_REASON_ROOTS 5
#define WEFT_REASON_SLOWER 6

/* a transaction of the predicted graph */
#define WEFT_GRAPH_TX_GAS 0
#define WEFT_GRAPH_TX_COLOUR 4
#define WEFT_GRAPH_TX_SUCCESSORS 8
#define WEFT_GRAPH_TX_SUCCESSORS_END 12
#define WEFT_GRAPH_TX_RUNS 16
#define WEFT_GRAPH_TX_SIZE 20

/* an access, predicted or real */
#define WEFT_ACCESS_ADDRESS 0
#define WEFT_ACCESS_TX 20
#define WEFT_ACCESS_MODE 24
#define WEFT_ACCESS_WHAT 28
#define WEFT_ACCESS_KEY 32
#define WEFT_ACCESS_SIZE 64

/* what a thread did when */
#define WEFT_SPAN_THREAD 0
#define WEFT_SPAN_TX 4
#define WEFT_SPAN_KIND 8
#define WEFT_SPAN_RUN 12
#define WEFT_SPAN_START 16
#define WEFT_SPAN_END 24
#define WEFT_SPAN_SIZE 32

/* SPAN_KIND */
#define WEFT_SPAN_SPECULATIVE 0
#define WEFT_SPAN_AT_FRONTIER 1
#define WEFT_SPAN_COMMIT 2
#define WEFT_SPAN_WAIT 3
#if defined(__cplusplus)
#define WEFT_CHECK(what) static_assert(what, #what)
#else
#define WEFT_CHECK(what) _Static_assert(what, #what)
#endif

struct weft_request {
  uint32_t count;
  uint32_t items;
};
WEFT_CHECK(offsetof(struct weft_request, count) == WEFT_REQUEST_COUNT);
WEFT_CHECK(offsetof(struct weft_request, items) == WEFT_REQUEST_ITEMS);

struct weft_item {
  uint32_t kind;
  uint32_t ptr;
  uint32_t len;
  uint32_t parity;
  uint64_t number;
  uint8_t pad_24[8];
  uint8_t address[20];
  uint8_t pad_52[12];
  uint8_t key[32];
  uint8_t pad_96[32];
};
WEFT_CHECK(offsetof(struct weft_item, kind) == WEFT_ITEM_KIND);
WEFT_CHECK(offsetof(struct weft_item, ptr) == WEFT_ITEM_PTR);
WEFT_CHECK(offsetof(struct weft_item, len) == WEFT_ITEM_LEN);
WEFT_CHECK(offsetof(struct weft_item, parity) == WEFT_ITEM_PARITY);
WEFT_CHECK(offsetof(struct weft_item, number) == WEFT_ITEM_NUMBER);
WEFT_CHECK(offsetof(struct weft_item, address) == WEFT_ITEM_ADDRESS);
WEFT_CHECK(offsetof(struct weft_item, key) == WEFT_ITEM_KEY);
WEFT_CHECK(sizeof(struct weft_item) == WEFT_ITEM_SIZE);

struct weft_signature {
  uint8_t pad_0[32];
  uint8_t r[32];
  uint8_t pad_64[32];
  uint8_t s[32];
};
WEFT_CHECK(offsetof(struct weft_signature, r) == WEFT_ITEM_R);
WEFT_CHECK(offsetof(struct weft_signature, s) == WEFT_ITEM_S);

struct weft_custom {
  uint32_t size;
  uint32_t flags;
  uint64_t gas;
  uint32_t input;
  uint32_t input_length;
  uint32_t depth;
  uint8_t pad_28[4];
  uint8_t address[20];
  uint8_t pad_52[4];
  uint8_t self[20];
  uint8_t pad_76[4];
  uint8_t caller[20];
  uint8_t pad_100[4];
  uint8_t value[32];
};
WEFT_CHECK(offsetof(struct weft_custom, size) == WEFT_CUSTOM_SIZE);
WEFT_CHECK(offsetof(struct weft_custom, flags) == WEFT_CUSTOM_FLAGS);
WEFT_CHECK(offsetof(struct weft_custom, gas) == WEFT_CUSTOM_GAS);
WEFT_CHECK(offsetof(struct weft_custom, input) == WEFT_CUSTOM_INPUT);
WEFT_CHECK(offsetof(struct weft_custom, input_length) == WEFT_CUSTOM_INPUT_LENGTH);
WEFT_CHECK(offsetof(struct weft_custom, depth) == WEFT_CUSTOM_DEPTH);
WEFT_CHECK(offsetof(struct weft_custom, address) == WEFT_CUSTOM_ADDRESS);
WEFT_CHECK(offsetof(struct weft_custom, self) == WEFT_CUSTOM_SELF);
WEFT_CHECK(offsetof(struct weft_custom, caller) == WEFT_CUSTOM_CALLER);
WEFT_CHECK(offsetof(struct weft_custom, value) == WEFT_CUSTOM_VALUE);
WEFT_CHECK(sizeof(struct weft_custom) == WEFT_CUSTOM_STRUCT_SIZE);

struct weft_record {
  uint32_t kind;
  uint32_t size;
};
WEFT_CHECK(offsetof(struct weft_record, kind) == WEFT_RECORD_KIND);
WEFT_CHECK(offsetof(struct weft_record, size) == WEFT_RECORD_SIZE);

struct weft_account {
  uint8_t pad_0[8];
  uint32_t flags;
  uint8_t pad_12[4];
  uint64_t nonce;
  uint8_t pad_24[8];
  uint8_t address[20];
  uint8_t pad_52[12];
  uint8_t balance[32];
  uint8_t code_hash[32];
};
WEFT_CHECK(offsetof(struct weft_account, flags) == WEFT_ACCOUNT_FLAGS);
WEFT_CHECK(offsetof(struct weft_account, nonce) == WEFT_ACCOUNT_NONCE);
WEFT_CHECK(offsetof(struct weft_account, address) == WEFT_ACCOUNT_ADDRESS);
WEFT_CHECK(offsetof(struct weft_account, balance) == WEFT_ACCOUNT_BALANCE);
WEFT_CHECK(offsetof(struct weft_account, code_hash) == WEFT_ACCOUNT_CODE_HASH);
WEFT_CHECK(sizeof(struct weft_account) == WEFT_ACCOUNT_RECORD_SIZE);

struct weft_storage {
  uint8_t pad_0[8];
  uint8_t address[20];
  uint8_t pad_28[4];
  uint8_t key[32];
  uint8_t value[32];
};
WEFT_CHECK(offsetof(struct weft_storage, address) == WEFT_STORAGE_ADDRESS);
WEFT_CHECK(offsetof(struct weft_storage, key) == WEFT_STORAGE_KEY);
WEFT_CHECK(offsetof(struct weft_storage, value) == WEFT_STORAGE_VALUE);
WEFT_CHECK(sizeof(struct weft_storage) == WEFT_STORAGE_RECORD_SIZE);

struct weft_code {
  uint8_t pad_0[8];
  uint32_t length;
  uint8_t pad_12[4];
  uint8_t hash[32];
};
WEFT_CHECK(offsetof(struct weft_code, length) == WEFT_CODE_LENGTH);
WEFT_CHECK(offsetof(struct weft_code, hash) == WEFT_CODE_HASH);

struct weft_block_hash {
  uint8_t pad_0[8];
  uint64_t number;
  uint8_t hash[32];
};
WEFT_CHECK(offsetof(struct weft_block_hash, number) == WEFT_BLOCK_HASH_NUMBER);
WEFT_CHECK(offsetof(struct weft_block_hash, hash) == WEFT_BLOCK_HASH_HASH);
WEFT_CHECK(sizeof(struct weft_block_hash) == WEFT_BLOCK_HASH_RECORD_SIZE);

struct weft_precompile {
  uint8_t pad_0[8];
  uint32_t ok;
  uint32_t length;
};
WEFT_CHECK(offsetof(struct weft_precompile, ok) == WEFT_PRECOMPILE_OK);
WEFT_CHECK(offsetof(struct weft_precompile, length) == WEFT_PRECOMPILE_LENGTH);

struct weft_answer {
  uint8_t pad_0[8];
  int32_t status;
  uint32_t length;
  uint64_t gas_used;
  uint32_t changes;
  uint8_t pad_28[4];
};
WEFT_CHECK(offsetof(struct weft_answer, status) == WEFT_ANSWER_STATUS);
WEFT_CHECK(offsetof(struct weft_answer, length) == WEFT_ANSWER_LENGTH);
WEFT_CHECK(offsetof(struct weft_answer, gas_used) == WEFT_ANSWER_GAS_USED);
WEFT_CHECK(offsetof(struct weft_answer, changes) == WEFT_ANSWER_CHANGES);

struct weft_balance {
  uint8_t pad_0[8];
  uint8_t address[20];
  uint8_t pad_28[4];
  uint8_t value[32];
};
WEFT_CHECK(offsetof(struct weft_balance, address) == WEFT_BALANCE_ADDRESS);
WEFT_CHECK(offsetof(struct weft_balance, value) == WEFT_BALANCE_VALUE);
WEFT_CHECK(sizeof(struct weft_balance) == WEFT_BALANCE_RECORD_SIZE);

struct weft_recover {
  uint8_t pad_0[8];
  uint32_t index;
  uint32_t ok;
  uint8_t address[20];
  uint8_t pad_36[4];
};
WEFT_CHECK(offsetof(struct weft_recover, index) == WEFT_RECOVER_INDEX);
WEFT_CHECK(offsetof(struct weft_recover, ok) == WEFT_RECOVER_OK);
WEFT_CHECK(offsetof(struct weft_recover, address) == WEFT_RECOVER_ADDRESS);
WEFT_CHECK(sizeof(struct weft_recover) == WEFT_RECOVER_RECORD_SIZE);

struct weft_env {
  uint32_t size;
  uint32_t fork;
  uint64_t number;
  uint64_t timestamp;
  uint64_t gas_limit;
  uint64_t chain_id;
  uint64_t excess_blob_gas;
  uint32_t blob_max;
  uint32_t flags;
  uint64_t blob_update_fraction;
  uint8_t coinbase[20];
  uint8_t pad_84[12];
  uint8_t base_fee[32];
  uint8_t random[32];
  uint8_t parent_hash[32];
  uint8_t parent_beacon_root[32];
};
WEFT_CHECK(offsetof(struct weft_env, size) == WEFT_ENV_SIZE);
WEFT_CHECK(offsetof(struct weft_env, fork) == WEFT_ENV_FORK);
WEFT_CHECK(offsetof(struct weft_env, number) == WEFT_ENV_NUMBER);
WEFT_CHECK(offsetof(struct weft_env, timestamp) == WEFT_ENV_TIMESTAMP);
WEFT_CHECK(offsetof(struct weft_env, gas_limit) == WEFT_ENV_GAS_LIMIT);
WEFT_CHECK(offsetof(struct weft_env, chain_id) == WEFT_ENV_CHAIN_ID);
WEFT_CHECK(offsetof(struct weft_env, excess_blob_gas) == WEFT_ENV_EXCESS_BLOB_GAS);
WEFT_CHECK(offsetof(struct weft_env, blob_max) == WEFT_ENV_BLOB_MAX);
WEFT_CHECK(offsetof(struct weft_env, flags) == WEFT_ENV_FLAGS);
WEFT_CHECK(offsetof(struct weft_env, blob_update_fraction) == WEFT_ENV_BLOB_UPDATE_FRACTION);
WEFT_CHECK(offsetof(struct weft_env, coinbase) == WEFT_ENV_COINBASE);
WEFT_CHECK(offsetof(struct weft_env, base_fee) == WEFT_ENV_BASE_FEE);
WEFT_CHECK(offsetof(struct weft_env, random) == WEFT_ENV_RANDOM);
WEFT_CHECK(offsetof(struct weft_env, parent_hash) == WEFT_ENV_PARENT_HASH);
WEFT_CHECK(offsetof(struct weft_env, parent_beacon_root) == WEFT_ENV_PARENT_BEACON_ROOT);
WEFT_CHECK(sizeof(struct weft_env) == WEFT_ENV_STRUCT_SIZE);

struct weft_tx {
  uint32_t size;
  uint32_t flags;
  uint32_t rlp;
  uint32_t rlp_length;
  uint8_t sender[20];
  uint8_t pad_36[4];
};
WEFT_CHECK(offsetof(struct weft_tx, size) == WEFT_TX_SIZE);
WEFT_CHECK(offsetof(struct weft_tx, flags) == WEFT_TX_FLAGS);
WEFT_CHECK(offsetof(struct weft_tx, rlp) == WEFT_TX_RLP);
WEFT_CHECK(offsetof(struct weft_tx, rlp_length) == WEFT_TX_RLP_LENGTH);
WEFT_CHECK(offsetof(struct weft_tx, sender) == WEFT_TX_SENDER);
WEFT_CHECK(sizeof(struct weft_tx) == WEFT_TX_STRUCT_SIZE);

struct weft_call {
  uint32_t size;
  uint32_t flags;
  uint64_t gas;
  uint32_t input;
  uint32_t input_length;
  uint8_t sender[20];
  uint8_t pad_44[4];
  uint8_t recipient[20];
  uint8_t pad_68[4];
  uint8_t value[32];
  uint8_t origin[20];
  uint8_t pad_124[4];
  uint8_t gas_price[32];
  uint32_t code;
  uint32_t code_length;
  uint32_t warm;
  uint32_t warm_count;
  uint32_t blob_hashes;
  uint32_t blob_hash_count;
};
WEFT_CHECK(offsetof(struct weft_call, size) == WEFT_CALL_SIZE);
WEFT_CHECK(offsetof(struct weft_call, flags) == WEFT_CALL_FLAGS);
WEFT_CHECK(offsetof(struct weft_call, gas) == WEFT_CALL_GAS);
WEFT_CHECK(offsetof(struct weft_call, input) == WEFT_CALL_INPUT);
WEFT_CHECK(offsetof(struct weft_call, input_length) == WEFT_CALL_INPUT_LENGTH);
WEFT_CHECK(offsetof(struct weft_call, sender) == WEFT_CALL_SENDER);
WEFT_CHECK(offsetof(struct weft_call, recipient) == WEFT_CALL_RECIPIENT);
WEFT_CHECK(offsetof(struct weft_call, value) == WEFT_CALL_VALUE);
WEFT_CHECK(offsetof(struct weft_call, origin) == WEFT_CALL_ORIGIN);
WEFT_CHECK(offsetof(struct weft_call, gas_price) == WEFT_CALL_GAS_PRICE);
WEFT_CHECK(offsetof(struct weft_call, code) == WEFT_CALL_CODE);
WEFT_CHECK(offsetof(struct weft_call, code_length) == WEFT_CALL_CODE_LENGTH);
WEFT_CHECK(offsetof(struct weft_call, warm) == WEFT_CALL_WARM);
WEFT_CHECK(offsetof(struct weft_call, warm_count) == WEFT_CALL_WARM_COUNT);
WEFT_CHECK(offsetof(struct weft_call, blob_hashes) == WEFT_CALL_BLOB_HASHES);
WEFT_CHECK(offsetof(struct weft_call, blob_hash_count) == WEFT_CALL_BLOB_HASH_COUNT);
WEFT_CHECK(sizeof(struct weft_call) == WEFT_CALL_STRUCT_SIZE);

struct weft_warm {
  uint8_t address[20];
  uint32_t has_key;
  uint8_t key[32];
};
WEFT_CHECK(offsetof(struct weft_warm, address) == WEFT_WARM_ADDRESS);
WEFT_CHECK(offsetof(struct weft_warm, has_key) == WEFT_WARM_HAS_KEY);
WEFT_CHECK(offsetof(struct weft_warm, key) == WEFT_WARM_KEY);
WEFT_CHECK(sizeof(struct weft_warm) == WEFT_WARM_SIZE);

struct weft_block {
  uint8_t pad_0[224];
  uint32_t flags;
  uint32_t txs;
  uint32_t tx_count;
  uint32_t withdrawals;
  uint32_t withdrawal_count;
  uint32_t uncles;
  uint32_t uncle_count;
  uint32_t senders;
};
WEFT_CHECK(offsetof(struct weft_block, flags) == WEFT_BLOCK_FLAGS);
WEFT_CHECK(offsetof(struct weft_block, txs) == WEFT_BLOCK_TXS);
WEFT_CHECK(offsetof(struct weft_block, tx_count) == WEFT_BLOCK_TX_COUNT);
WEFT_CHECK(offsetof(struct weft_block, withdrawals) == WEFT_BLOCK_WITHDRAWALS);
WEFT_CHECK(offsetof(struct weft_block, withdrawal_count) == WEFT_BLOCK_WITHDRAWAL_COUNT);
WEFT_CHECK(offsetof(struct weft_block, uncles) == WEFT_BLOCK_UNCLES);
WEFT_CHECK(offsetof(struct weft_block, uncle_count) == WEFT_BLOCK_UNCLE_COUNT);
WEFT_CHECK(offsetof(struct weft_block, senders) == WEFT_BLOCK_SENDERS);
WEFT_CHECK(sizeof(struct weft_block) == WEFT_BLOCK_STRUCT_SIZE);

struct weft_withdrawal {
  uint64_t index;
  uint64_t validator;
  uint64_t amount;
  uint8_t address[20];
  uint8_t pad_44[4];
};
WEFT_CHECK(offsetof(struct weft_withdrawal, index) == WEFT_WITHDRAWAL_INDEX);
WEFT_CHECK(offsetof(struct weft_withdrawal, validator) == WEFT_WITHDRAWAL_VALIDATOR);
WEFT_CHECK(offsetof(struct weft_withdrawal, amount) == WEFT_WITHDRAWAL_AMOUNT);
WEFT_CHECK(offsetof(struct weft_withdrawal, address) == WEFT_WITHDRAWAL_ADDRESS);
WEFT_CHECK(sizeof(struct weft_withdrawal) == WEFT_WITHDRAWAL_SIZE);

struct weft_uncle {
  uint64_t number;
  uint8_t beneficiary[20];
  uint8_t pad_28[4];
};
WEFT_CHECK(offsetof(struct weft_uncle, number) == WEFT_UNCLE_NUMBER);
WEFT_CHECK(offsetof(struct weft_uncle, beneficiary) == WEFT_UNCLE_BENEFICIARY);
WEFT_CHECK(sizeof(struct weft_uncle) == WEFT_UNCLE_SIZE);

struct weft_outcome {
  uint32_t size;
  int32_t status;
  uint32_t rejection;
  uint32_t flags;
  uint64_t gas_used;
  uint64_t gas_refunded;
  uint32_t output;
  uint32_t output_length;
  uint32_t logs;
  uint32_t log_count;
  uint8_t created[20];
  uint8_t pad_68[4];
  uint32_t used;
  uint32_t used_length;
  uint64_t refund;
};
WEFT_CHECK(offsetof(struct weft_outcome, size) == WEFT_OUTCOME_SIZE);
WEFT_CHECK(offsetof(struct weft_outcome, status) == WEFT_OUTCOME_STATUS);
WEFT_CHECK(offsetof(struct weft_outcome, rejection) == WEFT_OUTCOME_REJECTION);
WEFT_CHECK(offsetof(struct weft_outcome, flags) == WEFT_OUTCOME_FLAGS);
WEFT_CHECK(offsetof(struct weft_outcome, gas_used) == WEFT_OUTCOME_GAS_USED);
WEFT_CHECK(offsetof(struct weft_outcome, gas_refunded) == WEFT_OUTCOME_GAS_REFUNDED);
WEFT_CHECK(offsetof(struct weft_outcome, output) == WEFT_OUTCOME_OUTPUT);
WEFT_CHECK(offsetof(struct weft_outcome, output_length) == WEFT_OUTCOME_OUTPUT_LENGTH);
WEFT_CHECK(offsetof(struct weft_outcome, logs) == WEFT_OUTCOME_LOGS);
WEFT_CHECK(offsetof(struct weft_outcome, log_count) == WEFT_OUTCOME_LOG_COUNT);
WEFT_CHECK(offsetof(struct weft_outcome, created) == WEFT_OUTCOME_CREATED);
WEFT_CHECK(offsetof(struct weft_outcome, used) == WEFT_OUTCOME_USED);
WEFT_CHECK(offsetof(struct weft_outcome, used_length) == WEFT_OUTCOME_USED_LENGTH);
WEFT_CHECK(offsetof(struct weft_outcome, refund) == WEFT_OUTCOME_REFUND);
WEFT_CHECK(sizeof(struct weft_outcome) == WEFT_OUTCOME_STRUCT_SIZE);

struct weft_log {
  uint32_t size;
  uint32_t topic_count;
  uint32_t data_length;
  uint8_t pad_12[4];
  uint8_t address[20];
  uint8_t pad_36[12];
};
WEFT_CHECK(offsetof(struct weft_log, size) == WEFT_LOG_SIZE);
WEFT_CHECK(offsetof(struct weft_log, topic_count) == WEFT_LOG_TOPIC_COUNT);
WEFT_CHECK(offsetof(struct weft_log, data_length) == WEFT_LOG_DATA_LENGTH);
WEFT_CHECK(offsetof(struct weft_log, address) == WEFT_LOG_ADDRESS);

struct weft_result {
  uint32_t size;
  int32_t status;
  uint32_t rejection;
  int32_t tx_index;
  uint64_t gas_used;
  uint64_t blob_gas_used;
  uint32_t receipts;
  uint32_t receipt_count;
  uint32_t logs;
  uint32_t log_count;
  uint8_t receipts_root[32];
  uint8_t transactions_root[32];
  uint8_t withdrawals_root[32];
  uint8_t requests_hash[32];
  uint8_t bloom[256];
};
WEFT_CHECK(offsetof(struct weft_result, size) == WEFT_RESULT_SIZE);
WEFT_CHECK(offsetof(struct weft_result, status) == WEFT_RESULT_STATUS);
WEFT_CHECK(offsetof(struct weft_result, rejection) == WEFT_RESULT_REJECTION);
WEFT_CHECK(offsetof(struct weft_result, tx_index) == WEFT_RESULT_TX_INDEX);
WEFT_CHECK(offsetof(struct weft_result, gas_used) == WEFT_RESULT_GAS_USED);
WEFT_CHECK(offsetof(struct weft_result, blob_gas_used) == WEFT_RESULT_BLOB_GAS_USED);
WEFT_CHECK(offsetof(struct weft_result, receipts) == WEFT_RESULT_RECEIPTS);
WEFT_CHECK(offsetof(struct weft_result, receipt_count) == WEFT_RESULT_RECEIPT_COUNT);
WEFT_CHECK(offsetof(struct weft_result, logs) == WEFT_RESULT_LOGS);
WEFT_CHECK(offsetof(struct weft_result, log_count) == WEFT_RESULT_LOG_COUNT);
WEFT_CHECK(offsetof(struct weft_result, receipts_root) == WEFT_RESULT_RECEIPTS_ROOT);
WEFT_CHECK(offsetof(struct weft_result, transactions_root) == WEFT_RESULT_TRANSACTIONS_ROOT);
WEFT_CHECK(offsetof(struct weft_result, withdrawals_root) == WEFT_RESULT_WITHDRAWALS_ROOT);
WEFT_CHECK(offsetof(struct weft_result, requests_hash) == WEFT_RESULT_REQUESTS_HASH);
WEFT_CHECK(offsetof(struct weft_result, bloom) == WEFT_RESULT_BLOOM);
WEFT_CHECK(sizeof(struct weft_result) == WEFT_RESULT_STRUCT_SIZE);

struct weft_receipt {
  uint32_t status;
  uint32_t type;
  uint64_t gas_used;
  uint64_t cumulative_gas;
  uint32_t logs;
  uint32_t log_count;
  uint8_t gas_price[32];
  uint32_t flags;
  uint8_t created[20];
  uint8_t sender[20];
  int32_t halt;
  uint8_t hash[32];
  uint8_t state_root[32];
};
WEFT_CHECK(offsetof(struct weft_receipt, status) == WEFT_RECEIPT_STATUS);
WEFT_CHECK(offsetof(struct weft_receipt, type) == WEFT_RECEIPT_TYPE);
WEFT_CHECK(offsetof(struct weft_receipt, gas_used) == WEFT_RECEIPT_GAS_USED);
WEFT_CHECK(offsetof(struct weft_receipt, cumulative_gas) == WEFT_RECEIPT_CUMULATIVE_GAS);
WEFT_CHECK(offsetof(struct weft_receipt, logs) == WEFT_RECEIPT_LOGS);
WEFT_CHECK(offsetof(struct weft_receipt, log_count) == WEFT_RECEIPT_LOG_COUNT);
WEFT_CHECK(offsetof(struct weft_receipt, gas_price) == WEFT_RECEIPT_GAS_PRICE);
WEFT_CHECK(offsetof(struct weft_receipt, flags) == WEFT_RECEIPT_FLAGS);
WEFT_CHECK(offsetof(struct weft_receipt, created) == WEFT_RECEIPT_CREATED);
WEFT_CHECK(offsetof(struct weft_receipt, sender) == WEFT_RECEIPT_SENDER);
WEFT_CHECK(offsetof(struct weft_receipt, halt) == WEFT_RECEIPT_HALT);
WEFT_CHECK(offsetof(struct weft_receipt, hash) == WEFT_RECEIPT_HASH);
WEFT_CHECK(offsetof(struct weft_receipt, state_root) == WEFT_RECEIPT_STATE_ROOT);
WEFT_CHECK(sizeof(struct weft_receipt) == WEFT_RECEIPT_STRUCT_SIZE);

struct weft_trace {
  uint32_t records;
  uint32_t length;
};
WEFT_CHECK(offsetof(struct weft_trace, records) == WEFT_TRACE_RECORDS);
WEFT_CHECK(offsetof(struct weft_trace, length) == WEFT_TRACE_LENGTH);

struct weft_step {
  uint8_t pad_0[8];
  uint32_t pc;
  uint32_t opcode;
  uint64_t gas;
  uint64_t gas_cost;
  int64_t refund;
  uint32_t depth;
  uint32_t memory_size;
  uint32_t stack_height;
  uint32_t stack_items;
  uint32_t memory;
  uint32_t return_data;
  int32_t error;
  uint32_t flags;
};
WEFT_CHECK(offsetof(struct weft_step, pc) == WEFT_STEP_PC);
WEFT_CHECK(offsetof(struct weft_step, opcode) == WEFT_STEP_OPCODE);
WEFT_CHECK(offsetof(struct weft_step, gas) == WEFT_STEP_GAS);
WEFT_CHECK(offsetof(struct weft_step, gas_cost) == WEFT_STEP_GAS_COST);
WEFT_CHECK(offsetof(struct weft_step, refund) == WEFT_STEP_REFUND);
WEFT_CHECK(offsetof(struct weft_step, depth) == WEFT_STEP_DEPTH);
WEFT_CHECK(offsetof(struct weft_step, memory_size) == WEFT_STEP_MEMORY_SIZE);
WEFT_CHECK(offsetof(struct weft_step, stack_height) == WEFT_STEP_STACK_HEIGHT);
WEFT_CHECK(offsetof(struct weft_step, stack_items) == WEFT_STEP_STACK_ITEMS);
WEFT_CHECK(offsetof(struct weft_step, memory) == WEFT_STEP_MEMORY);
WEFT_CHECK(offsetof(struct weft_step, return_data) == WEFT_STEP_RETURN_DATA);
WEFT_CHECK(offsetof(struct weft_step, error) == WEFT_STEP_ERROR);
WEFT_CHECK(offsetof(struct weft_step, flags) == WEFT_STEP_FLAGS);

struct weft_enter {
  uint8_t pad_0[8];
  uint32_t opcode;
  uint32_t depth;
  uint64_t gas;
  uint32_t tx;
  uint32_t input_length;
  uint8_t from[20];
  uint8_t pad_52[4];
  uint8_t to[20];
  uint8_t pad_76[4];
  uint8_t self[20];
  uint8_t pad_100[4];
  uint8_t value[32];
};
WEFT_CHECK(offsetof(struct weft_enter, opcode) == WEFT_ENTER_OPCODE);
WEFT_CHECK(offsetof(struct weft_enter, depth) == WEFT_ENTER_DEPTH);
WEFT_CHECK(offsetof(struct weft_enter, gas) == WEFT_ENTER_GAS);
WEFT_CHECK(offsetof(struct weft_enter, tx) == WEFT_ENTER_TX);
WEFT_CHECK(offsetof(struct weft_enter, input_length) == WEFT_ENTER_INPUT_LENGTH);
WEFT_CHECK(offsetof(struct weft_enter, from) == WEFT_ENTER_FROM);
WEFT_CHECK(offsetof(struct weft_enter, to) == WEFT_ENTER_TO);
WEFT_CHECK(offsetof(struct weft_enter, self) == WEFT_ENTER_SELF);
WEFT_CHECK(offsetof(struct weft_enter, value) == WEFT_ENTER_VALUE);

struct weft_exit {
  uint8_t pad_0[8];
  int32_t status;
  uint32_t depth;
  uint64_t gas_left;
  uint32_t output_length;
  uint8_t pad_28[4];
};
WEFT_CHECK(offsetof(struct weft_exit, status) == WEFT_EXIT_STATUS);
WEFT_CHECK(offsetof(struct weft_exit, depth) == WEFT_EXIT_DEPTH);
WEFT_CHECK(offsetof(struct weft_exit, gas_left) == WEFT_EXIT_GAS_LEFT);
WEFT_CHECK(offsetof(struct weft_exit, output_length) == WEFT_EXIT_OUTPUT_LENGTH);

struct weft_trace_log {
  uint8_t pad_0[8];
  uint32_t depth;
  uint8_t pad_12[4];
};
WEFT_CHECK(offsetof(struct weft_trace_log, depth) == WEFT_TRACE_LOG_DEPTH);

struct weft_traced_account {
  uint8_t pad_0[8];
  uint32_t flags;
  uint32_t asked;
  uint8_t address[20];
  uint8_t pad_36[4];
  uint64_t nonce;
  uint64_t nonce_after;
  uint8_t pad_56[8];
  uint8_t balance[32];
  uint8_t balance_after[32];
  uint8_t code_hash[32];
  uint8_t code_hash_after[32];
  uint8_t at_least[32];
  uint8_t below[32];
};
WEFT_CHECK(offsetof(struct weft_traced_account, flags) == WEFT_TRACED_FLAGS);
WEFT_CHECK(offsetof(struct weft_traced_account, asked) == WEFT_TRACED_ASKED);
WEFT_CHECK(offsetof(struct weft_traced_account, address) == WEFT_TRACED_ADDRESS);
WEFT_CHECK(offsetof(struct weft_traced_account, nonce) == WEFT_TRACED_NONCE);
WEFT_CHECK(offsetof(struct weft_traced_account, nonce_after) == WEFT_TRACED_NONCE_AFTER);
WEFT_CHECK(offsetof(struct weft_traced_account, balance) == WEFT_TRACED_BALANCE);
WEFT_CHECK(offsetof(struct weft_traced_account, balance_after) == WEFT_TRACED_BALANCE_AFTER);
WEFT_CHECK(offsetof(struct weft_traced_account, code_hash) == WEFT_TRACED_CODE_HASH);
WEFT_CHECK(offsetof(struct weft_traced_account, code_hash_after) == WEFT_TRACED_CODE_HASH_AFTER);
WEFT_CHECK(offsetof(struct weft_traced_account, at_least) == WEFT_TRACED_AT_LEAST);
WEFT_CHECK(offsetof(struct weft_traced_account, below) == WEFT_TRACED_BELOW);
WEFT_CHECK(sizeof(struct weft_traced_account) == WEFT_TRACED_ACCOUNT_SIZE);

struct weft_traced_slot {
  uint8_t pad_0[8];
  uint8_t address[20];
  uint32_t asked;
  uint8_t key[32];
  uint8_t value[32];
  uint8_t value_after[32];
};
WEFT_CHECK(offsetof(struct weft_traced_slot, address) == WEFT_TRACED_SLOT_ADDRESS);
WEFT_CHECK(offsetof(struct weft_traced_slot, asked) == WEFT_TRACED_SLOT_ASKED);
WEFT_CHECK(offsetof(struct weft_traced_slot, key) == WEFT_TRACED_SLOT_KEY);
WEFT_CHECK(offsetof(struct weft_traced_slot, value) == WEFT_TRACED_SLOT_VALUE);
WEFT_CHECK(offsetof(struct weft_traced_slot, value_after) == WEFT_TRACED_SLOT_VALUE_AFTER);
WEFT_CHECK(sizeof(struct weft_traced_slot) == WEFT_TRACED_SLOT_SIZE);

struct weft_trace_tx {
  uint8_t pad_0[8];
  uint32_t index;
  int32_t status;
  uint64_t gas_limit;
  uint64_t gas_used;
  uint64_t gas_refunded;
};
WEFT_CHECK(offsetof(struct weft_trace_tx, index) == WEFT_TRACE_TX_INDEX);
WEFT_CHECK(offsetof(struct weft_trace_tx, status) == WEFT_TRACE_TX_STATUS);
WEFT_CHECK(offsetof(struct weft_trace_tx, gas_limit) == WEFT_TRACE_TX_GAS_LIMIT);
WEFT_CHECK(offsetof(struct weft_trace_tx, gas_used) == WEFT_TRACE_TX_GAS_USED);
WEFT_CHECK(offsetof(struct weft_trace_tx, gas_refunded) == WEFT_TRACE_TX_GAS_REFUNDED);
WEFT_CHECK(sizeof(struct weft_trace_tx) == WEFT_TRACE_TX_SIZE);

struct weft_job {
  uint32_t input;
  uint32_t length;
  uint32_t digest;
};
WEFT_CHECK(offsetof(struct weft_job, input) == WEFT_JOB_INPUT);
WEFT_CHECK(offsetof(struct weft_job, length) == WEFT_JOB_LENGTH);
WEFT_CHECK(offsetof(struct weft_job, digest) == WEFT_JOB_DIGEST);
WEFT_CHECK(sizeof(struct weft_job) == WEFT_JOB_SIZE);

struct weft_hash {
  uint32_t kind;
  uint32_t purpose;
  uint32_t input;
  uint32_t count;
  uint32_t key_size;
  uint32_t output;
  uint32_t permutations;
  uint8_t pad_28[60];
};
WEFT_CHECK(offsetof(struct weft_hash, kind) == WEFT_HASH_KIND);
WEFT_CHECK(offsetof(struct weft_hash, purpose) == WEFT_HASH_PURPOSE);
WEFT_CHECK(offsetof(struct weft_hash, input) == WEFT_HASH_INPUT);
WEFT_CHECK(offsetof(struct weft_hash, count) == WEFT_HASH_COUNT);
WEFT_CHECK(offsetof(struct weft_hash, key_size) == WEFT_HASH_KEY_SIZE);
WEFT_CHECK(offsetof(struct weft_hash, output) == WEFT_HASH_OUTPUT);
WEFT_CHECK(offsetof(struct weft_hash, permutations) == WEFT_HASH_PERMUTATIONS);
WEFT_CHECK(sizeof(struct weft_hash) == WEFT_HASH_STRUCT_SIZE);

struct weft_trie {
  uint8_t root[32];
  uint32_t jobs;
  uint32_t job_count;
  uint32_t nodes;
  uint32_t node_count;
  uint32_t bytes;
  uint32_t index;
  uint8_t hash[32];
  uint8_t path[32];
  uint32_t path_length;
  uint32_t in_storage;
  uint8_t key[32];
  uint8_t account[32];
};
WEFT_CHECK(offsetof(struct weft_trie, root) == WEFT_TRIE_ROOT);
WEFT_CHECK(offsetof(struct weft_trie, jobs) == WEFT_TRIE_JOBS);
WEFT_CHECK(offsetof(struct weft_trie, job_count) == WEFT_TRIE_JOB_COUNT);
WEFT_CHECK(offsetof(struct weft_trie, nodes) == WEFT_TRIE_NODES);
WEFT_CHECK(offsetof(struct weft_trie, node_count) == WEFT_TRIE_NODE_COUNT);
WEFT_CHECK(offsetof(struct weft_trie, bytes) == WEFT_TRIE_BYTES);
WEFT_CHECK(offsetof(struct weft_trie, index) == WEFT_TRIE_INDEX);
WEFT_CHECK(offsetof(struct weft_trie, hash) == WEFT_TRIE_HASH);
WEFT_CHECK(offsetof(struct weft_trie, path) == WEFT_TRIE_PATH);
WEFT_CHECK(offsetof(struct weft_trie, path_length) == WEFT_TRIE_PATH_LENGTH);
WEFT_CHECK(offsetof(struct weft_trie, in_storage) == WEFT_TRIE_IN_STORAGE);
WEFT_CHECK(offsetof(struct weft_trie, key) == WEFT_TRIE_KEY);
WEFT_CHECK(offsetof(struct weft_trie, account) == WEFT_TRIE_ACCOUNT);
WEFT_CHECK(sizeof(struct weft_trie) == WEFT_TRIE_STRUCT_SIZE);

struct weft_trie_node {
  uint8_t digest[32];
  uint32_t offset;
  uint32_t length;
  uint32_t used;
  uint8_t pad_44[4];
};
WEFT_CHECK(offsetof(struct weft_trie_node, digest) == WEFT_TRIE_NODE_DIGEST);
WEFT_CHECK(offsetof(struct weft_trie_node, offset) == WEFT_TRIE_NODE_OFFSET);
WEFT_CHECK(offsetof(struct weft_trie_node, length) == WEFT_TRIE_NODE_LENGTH);
WEFT_CHECK(offsetof(struct weft_trie_node, used) == WEFT_TRIE_NODE_USED);
WEFT_CHECK(sizeof(struct weft_trie_node) == WEFT_TRIE_NODE_SIZE);

struct weft_hint {
  uint8_t address[20];
  uint32_t tx;
  uint32_t mode;
  uint32_t what;
  uint8_t key[32];
};
WEFT_CHECK(offsetof(struct weft_hint, address) == WEFT_HINT_ADDRESS);
WEFT_CHECK(offsetof(struct weft_hint, tx) == WEFT_HINT_TX);
WEFT_CHECK(offsetof(struct weft_hint, mode) == WEFT_HINT_MODE);
WEFT_CHECK(offsetof(struct weft_hint, what) == WEFT_HINT_WHAT);
WEFT_CHECK(offsetof(struct weft_hint, key) == WEFT_HINT_KEY);
WEFT_CHECK(sizeof(struct weft_hint) == WEFT_HINT_SIZE);

struct weft_wanted {
  uint8_t code_hash[32];
  uint32_t code;
  uint32_t code_length;
  uint32_t selector;
  uint8_t pad_44[4];
  uint64_t gas;
};
WEFT_CHECK(offsetof(struct weft_wanted, code_hash) == WEFT_WANTED_CODE_HASH);
WEFT_CHECK(offsetof(struct weft_wanted, code) == WEFT_WANTED_CODE);
WEFT_CHECK(offsetof(struct weft_wanted, code_length) == WEFT_WANTED_CODE_LENGTH);
WEFT_CHECK(offsetof(struct weft_wanted, selector) == WEFT_WANTED_SELECTOR);
WEFT_CHECK(offsetof(struct weft_wanted, gas) == WEFT_WANTED_GAS);
WEFT_CHECK(sizeof(struct weft_wanted) == WEFT_WANTED_SIZE);

struct weft_program {
  uint8_t code_hash[32];
  uint32_t selector;
  uint32_t source;
  uint32_t words;
  uint8_t pad_44[4];
};
WEFT_CHECK(offsetof(struct weft_program, code_hash) == WEFT_PROGRAM_CODE_HASH);
WEFT_CHECK(offsetof(struct weft_program, selector) == WEFT_PROGRAM_SELECTOR);
WEFT_CHECK(offsetof(struct weft_program, source) == WEFT_PROGRAM_SOURCE);
WEFT_CHECK(offsetof(struct weft_program, words) == WEFT_PROGRAM_WORDS);
WEFT_CHECK(sizeof(struct weft_program) == WEFT_PROGRAM_STRUCT_SIZE);

struct weft_lesson {
  uint32_t length;
  uint32_t calls;
  uint32_t hashes;
  uint32_t hash_count;
};
WEFT_CHECK(offsetof(struct weft_lesson, length) == WEFT_LESSON_LENGTH);
WEFT_CHECK(offsetof(struct weft_lesson, calls) == WEFT_LESSON_CALLS);
WEFT_CHECK(offsetof(struct weft_lesson, hashes) == WEFT_LESSON_HASHES);
WEFT_CHECK(offsetof(struct weft_lesson, hash_count) == WEFT_LESSON_HASH_COUNT);
WEFT_CHECK(sizeof(struct weft_lesson) == WEFT_LESSON_HEADER);

struct weft_lesson_call {
  uint8_t code_hash[32];
  uint8_t sender[20];
  uint8_t to[20];
  uint32_t access_count;
  uint32_t data_length;
};
WEFT_CHECK(offsetof(struct weft_lesson_call, code_hash) == WEFT_LESSON_CODE_HASH);
WEFT_CHECK(offsetof(struct weft_lesson_call, sender) == WEFT_LESSON_SENDER);
WEFT_CHECK(offsetof(struct weft_lesson_call, to) == WEFT_LESSON_TO);
WEFT_CHECK(offsetof(struct weft_lesson_call, access_count) == WEFT_LESSON_ACCESS_COUNT);
WEFT_CHECK(offsetof(struct weft_lesson_call, data_length) == WEFT_LESSON_DATA_LENGTH);
WEFT_CHECK(sizeof(struct weft_lesson_call) == WEFT_LESSON_CALL_SIZE);

struct weft_lesson_access {
  uint8_t address[20];
  uint32_t mode;
  uint8_t key[32];
  uint8_t value[32];
};
WEFT_CHECK(offsetof(struct weft_lesson_access, address) == WEFT_LESSON_ADDRESS);
WEFT_CHECK(offsetof(struct weft_lesson_access, mode) == WEFT_LESSON_MODE);
WEFT_CHECK(offsetof(struct weft_lesson_access, key) == WEFT_LESSON_KEY);
WEFT_CHECK(offsetof(struct weft_lesson_access, value) == WEFT_LESSON_VALUE);
WEFT_CHECK(sizeof(struct weft_lesson_access) == WEFT_LESSON_ACCESS_SIZE);

struct weft_lesson_hash {
  uint8_t digest[32];
  uint8_t preimage[64];
  uint32_t preimage_length;
  uint8_t pad_100[4];
};
WEFT_CHECK(offsetof(struct weft_lesson_hash, digest) == WEFT_LESSON_DIGEST);
WEFT_CHECK(offsetof(struct weft_lesson_hash, preimage) == WEFT_LESSON_PREIMAGE);
WEFT_CHECK(offsetof(struct weft_lesson_hash, preimage_length) == WEFT_LESSON_PREIMAGE_LENGTH);
WEFT_CHECK(sizeof(struct weft_lesson_hash) == WEFT_LESSON_HASH_SIZE);

struct weft_parallel {
  uint32_t dispatch;
  uint32_t reason;
  uint32_t txs;
  uint32_t colours;
  uint64_t time;
  uint64_t critical_time;
  uint32_t runs;
  uint32_t reruns;
  uint32_t aborts;
  uint32_t misses;
  uint32_t frontier_runs;
  uint32_t frontier_reruns;
  uint32_t waits;
  uint8_t pad_60[4];
  uint64_t wasted_gas;
  uint32_t predict_time;
  uint32_t graph_time;
  uint32_t graph;
  uint32_t successors;
  uint32_t edges;
  uint32_t predicted;
  uint32_t predicted_count;
  uint32_t accesses;
  uint32_t access_count;
  uint32_t spans;
  uint32_t span_count;
  uint8_t pad_116[4];
  double began;
  uint32_t hashes;
  uint32_t memo_hits;
  uint32_t memo_misses;
  uint8_t pad_140[4];
};
WEFT_CHECK(offsetof(struct weft_parallel, dispatch) == WEFT_PARALLEL_DISPATCH);
WEFT_CHECK(offsetof(struct weft_parallel, reason) == WEFT_PARALLEL_REASON);
WEFT_CHECK(offsetof(struct weft_parallel, txs) == WEFT_PARALLEL_TXS);
WEFT_CHECK(offsetof(struct weft_parallel, colours) == WEFT_PARALLEL_COLOURS);
WEFT_CHECK(offsetof(struct weft_parallel, time) == WEFT_PARALLEL_TIME);
WEFT_CHECK(offsetof(struct weft_parallel, critical_time) == WEFT_PARALLEL_CRITICAL_TIME);
WEFT_CHECK(offsetof(struct weft_parallel, runs) == WEFT_PARALLEL_RUNS);
WEFT_CHECK(offsetof(struct weft_parallel, reruns) == WEFT_PARALLEL_RERUNS);
WEFT_CHECK(offsetof(struct weft_parallel, aborts) == WEFT_PARALLEL_ABORTS);
WEFT_CHECK(offsetof(struct weft_parallel, misses) == WEFT_PARALLEL_MISSES);
WEFT_CHECK(offsetof(struct weft_parallel, frontier_runs) == WEFT_PARALLEL_FRONTIER_RUNS);
WEFT_CHECK(offsetof(struct weft_parallel, frontier_reruns) == WEFT_PARALLEL_FRONTIER_RERUNS);
WEFT_CHECK(offsetof(struct weft_parallel, waits) == WEFT_PARALLEL_WAITS);
WEFT_CHECK(offsetof(struct weft_parallel, wasted_gas) == WEFT_PARALLEL_WASTED_GAS);
WEFT_CHECK(offsetof(struct weft_parallel, predict_time) == WEFT_PARALLEL_PREDICT_TIME);
WEFT_CHECK(offsetof(struct weft_parallel, graph_time) == WEFT_PARALLEL_GRAPH_TIME);
WEFT_CHECK(offsetof(struct weft_parallel, graph) == WEFT_PARALLEL_GRAPH);
WEFT_CHECK(offsetof(struct weft_parallel, successors) == WEFT_PARALLEL_SUCCESSORS);
WEFT_CHECK(offsetof(struct weft_parallel, edges) == WEFT_PARALLEL_EDGES);
WEFT_CHECK(offsetof(struct weft_parallel, predicted) == WEFT_PARALLEL_PREDICTED);
WEFT_CHECK(offsetof(struct weft_parallel, predicted_count) == WEFT_PARALLEL_PREDICTED_COUNT);
WEFT_CHECK(offsetof(struct weft_parallel, accesses) == WEFT_PARALLEL_ACCESSES);
WEFT_CHECK(offsetof(struct weft_parallel, access_count) == WEFT_PARALLEL_ACCESS_COUNT);
WEFT_CHECK(offsetof(struct weft_parallel, spans) == WEFT_PARALLEL_SPANS);
WEFT_CHECK(offsetof(struct weft_parallel, span_count) == WEFT_PARALLEL_SPAN_COUNT);
WEFT_CHECK(offsetof(struct weft_parallel, began) == WEFT_PARALLEL_BEGAN);
WEFT_CHECK(offsetof(struct weft_parallel, hashes) == WEFT_PARALLEL_HASHES);
WEFT_CHECK(offsetof(struct weft_parallel, memo_hits) == WEFT_PARALLEL_MEMO_HITS);
WEFT_CHECK(offsetof(struct weft_parallel, memo_misses) == WEFT_PARALLEL_MEMO_MISSES);
WEFT_CHECK(sizeof(struct weft_parallel) == WEFT_PARALLEL_STRUCT_SIZE);

struct weft_graph_tx {
  uint32_t gas;
  uint32_t colour;
  uint32_t successors;
  uint32_t successors_end;
  uint32_t runs;
};
WEFT_CHECK(offsetof(struct weft_graph_tx, gas) == WEFT_GRAPH_TX_GAS);
WEFT_CHECK(offsetof(struct weft_graph_tx, colour) == WEFT_GRAPH_TX_COLOUR);
WEFT_CHECK(offsetof(struct weft_graph_tx, successors) == WEFT_GRAPH_TX_SUCCESSORS);
WEFT_CHECK(offsetof(struct weft_graph_tx, successors_end) == WEFT_GRAPH_TX_SUCCESSORS_END);
WEFT_CHECK(offsetof(struct weft_graph_tx, runs) == WEFT_GRAPH_TX_RUNS);
WEFT_CHECK(sizeof(struct weft_graph_tx) == WEFT_GRAPH_TX_SIZE);

struct weft_access {
  uint8_t address[20];
  uint32_t tx;
  uint32_t mode;
  uint32_t what;
  uint8_t key[32];
};
WEFT_CHECK(offsetof(struct weft_access, address) == WEFT_ACCESS_ADDRESS);
WEFT_CHECK(offsetof(struct weft_access, tx) == WEFT_ACCESS_TX);
WEFT_CHECK(offsetof(struct weft_access, mode) == WEFT_ACCESS_MODE);
WEFT_CHECK(offsetof(struct weft_access, what) == WEFT_ACCESS_WHAT);
WEFT_CHECK(offsetof(struct weft_access, key) == WEFT_ACCESS_KEY);
WEFT_CHECK(sizeof(struct weft_access) == WEFT_ACCESS_SIZE);

struct weft_span {
  uint32_t thread;
  uint32_t tx;
  uint32_t kind;
  uint32_t run;
  double start;
  double end;
};
WEFT_CHECK(offsetof(struct weft_span, thread) == WEFT_SPAN_THREAD);
WEFT_CHECK(offsetof(struct weft_span, tx) == WEFT_SPAN_TX);
WEFT_CHECK(offsetof(struct weft_span, kind) == WEFT_SPAN_KIND);
WEFT_CHECK(offsetof(struct weft_span, run) == WEFT_SPAN_RUN);
WEFT_CHECK(offsetof(struct weft_span, start) == WEFT_SPAN_START);
WEFT_CHECK(offsetof(struct weft_span, end) == WEFT_SPAN_END);
WEFT_CHECK(sizeof(struct weft_span) == WEFT_SPAN_SIZE);
/*
 * The exports of every build: X(returns, name, parameters). A host that reaches them through function pointers, or through
 * names with a prefix, defines X and writes WEFT_EXPORTS(X).
 */
#define WEFT_EXPORTS(X) \
  X(void, weft_abi_1, (void)) \
  X(int32_t, weft_abi_version, (void)) \
  X(uint32_t, weft_alloc, (uint32_t length)) \
  X(void, weft_free, (uint32_t pointer)) \
  X(void, weft_reset, (int32_t fork)) \
  X(int32_t, weft_set_block, (uint32_t pointer)) \
  X(int32_t, weft_set_precompiles, (uint32_t addresses, uint32_t count)) \
  X(int32_t, weft_set_option, (int32_t option, int32_t value)) \
  X(int32_t, weft_begin_tx, (uint32_t pointer)) \
  X(int32_t, weft_begin_call, (uint32_t pointer)) \
  X(int32_t, weft_begin_block, (uint32_t pointer)) \
  X(int32_t, weft_run, (void)) \
  X(uint32_t, weft_progress, (void)) \
  X(uint32_t, weft_request, (void)) \
  X(int32_t, weft_supply, (uint32_t pointer, uint32_t length)) \
  X(int32_t, weft_state_account, (uint32_t out, uint32_t address)) \
  X(int32_t, weft_state_slot, (uint32_t out, uint32_t address, uint32_t key)) \
  X(uint32_t, weft_trace, (void)) \
  X(uint32_t, weft_outcome, (void)) \
  X(int32_t, weft_commit, (void)) \
  X(void, weft_discard, (void)) \
  X(uint32_t, weft_diff, (void)) \
  X(void, weft_settle, (void)) \
  X(int32_t, weft_state_root, (uint32_t out)) \
  X(uint32_t, weft_hash_request, (void)) \
  X(int32_t, weft_logs_hash, (uint32_t out)) \
  X(int32_t, weft_keccak, (uint32_t out, uint32_t pointer, uint32_t length)) \
  X(int32_t, weft_keccak_batch, (uint32_t jobs, uint32_t count)) \
  X(int32_t, weft_keccak_many, (uint32_t out, uint32_t pointer, uint32_t length, uint32_t count)) \
  X(int32_t, weft_keccak_chains, (uint32_t out, uint32_t words, uint32_t depth, uint32_t count)) \
  X(int32_t, weft_trie_add, (uint32_t jobs, uint32_t count)) \
  X(int32_t, weft_trie_account, (uint32_t out, uint32_t root, uint32_t address)) \
  X(int32_t, weft_trie_slot, (uint32_t out, uint32_t root, uint32_t address, uint32_t key)) \
  X(int32_t, weft_trie_update, (uint32_t root, uint32_t records, uint32_t length)) \
  X(int32_t, weft_trie_encode, (void)) \
  X(uint32_t, weft_trie_report, (void))

/* What the threads build exports besides; experimental, not part of version 1. */
#define WEFT_THREAD_EXPORTS(X) \
  X(int32_t, weft_thread_hints, (uint32_t pointer, uint32_t length)) \
  X(uint32_t, weft_thread_report, (void)) \
  X(uint32_t, weft_thread_control, (void)) \
  X(int32_t, weft_thread_join, (uint32_t control)) \
  X(int32_t, weft_thread_linger, (void)) \
  X(uint32_t, weft_thread_lingering, (void)) \
  X(uint32_t, weft_thread_request, (void)) \
  X(uint32_t, weft_thread_room, (uint32_t length)) \
  X(int32_t, weft_thread_supply, (uint32_t pointer, uint32_t length)) \
  X(uint32_t, weft_thread_wanted, (void)) \
  X(uint32_t, weft_thread_lesson, (void)) \
  X(int32_t, weft_thread_program, (uint32_t pointer, uint32_t length))

#endif
