// What `// =>` of a block checks with. A file of its own: most blocks need nothing else of the kit, and ws takes its time to load.
import { deepStrictEqual } from 'node:assert'

/** Fails the block where they differ. */
export function equal(actual: unknown, expected: unknown): void {
  deepStrictEqual(actual, expected)
}
