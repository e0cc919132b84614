// The test environment of `npm run coverage`: one set of counters for all test files of a worker, written down behind each file.
// Entered by jest.coverage.mjs; reporter adds up what the workers have written.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestEnvironment } from 'jest-environment-node'
import { VARIABLE } from './instrument.mjs'

const counters = {}
/** A copy, made out here: what a test file has made would keep its whole world alive. */
const kept = new Proxy(counters, {
  set(all, path, coverage) {
    all[path] = structuredClone(coverage)
    return true
  },
})

// oxlint-disable-next-line import/no-default-export -- jest asks for one
export default class CountingEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    this.global[VARIABLE] = kept
  }
  async teardown() {
    await super.teardown()
    writeFileSync(join(process.env.GENSOCK_COVERAGE, `${process.pid}.json`), JSON.stringify(counters))
  }
}
