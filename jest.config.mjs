import { availableParallelism } from 'node:os'

export default {
  testEnvironment: 'node',
  // By default jest puts setters that call themselves on globals of a test file that is over: what still runs there ends its worker with a
  // RangeError, the file is run once more, and a failure that left something running is never seen.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^gensock$': '<rootDir>/src/index.ts',
    '^gensock/socket$': '<rootDir>/src/sockets/index.ts',
    '^gensock/cowboy$': '<rootDir>/src/handlers/cowboy/index.ts',
    '^gensock/session$': '<rootDir>/src/sessions/index.ts',
    '^gensock/zotonic$': '<rootDir>/src/handlers/zotonic/index.ts',
    '^gensock/bullet$': '<rootDir>/src/handlers/bullet/index.ts',
    '^gensock/chicago-boss$': '<rootDir>/src/handlers/chicago-boss/index.ts',
    '^gensock/protocol$': '<rootDir>/src/handlers/protocol/index.ts',
    '^gensock/msgpack$': '<rootDir>/src/msgpack/index.ts',
    '^gensock/client$': '<rootDir>/src/client/index.ts',
    '^gensock/testing$': '<rootDir>/src/testing/index.ts',
    '^gensock/testing/jest$': '<rootDir>/src/testing/jest/index.ts',
    '^gensock/xstate$': '<rootDir>/src/machines/index.ts',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' }],
  },
  // Browsers, programs and clocks are waited for: one worker more than cores fills the pauses (182 s in place of 235 on two cores).
  maxWorkers: availableParallelism() + 1,
  // A test that hangs is found out; one that shares a core with others may take longer than the default of 5 s.
  testTimeout: 20_000,
  testSequencer: '<rootDir>/scripts/sequencer.mjs',
  // A worker that is started anew loads jest again.
  workerIdleMemoryLimit: '1GB',
}
