// What a key maps to in a trie of known nodes. One node after the other from the root, at most 64 and the embedded ones.

import { TRIE_MALFORMED, TRIE_MISSING, RUN_DONE } from '../abi.ts'
import { nibbleAt } from './entries.ts'
import {
  BRANCH,
  KEY_NIBBLES,
  LEAF,
  childItem,
  isDigest,
  isEmptyItem,
  isEmptyRoot,
  pathLength,
  readNode,
  secondItem,
  sharedPath,
} from './encoded.ts'
import { knownNode, noteFault } from './known.ts'

/** The value that was found, an RLP item; 0 where the trie does not have the key. */
export let foundItem: usize = 0
/** Hash of the node in which it stands. */
export let foundIn: usize = 0

/** Looks the key (32 bytes) up below `root`. RUN_DONE, TRIE_MISSING or TRIE_MALFORMED. */
export function lookUp(root: usize, key: usize): i32 {
  foundItem = 0
  foundIn = root
  if (isEmptyRoot(root)) return RUN_DONE
  let node = knownNode(root)
  let depth: u32 = 0
  while (node) {
    const kind = readNode(node)
    let item: usize
    if (kind == BRANCH) {
      if (depth == KEY_NIBBLES) return malformed(key, depth)
      item = childItem(nibbleAt(key, depth++))
      if (isEmptyItem(item)) return RUN_DONE
    } else {
      // A leaf ends where the key does, an extension before.
      const end = depth + pathLength
      if (kind == LEAF ? end != KEY_NIBBLES : end >= KEY_NIBBLES) return malformed(key, depth)
      if (sharedPath(key, depth) < pathLength) return RUN_DONE
      item = secondItem()
      if (kind == LEAF) {
        foundItem = item
        return RUN_DONE
      }
      depth = end
    }
    if (isDigest(item)) foundIn = item + 1
    node = isDigest(item) ? knownNode(foundIn) : item
  }
  noteFault(foundIn, key, depth, key)
  return TRIE_MISSING
}

function malformed(key: usize, depth: u32): i32 {
  noteFault(foundIn, key, depth, key)
  return TRIE_MALFORMED
}
