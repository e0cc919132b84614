// jest for `npm run coverage`: the same tests, with counters in src. See scripts/counting.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import config from './jest.config.mjs'

const [[files, swc]] = Object.entries(config.transform)
// Workers inherit it.
process.env.GENSOCK_COVERAGE ||= mkdtempSync(join(tmpdir(), 'gensock-coverage-'))

export default {
  ...config,
  testEnvironment: '<rootDir>/scripts/counting/environment.mjs',
  transform: { '^.+/src/.+\\.ts$': ['<rootDir>/scripts/counting/transform.mjs', swc[1]], [files]: swc },
  reporters: ['default', '<rootDir>/scripts/counting/reporter.mjs'],
}
