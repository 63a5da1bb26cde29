/** Lines that outlast the program: those there were, and a way to add more. */
export interface Journal {
  readonly lines: readonly string[]
  append(lines: readonly string[]): void
}
