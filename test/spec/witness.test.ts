// Block tests by execution witness (witness-suite.ts). A file of its own, so that it runs beside the others.
import { witnessTests } from './witness-suite.ts'

witnessTests()
