// Writes digests into the messages that contain them, so that the next level of a trie can be hashed without coming back to the
// host. Runs after messages.wgsl over the same jobs. Imports nothing.
//
//   group 0
//   0  input    read_write   as in messages.wgsl
//   1  jobs     read         as in messages.wgsl; NOWHERE: the digest is in no message
//   2  digests  read         as in messages.wgsl
//   3  range    uniform      as in messages.wgsl
//
// References stand in a branch at any byte, 33 bytes apart, so two invocations may write to different bytes of one word: hence atomic.

struct Job {
  offset: u32,
  length: u32,
  place: u32,
}

@group(0) @binding(0) var<storage, read_write> input: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read> jobs: array<Job>;
@group(0) @binding(2) var<storage, read> digests: array<u32>;
@group(0) @binding(3) var<uniform> range: vec4<u32>;

const NOWHERE = 0xffffffffu;
const DIGEST_WORDS = 8u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = range.x + id.x;
  if (index >= range.y || jobs[index].place == NOWHERE) {
    return;
  }
  let first = jobs[index].place / 4u;
  let shift = (jobs[index].place % 4u) * 8u;
  if (shift == 0u) {
    for (var i = 0u; i < DIGEST_WORDS; i++) {
      atomicStore(&input[first + i], digests[index * DIGEST_WORDS + i]);
    }
    return;
  }
  // Of the first and the last word only the bytes that are ours.
  var carry = 0u;
  var ours = 0xffffffffu << shift;
  for (var i = 0u; i <= DIGEST_WORDS; i++) {
    var word = 0u;
    if (i < DIGEST_WORDS) {
      word = digests[index * DIGEST_WORDS + i];
    } else {
      ours = ~(0xffffffffu << shift);
    }
    let value = carry | (word << shift);
    if (ours == 0xffffffffu) {
      atomicStore(&input[first + i], value);
    } else {
      atomicAnd(&input[first + i], ~ours);
      atomicOr(&input[first + i], value);
    }
    carry = word >> (32u - shift);
    ours = 0xffffffffu;
  }
}
