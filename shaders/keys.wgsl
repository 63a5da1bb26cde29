// Keccak-256 of keys of one size, 20 bytes (addresses) or 32 (slots), one invocation per key: the paths of the state trie and of
// storage tries. Follows permutation.wgsl.
//
//   group 0
//   0  keys     read         5 or 8 words each, one after the other
//   1  digests  read_write   32 bytes per key
//   2  range    uniform      first key of this dispatch, one behind the last, words of a key

@group(0) @binding(0) var<storage, read> keys: array<u32>;
@group(0) @binding(1) var<storage, read_write> digests: array<vec4<u32>>;
@group(0) @binding(2) var<uniform> range: vec4<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = range.x + id.x;
  if (index >= range.y) {
    return;
  }
  let at = index * range.z;
  var state = Sponge();
  state[0] = Lane(keys[at], keys[at + 1u]);
  state[1] = Lane(keys[at + 2u], keys[at + 3u]);
  if (range.z == 8u) {
    state[2] = Lane(keys[at + 4u], keys[at + 5u]);
    state[3] = Lane(keys[at + 6u], keys[at + 7u]);
    state[4].x = 1u;
  } else {
    state[2] = Lane(keys[at + 4u], 1u);
  }
  state[16].y = 0x80000000u;
  permute(&state);
  digests[index * 2u] = vec4<u32>(state[0], state[1]);
  digests[index * 2u + 1u] = vec4<u32>(state[2], state[3]);
}
