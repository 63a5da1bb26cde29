// The block tests on the scalar build (block-suite.ts). A file of its own, so that both builds run side by side.
import { blockTests } from './block-suite.ts'

blockTests('scalar')
