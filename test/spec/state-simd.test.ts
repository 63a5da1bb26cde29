// The state tests on the simd build (state-suite.ts). A file of its own, so that both builds run side by side.
import { stateTests } from './state-suite.ts'

stateTests('simd')
