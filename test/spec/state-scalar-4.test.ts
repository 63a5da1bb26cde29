// A shard of the state tests on the scalar build (state-shards.ts). Files of their own run side by side.
import { stateTests } from './state-suite.ts'

stateTests('scalar', 4)
