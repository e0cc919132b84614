// TypeScript with counters in it, by istanbul. Entered by transform, and by reporter for files that no test has loaded.
import { createInstrumenter } from 'istanbul-lib-instrument'

/** Not the name that jest knows: it would copy all of it behind each test file, which costs more than the tests themselves. */
export const VARIABLE = '__gensockCoverage__'

/** The code, its source map, and what can be counted in it. */
export function instrument(source, path) {
  const instrumenter = createInstrumenter({
    coverageVariable: VARIABLE,
    esModules: true,
    produceSourceMap: true,
    parserPlugins: ['typescript'],
  })
  const code = instrumenter.instrumentSync(source, path)
  return { code, map: instrumenter.lastSourceMap(), coverage: instrumenter.lastFileCoverage() }
}
