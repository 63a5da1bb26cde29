// Where the host's pointers may point. Every pointer and length that crosses the ABI passes here once, before anything is read;
// behind that the core trusts them.

/** Longer byte strings than this are refused: no block of the arena is larger, and sums of two stay within u32. */
const MAX_LENGTH: u64 = 0x7fffffff

/** Do `length` bytes at `pointer` lie in linear memory? An empty piece may begin at its end. */
export function inMemory(pointer: usize, length: u64): bool {
  return length <= MAX_LENGTH && <u64>pointer + length <= (<u64>(<u32>memory.size())) << 16
}

/** Does a struct lie at `pointer` that says a size of at least `size`, all of it in linear memory? */
export function isStruct(pointer: usize, size: u32): bool {
  if (!inMemory(pointer, 4)) return false
  const said = load<u32>(pointer)
  return said >= size && inMemory(pointer, said)
}

/** Do `count` items of `size` bytes, from the address on that is stored at `field`, lie in linear memory? */
export function isArray(field: usize, count: u32, size: u32): bool {
  return inMemory(load<u32>(field), <u64>count * size)
}

/** Does the piece that the { pointer u32, length u32 } at `field` names lie in linear memory? */
export function isPiece(field: usize): bool {
  return inMemory(load<u32>(field), load<u32>(field, 4))
}
