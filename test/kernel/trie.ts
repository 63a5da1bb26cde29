// Exports the trie builder for test/unit/trie.test.ts, which lays out its input in memory from heapBase() on.
// (`export … from` keeps the file ending, which asc does not find: import, then export.)
import { encodeAccount, encodeStorageValue } from '../../assembly/trie/account.ts'
import { encodeBatch, hashBatch, rootDigest } from '../../assembly/trie/batch.ts'
import { sortEntries, sortScratch } from '../../assembly/trie/entries.ts'
import { planTrie, trieScratch } from '../../assembly/trie/plan.ts'
import { orderedRoot, orderedScratch, trieRoot } from '../../assembly/trie/root.ts'

export {
  encodeAccount,
  encodeBatch,
  encodeStorageValue,
  hashBatch,
  orderedRoot,
  orderedScratch,
  planTrie,
  rootDigest,
  sortEntries,
  sortScratch,
  trieRoot,
  trieScratch,
}

/** First address that is free for the test. */
export function heapBase(): usize {
  return (__heap_base + 15) & ~15
}
