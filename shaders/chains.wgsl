// Slots of nested mappings: keccak(key . keccak(key . slot)), one invocation per chain, without coming back in between. Follows
// permutation.wgsl.
//
//   group 0
//   0  words    read         per chain `depth` keys, outermost first, and the slot: 32 bytes each
//   1  digests  read_write   per chain `depth` digests; digest k = keccak(key k . digest k + 1), where the slot stands for the last one
//   2  range    uniform      first chain of this dispatch, one behind the last, depth

@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> digests: array<vec4<u32>>;
@group(0) @binding(2) var<uniform> range: vec4<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = range.x + id.x;
  if (index >= range.y) {
    return;
  }
  let depth = range.z;
  let chain = index * (depth + 1u) * 2u;
  var low = words[chain + depth * 2u];
  var high = words[chain + depth * 2u + 1u];
  for (var key = depth; key > 0u;) {
    key--;
    let first = words[chain + key * 2u];
    let second = words[chain + key * 2u + 1u];
    var state = Sponge();
    state[0] = first.xy;
    state[1] = first.zw;
    state[2] = second.xy;
    state[3] = second.zw;
    state[4] = low.xy;
    state[5] = low.zw;
    state[6] = high.xy;
    state[7] = high.zw;
    state[8].x = 1u;
    state[16].y = 0x80000000u;
    permute(&state);
    low = vec4<u32>(state[0], state[1]);
    high = vec4<u32>(state[2], state[3]);
    let out = (index * depth + key) * 2u;
    digests[out] = low;
    digests[out + 1u] = high;
  }
}
