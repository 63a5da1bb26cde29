// The methods of the provider, by name: eth_ and debug_ for clients, anvil_, hardhat_ and evm_ for tests.

import { TESTS } from './anvil.ts'
import { DEBUG } from './debug.ts'
import { ETH } from './eth.ts'
import { FEES } from './fees.ts'
import { FILTERING } from './filters.ts'
import type { Method } from './place.ts'
import { SIGNING } from './sign.ts'
import { SIMULATING } from './simulate.ts'

/** All methods by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  [ETH, FEES, FILTERING, SIGNING, SIMULATING, DEBUG, TESTS].flatMap(methods => Object.entries(methods)),
)
