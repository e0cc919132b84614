// The table of Chicago Boss's cases: each number of case-numbers.json has exactly one test that runs, and cases.json says which.
import { describeTable } from '../cases.js'

describeTable({ letter: 'B', folder: 'test/handlers/chicago-boss', count: 29 })
