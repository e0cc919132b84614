// How Stryker runs here; main.mjs adds what to mutate and which tests. Paths are those of the repository's root.
import { fileURLToPath } from 'node:url'

export const config = {
  plugins: [fileURLToPath(new URL('runner/plugin.mjs', import.meta.url))],
  testRunner: 'bundle',
  bundle: {
    // Slow ones, those that start programs, those that read the sources or compile, and the simulation.
    without: [
      '^test/exports',
      'robustness|application|dynamic-supervisor|child-id|-properties',
      '^test/testing/(?!fake-transport|probe|test-node|virtual-clock)',
      '^test/transports/(tls|fallback-docs|listener-child|client)',
      // It checks tables of tests, not the library.
      '^test/handlers/.*/cases.test',
    ],
    withoutTests: [
      // They measure real time: on a busy machine they fail by themselves.
      ' does not hold up ',
      ' cost as much each ',
      ' does not starve ',
      ' costs no more than its bytes$',
      ' two that send to and fro', // a million messages
      // They look for the name of their own file in a stack: here all is in one file.
      'stop throws the report and the stack of a crash that nobody expected$',
      'the report says which handler, where, after what, in which state and why; it is no crash of a process$',
      'a crash says who, why, where, after which message and in which state$',
      'every abnormal end is reported, an exit too; normal and shutdown are not$',
      ' C39. Given pre.1 or 2.x, when a callback throws, ',
      // It loads a second copy of the library, which a bundle cannot.
      'routes, pushes and broadcasts of another copy of the library are understood$',
    ],
  },
  coverageAnalysis: 'perTest',
  tempDirName: 'tools/mutation/.stryker-tmp',
  ignorePatterns: ['*', '!package.json', '!jest.config.mjs', '!src', '!src/**', '!test', '!test/**'],
  // A child ends its tests itself; this is only for a child that does not.
  timeoutMS: 180_000,
  reporters: ['progress-append-only', 'survivors'],
  disableTypeChecks: false,
  warnings: { unknownOptions: false },
}
