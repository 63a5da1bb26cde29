// Keccak-256 of messages of any length that lie in one buffer, one invocation per message. Follows permutation.wgsl.
//
//   group 0
//   0  input    read         the bytes of all messages, at any offsets, in little-endian words
//   1  jobs     read         12 bytes each: offset of the message, its length (both in bytes), where its digest goes (place.wgsl)
//   2  digests  read_write   32 bytes per job
//   3  range    uniform      first job of this dispatch, one behind the last; every range of the kernels has a dynamic offset
//
// The padding is made here, so what lies behind a message does not matter: it is read and not used (beyond the buffer WebGPU reads
// something else). Without branches, of which compilers would have to make dozens. Jobs are sorted by their number of blocks: the
// invocations of a workgroup wait for the longest.

struct Job {
  offset: u32,
  length: u32,
  place: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> jobs: array<Job>;
@group(0) @binding(2) var<storage, read_write> digests: array<vec4<u32>>;
@group(0) @binding(3) var<uniform> range: vec4<u32>;

const RATE = 136u;

/** Where an invocation stands in its message. */
struct Cursor {
  /** Index of the word in which the block begins. */
  word: u32,
  /** Bits of that word before the block. */
  shift: u32,
  /** Whole words of the message in this block, and what is in the word behind them: the last bytes and the first bit of padding. */
  full: u32,
  tail: u32,
}

/** Four bytes of the input that begin within a word. Shifted in two steps, because 32 bits at once would be none. */
fn join(low: u32, high: u32, shift: u32) -> u32 {
  return (low >> shift) | ((high << (31u - shift)) << 1u);
}

/** The block's word of this index: of the message, its tail, or nothing. */
fn pick(at: Cursor, index: u32, low: u32, high: u32) -> u32 {
  let behind = select(0u, at.tail, index == at.full);
  return select(behind, join(low, high, at.shift), index < at.full);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = range.x + id.x;
  if (index >= range.y) {
    return;
  }
  let offset = jobs[index].offset;
  var left = jobs[index].length;
  var at = Cursor(offset / 4u, (offset % 4u) * 8u, RATE / 4u, 0u);
  var state = Sponge();
  for (var last = false; !last;) {
    last = left < RATE;
    if (last) {
      at.full = left / 4u;
      let end = 1u << ((left % 4u) * 8u);
      let bytes = join(input[at.word + at.full], input[at.word + at.full + 1u], at.shift);
      at.tail = (bytes & (end - 1u)) | end;
      state[16].y ^= 0x80000000u;
    }
    let w0 = input[at.word];
    let w1 = input[at.word + 1u];
    let w2 = input[at.word + 2u];
    let w3 = input[at.word + 3u];
    let w4 = input[at.word + 4u];
    let w5 = input[at.word + 5u];
    let w6 = input[at.word + 6u];
    let w7 = input[at.word + 7u];
    let w8 = input[at.word + 8u];
    let w9 = input[at.word + 9u];
    let w10 = input[at.word + 10u];
    let w11 = input[at.word + 11u];
    let w12 = input[at.word + 12u];
    let w13 = input[at.word + 13u];
    let w14 = input[at.word + 14u];
    let w15 = input[at.word + 15u];
    let w16 = input[at.word + 16u];
    let w17 = input[at.word + 17u];
    let w18 = input[at.word + 18u];
    let w19 = input[at.word + 19u];
    let w20 = input[at.word + 20u];
    let w21 = input[at.word + 21u];
    let w22 = input[at.word + 22u];
    let w23 = input[at.word + 23u];
    let w24 = input[at.word + 24u];
    let w25 = input[at.word + 25u];
    let w26 = input[at.word + 26u];
    let w27 = input[at.word + 27u];
    let w28 = input[at.word + 28u];
    let w29 = input[at.word + 29u];
    let w30 = input[at.word + 30u];
    let w31 = input[at.word + 31u];
    let w32 = input[at.word + 32u];
    let w33 = input[at.word + 33u];
    let w34 = input[at.word + 34u];
    state[0] ^= Lane(pick(at, 0u, w0, w1), pick(at, 1u, w1, w2));
    state[1] ^= Lane(pick(at, 2u, w2, w3), pick(at, 3u, w3, w4));
    state[2] ^= Lane(pick(at, 4u, w4, w5), pick(at, 5u, w5, w6));
    state[3] ^= Lane(pick(at, 6u, w6, w7), pick(at, 7u, w7, w8));
    state[4] ^= Lane(pick(at, 8u, w8, w9), pick(at, 9u, w9, w10));
    state[5] ^= Lane(pick(at, 10u, w10, w11), pick(at, 11u, w11, w12));
    state[6] ^= Lane(pick(at, 12u, w12, w13), pick(at, 13u, w13, w14));
    state[7] ^= Lane(pick(at, 14u, w14, w15), pick(at, 15u, w15, w16));
    state[8] ^= Lane(pick(at, 16u, w16, w17), pick(at, 17u, w17, w18));
    state[9] ^= Lane(pick(at, 18u, w18, w19), pick(at, 19u, w19, w20));
    state[10] ^= Lane(pick(at, 20u, w20, w21), pick(at, 21u, w21, w22));
    state[11] ^= Lane(pick(at, 22u, w22, w23), pick(at, 23u, w23, w24));
    state[12] ^= Lane(pick(at, 24u, w24, w25), pick(at, 25u, w25, w26));
    state[13] ^= Lane(pick(at, 26u, w26, w27), pick(at, 27u, w27, w28));
    state[14] ^= Lane(pick(at, 28u, w28, w29), pick(at, 29u, w29, w30));
    state[15] ^= Lane(pick(at, 30u, w30, w31), pick(at, 31u, w31, w32));
    state[16] ^= Lane(pick(at, 32u, w32, w33), pick(at, 33u, w33, w34));
    permute(&state);
    at.word += RATE / 4u;
    left -= RATE;
  }
  digests[index * 2u] = vec4<u32>(state[0], state[1]);
  digests[index * 2u + 1u] = vec4<u32>(state[2], state[3]);
}
