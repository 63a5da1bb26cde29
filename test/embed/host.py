"""Replays test/embed/vectors.json with examples/python/weft.py on wasmtime, and prints the lines that host.mjs gives.

python3 test/embed/host.py WASM VECTORS
"""

import json
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "python"))
from weft import (
    CUSTOM_SIZE,
    KIND_ACCOUNT,
    KIND_BALANCE,
    KIND_BLOCK_HASH,
    KIND_CODE,
    KIND_CUSTOM,
    KIND_LOG,
    KIND_PRECOMPILE,
    KIND_STORAGE,
    RECEIPT_SIZE,
    Core,
    Weft,
    record,
)

# Fields of outcomes that hold addresses in memory: shown as zero.
ADDRESSES = {"call": (32, 40, 72), "tx": (32, 40, 72), "block": (32, 40)}
REVERT, PRECOMPILE_FAILURE = 2, 12
# Longer pieces are shown as their length and hash.
LONGEST = 4096


def find(vector, kind, *fields):
    """The state's record of a kind that has these fields."""
    for data in vector["state"]:
        if data[0] == kind and all(data.startswith(field, offset) for offset, field in fields):
            return data
    return None


def answer_contract(weft, item, tell):
    """The answer of the one contract that hosts have of their own: host.mjs says what it does."""
    at = struct.unpack_from("<I", item, 4)[0]
    call, given = bytearray(weft.read(at, CUSTOM_SIZE)), weft.piece(at + 16)
    call[16:20] = bytes(4)
    tell("custom", call + given)
    self, caller = bytes(call[56:76]), bytes(call[80:100])
    slot, account = weft.state(self, bytes(32)), weft.state(caller)
    if slot is None or account is None:
        return b""
    if given[:1] == b"\xff":
        return contract_record(REVERT, given)
    if given[:1] == b"\xfe":
        return contract_record(PRECOMPILE_FAILURE, b"")
    count = slot[64:95] + bytes([slot[95] + 1])
    changes = [
        record(KIND_STORAGE, 96, (8, self), (64, count)),
        record(KIND_BALANCE, 64, (8, self), (32, count)),
        record(KIND_LOG, 128, (16, struct.pack("<III", 112, 1, 32)), (32, self), (64, count + count)),
    ]
    return contract_record(0, count + account[64:96], b"".join(changes))


def contract_record(status, output, changes=b""):
    end = 32 + (len(output) + 7 & ~7)
    head = struct.pack("<IIQI", status, len(output), 1000, len(changes))
    return record(KIND_CUSTOM, end + len(changes), (8, head), (32, output), (end, changes))


def answer(weft, vector, item, tell):
    kind, address, key = item[0], item[32:52], item[64:96]
    if kind == KIND_ACCOUNT:
        return find(vector, kind, (32, address)) or record(kind, 128, (32, address))
    if kind == KIND_STORAGE:
        return find(vector, kind, (8, address), (32, key)) or record(kind, 96, (8, address), (32, key))
    if kind == KIND_CODE:
        return find(vector, kind, (16, key)) or b""
    if kind == KIND_BLOCK_HASH:
        return find(vector, kind, (8, item[16:24])) or b""
    if kind == KIND_CUSTOM:
        return answer_contract(weft, item, tell)
    if kind == KIND_PRECOMPILE:
        pointer, length, _, number = struct.unpack_from("<IIIQ", item, 4)
        given = weft.read(pointer, length).hex()
        output = next(output for at, data, output in vector["precompiles"] if at == number and data == given)
        if output is None:
            return record(kind, 16)
        output = bytes.fromhex(output)
        return record(kind, 16 + (len(output) + 7 & ~7), (8, struct.pack("<II", 1, len(output))), (16, output))
    signer = vector["signers"].get(f"{key.hex()}{item[32:64].hex()}{item[96:128].hex()}{item[12]}")
    ok = [(12, b"\x01"), (16, bytes.fromhex(signer))] if signer else []
    return record(kind, 40, (8, item[4:8]), *ok)


def replay(weft, vector):
    vector["state"] = [bytes.fromhex(text) for text in vector["state"]]
    weft.reset(vector["fork"])
    for option, value in vector["options"]:
        weft.set_option(option, value)
    if vector["contracts"]:
        weft.set_precompiles(bytes.fromhex(vector["contracts"]))
    if vector["supplied"]:
        weft.supply(bytes.fromhex(vector["supplied"]))
    weft.set_block(bytes.fromhex(vector["environment"]))
    for number, run in enumerate(vector["runs"]):

        def tell(piece, data, number=number):
            shown = f"#{len(data)} {weft.keccak(data).hex()}" if len(data) > LONGEST else data.hex()
            print(f"{vector['name']}/{number} {piece} {shown}")

        replay_run(weft, vector, run, tell)


def replay_run(weft, vector, run, tell):
    weft.begin(run["begin"], bytes.fromhex(run["data"]), run["pointers"])
    rounds = weft.run(lambda item: answer(weft, vector, item, tell), lambda records: tell("trace", records))
    if vector["options"]:
        tell("trace", weft.trace())
    tell("asked", bytes(rounds))
    at, outcome = weft.outcome()
    shown = bytearray(outcome)
    for offset in ADDRESSES[run["begin"]]:
        shown[offset : offset + 4] = bytes(4)
    tell("outcome", shown)
    if run["begin"] == "block":
        tell("receipts", weft.read(weft.u32(at + 32), weft.u32(at + 36) * RECEIPT_SIZE))
    else:
        tell("output", weft.piece(at + 32))
        tell("used", weft.piece(at + 72))
    tell("logs", weft.logs(weft.u32(at + 40), weft.u32(at + 44)))
    if run["end"] == "discard":
        weft.raw("weft_discard")
    elif run["begin"] != "block":
        weft.check("weft_commit")
    tell("diff", weft.diff())
    if run["end"] == "root":
        root = weft.put(bytes(32))
        weft.check("weft_state_root", root)
        tell("root", weft.read(root, 32))


if __name__ == "__main__":
    core = Core(sys.argv[1])
    for each in json.loads(Path(sys.argv[2]).read_text())["vectors"]:
        replay(Weft(core), each)
