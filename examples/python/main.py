"""Runs a contract on a state in a dictionary, and prints what came of it and what changed.

    python3 examples/python/main.py build/weft.wasm
"""

import struct
import sys

from weft import ACCOUNT_EXISTS, KIND_ACCOUNT, KIND_CODE, KIND_STORAGE, OSAKA, Core, Weft, record

SENDER, COUNTER = bytes.fromhex("aa" * 20), bytes.fromhex("cc" * 20)
# Adds calldata's first word to slot 0 and returns the sum.
CODE = bytes.fromhex("5f355f54015f55" + "5f545f5260205ff3")

weft = Weft(Core(sys.argv[1] if len(sys.argv) > 1 else "build/weft.wasm"))
HASH, EMPTY = weft.keccak(CODE), weft.keccak(b"")
accounts = {SENDER: (0, 10**18, EMPTY), COUNTER: (1, 0, HASH)}
slots = {(COUNTER, (0).to_bytes(32, "big")): 40}


def answer(item: bytes) -> bytes:
    kind, address, key = item[0], item[32:52], item[64:96]
    if kind == KIND_ACCOUNT:
        if address not in accounts:
            return record(kind, 128, (32, address))
        nonce, balance, code_hash = accounts[address]
        exists = struct.pack("<IIQ", ACCOUNT_EXISTS, 0, nonce)
        return record(kind, 128, (8, exists), (32, address), (64, balance.to_bytes(32, "big")), (96, code_hash))
    if kind == KIND_STORAGE:
        value = slots.get((address, key), 0)
        return record(kind, 96, (8, address), (32, key), (64, value.to_bytes(32, "big")))
    if kind == KIND_CODE:
        return record(kind, 48 + (len(CODE) + 7 & ~7), (8, struct.pack("<I", len(CODE))), (16, key), (48, CODE))
    raise NotImplementedError(f"nobody asked for kind {kind} in this example")


weft.reset(OSAKA)
environment = bytearray(224)
struct.pack_into("<IIQQQQ", environment, 0, len(environment), OSAKA, 1, 1, 30_000_000, 1)
weft.set_block(bytes(environment))
message = bytearray(104 + 32)
struct.pack_into("<IIQII", message, 0, 104, 0, 100_000, 104, 32)  # size, flags, gas, input and its length
message[24:44], message[48:68] = SENDER, COUNTER
message[104:] = (2).to_bytes(32, "big")
weft.begin("call", bytes(message), [16])
rounds = weft.run(answer)
at, outcome = weft.outcome()
status, gas_used = struct.unpack_from("<i", outcome, 4)[0], struct.unpack_from("<Q", outcome, 16)[0]
output = weft.piece(at + 32)
print(f"status {status}, output {int.from_bytes(output, 'big')}, gas {gas_used}, asked {rounds}")
weft.check("weft_commit")
diff = weft.diff()
while diff:
    kind, size = struct.unpack_from("<II", diff)
    if kind == KIND_STORAGE:
        print(f"slot {int.from_bytes(diff[32:64], 'big')} = {int.from_bytes(diff[64:96], 'big')}")
    diff = diff[size:]
