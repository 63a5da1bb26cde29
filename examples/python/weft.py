"""Weft in Python: one instance of the core behind wasmtime (docs/ABI.md). The host's side of a run in one file.

    weft = Weft(Core("build/weft.wasm"))
    weft.reset(OSAKA)
    weft.set_block(environment)
    weft.begin("call", message)
    weft.run(answer)
    at, outcome = weft.outcome()

`answer(item)` gets each item of a request as 128 bytes and returns the record that answers it, or b"" where there is nothing to say.
Precompiled contracts and signatures come as such items too: `weft.read(pointer, length)` reads what they point to.
"""

import struct
from collections.abc import Callable

from wasmtime import Engine, Instance, Module, Store

# Numbers of include/weft.h.
OSAKA = 14
RUN_DONE, RUN_REQUEST, RUN_TRACE_FULL, RUN_YIELD = 0, 1, 2, 3
KIND_ACCOUNT, KIND_STORAGE, KIND_CODE, KIND_BLOCK_HASH, KIND_PRECOMPILE, KIND_RECOVER = 1, 2, 3, 4, 5, 6
KIND_CUSTOM, KIND_BALANCE, KIND_LOG = 7, 8, 9
ITEM_SIZE, RECEIPT_SIZE, CUSTOM_SIZE = 128, 176, 136
ACCOUNT_EXISTS = 1

Answer = Callable[[bytes], bytes]


class WeftError(Exception):
    """A function of the core returned a status that is no success."""


class Core:
    """A compiled build, for any number of instances."""

    def __init__(self, path: str):
        self.engine = Engine()
        self.module = Module.from_file(self.engine, path)


class Weft:
    """One instance. Not for use by two threads at a time."""

    def __init__(self, core: "Core"):
        self._store = Store(core.engine)
        self._exports = Instance(self._store, core.module, []).exports(self._store)
        self._memory = self._exports["memory"]

    def raw(self, name: str, *arguments: int) -> int:
        """Calls an export. wasmtime's i32 is signed; pointers are not."""
        signed = [argument - (1 << 32) if argument >= 1 << 31 else argument for argument in arguments]
        return self._exports[name](self._store, *signed)

    def check(self, name: str, *arguments: int) -> None:
        """Calls an export that returns a status, which has to be 0."""
        status = self.raw(name, *arguments)
        if status != 0:
            raise WeftError(f"{name} returned {status}")

    def pointer(self, name: str) -> int:
        """Calls an export that returns a pointer, which must not be 0."""
        pointer = self.raw(name) & 0xFFFFFFFF
        if pointer == 0:
            raise WeftError(f"{name} returned nothing")
        return pointer

    # ---- memory ---------------------------------------------------------------------------------------------------

    def read(self, pointer: int, length: int) -> bytes:
        return bytes(self._memory.read(self._store, pointer, pointer + length))

    def u32(self, pointer: int) -> int:
        return struct.unpack("<I", self.read(pointer, 4))[0]

    def piece(self, pointer: int) -> bytes:
        """What the { address, length } at a pointer names."""
        return self.read(self.u32(pointer), self.u32(pointer + 4))

    def put(self, data: bytes, pointers: tuple[int, ...] | list[int] = ()) -> int:
        """Copies data in. At the offsets in `pointers` it holds addresses that count from its own beginning."""
        at = self.raw("weft_alloc", max(len(data), 8)) & 0xFFFFFFFF
        if at == 0:
            raise WeftError("weft_alloc: no memory")
        data = bytearray(data)
        for offset in pointers:
            struct.pack_into("<I", data, offset, struct.unpack_from("<I", data, offset)[0] + at)
        self._memory.write(self._store, data, at)
        return at

    # ---- a run ------------------------------------------------------------------------------------------------------

    def reset(self, fork: int) -> None:
        self.raw("weft_reset", fork)

    def set_option(self, option: int, value: int) -> None:
        self.check("weft_set_option", option, value)

    def set_precompiles(self, addresses: bytes) -> None:
        """Contracts of the host's own at addresses of 20 bytes; a call of one is an item of KIND_CUSTOM."""
        self._give("weft_set_precompiles", addresses, len(addresses) // 20)

    def state(self, address: bytes, key: bytes | None = None) -> bytes | None:
        """An account or a slot as a contract of the host's own sees it, as a record; None where it has to be supplied first."""
        name, more = ("weft_state_account", 0) if key is None else ("weft_state_slot", 1)
        out, at = self.put(bytes(128)), self.put(address.ljust(32, b"\0") + (key or b""))
        status = self.raw(name, out, at, *[at + 32] * more)
        seen = self.read(out, 128)
        self.raw("weft_free", at)
        self.raw("weft_free", out)
        if status not in (RUN_DONE, RUN_REQUEST):
            raise WeftError(f"{name} returned {status}")
        return seen if status == RUN_DONE else None

    def supply(self, records: bytes) -> None:
        self._give("weft_supply", records, len(records))

    def set_block(self, environment: bytes) -> None:
        self._give("weft_set_block", environment)

    def begin(self, kind: str, data: bytes, pointers: tuple[int, ...] | list[int] = ()) -> None:
        """Begins a 'call', 'tx' or 'block'. The core copies what it needs."""
        at = self.put(data, pointers)
        self.check(f"weft_begin_{kind}", at)
        self.raw("weft_free", at)

    def _give(self, name: str, data: bytes, *more: int) -> None:
        at = self.put(data)
        self.check(name, at, *more)
        self.raw("weft_free", at)

    def run(self, answer: Answer, on_trace: Callable[[bytes], None] = lambda records: None) -> list[int]:
        """Runs to the end. Returns how many things were asked for in each round."""
        rounds = []
        while (state := self.raw("weft_run")) != RUN_DONE:
            if state == RUN_REQUEST:
                request = self.pointer("weft_request")
                count = self.u32(request)
                items = self.read(self.u32(request + 4), count * ITEM_SIZE)
                rounds.append(count)
                self.supply(b"".join(answer(items[i : i + ITEM_SIZE]) for i in range(0, len(items), ITEM_SIZE)))
            elif state == RUN_TRACE_FULL:
                on_trace(self.trace())
            elif state != RUN_YIELD:
                raise WeftError(f"weft_run returned {state}")
        return rounds

    def trace(self) -> bytes:
        return self.piece(self.pointer("weft_trace"))

    def outcome(self) -> tuple[int, bytes]:
        """Address and bytes of the outcome."""
        at = self.pointer("weft_outcome")
        return at, self.read(at, self.u32(at))

    def logs(self, at: int, count: int) -> bytes:
        """The records of logs, one after the other."""
        end = at
        for _ in range(count):
            end += self.u32(end)
        return self.read(at, end - at)

    def diff(self) -> bytes:
        return self.piece(self.pointer("weft_diff"))

    def keccak(self, data: bytes) -> bytes:
        at = self.put(data.ljust(32, b"\0"))
        self.check("weft_keccak", at, at, len(data))
        digest = self.read(at, 32)
        self.raw("weft_free", at)
        return digest


def record(kind: int, size: int, *fields: tuple[int, bytes]) -> bytes:
    """A record for `Weft.supply`: kind, size, and bytes at offsets."""
    data = bytearray(size)
    struct.pack_into("<II", data, 0, kind, size)
    for offset, field in fields:
        data[offset : offset + len(field)] = field
    return bytes(data)
