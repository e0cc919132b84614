// The table of Bullet's cases: each number of case-numbers.json has exactly one test that runs, and cases.json says which.
import { describeTable } from '../cases.js'

describeTable({ letter: 'L', folder: 'test/handlers/bullet', count: 19 })
