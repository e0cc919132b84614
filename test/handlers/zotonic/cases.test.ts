// The table of Zotonic's cases: each number of case-numbers.json has exactly one test that runs, and cases.json says which.
import { describeTable } from '../cases.js'

describeTable({ letter: 'Z', folder: 'test/handlers/zotonic', count: 44 })
