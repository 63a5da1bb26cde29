// Keccak-256 of messages of any length that lie in one buffer, one invocation per message. Follows permutation.wgsl.
//
//   group 0
//   0  input    read         the bytes of all messages, at any offsets, in little-endian words
//   1  jobs     read         12 bytes each: offset of the message, its length (both in bytes), where its digest goes (place.wgsl)
//   2  digests  read_write   32 bytes per job
//   3  range    uniform      first job of this dispatch, one behind the last; every range of the kernels has a dynamic offset
//
// The padding is made here, so what lies behind a message does not matter. Jobs are sorted by their number of blocks: the
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

/** The four bytes at a byte offset of the input. */
fn bytes_at(offset: u32) -> u32 {
  let index = offset / 4u;
  let shift = (offset % 4u) * 8u;
  return (input[index] >> shift) | ((input[index + 1u] << (31u - shift)) << 1u);
}

/**
 * Four bytes of a message of which `left` are left, and behind its end the first bit of the padding. Without branches, of which
 * there would be 102; what is read beyond the message is masked, beyond the buffer clamped by WebGPU.
 */
fn message_word(offset: u32, left: i32) -> u32 {
  let end = select(0u, 1u << (u32(left) * 8u), left >= 0 && left < 4);
  let mask = select(end - 1u, 0xffffffffu, left >= 4);
  return select(0u, (bytes_at(offset) & mask) | end, left >= 0);
}

fn lane(offset: u32, left: i32, index: u32) -> Lane {
  let at = index * 8u;
  let rest = left - i32(at);
  return Lane(message_word(offset + at, rest), message_word(offset + at + 4u, rest - 4));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = range.x + id.x;
  if (index >= range.y) {
    return;
  }
  var offset = jobs[index].offset;
  var left = i32(jobs[index].length);
  var state = Sponge();
  for (var blocks = u32(left) / RATE + 1u; blocks > 0u; blocks--) {
    state[0] ^= lane(offset, left, 0u);
    state[1] ^= lane(offset, left, 1u);
    state[2] ^= lane(offset, left, 2u);
    state[3] ^= lane(offset, left, 3u);
    state[4] ^= lane(offset, left, 4u);
    state[5] ^= lane(offset, left, 5u);
    state[6] ^= lane(offset, left, 6u);
    state[7] ^= lane(offset, left, 7u);
    state[8] ^= lane(offset, left, 8u);
    state[9] ^= lane(offset, left, 9u);
    state[10] ^= lane(offset, left, 10u);
    state[11] ^= lane(offset, left, 11u);
    state[12] ^= lane(offset, left, 12u);
    state[13] ^= lane(offset, left, 13u);
    state[14] ^= lane(offset, left, 14u);
    state[15] ^= lane(offset, left, 15u);
    state[16] ^= lane(offset, left, 16u);
    if (blocks == 1u) {
      state[16].y ^= 0x80000000u;
    }
    permute(&state);
    offset += RATE;
    left -= i32(RATE);
  }
  digests[index * 2u] = vec4<u32>(state[0], state[1]);
  digests[index * 2u + 1u] = vec4<u32>(state[2], state[3]);
}
