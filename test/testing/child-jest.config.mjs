// Settings of the runs of child-jest.ts. Always the same file and the same settings, so that jest uses again what it has
// compiled.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import base from '../../jest.config.mjs'

// oxlint-disable-next-line import/no-default-export -- what jest reads
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/testing', join(tmpdir(), 'gensock-jest')],
  testMatch: ['**/*.ts'],
  // What an example imports besides the library is found where it is installed.
  modulePaths: ['<rootDir>/node_modules'],
}
