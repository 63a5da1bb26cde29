// Global set-up of the projects `spec` and `product` (vitest.config.ts): `npx vitest run` builds what is stale by itself.
import { setUp } from './weft.ts'

/** Called by vitest once per project, before its first test. */
export default function build(): void {
  setUp('dist')
}
