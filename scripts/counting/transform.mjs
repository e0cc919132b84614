// A transformer of jest for `npm run coverage`: counters go into the TypeScript as it is written, before swc makes JavaScript of it. So
// a branch is one that somebody wrote, and none that swc has added or left out. Entered by jest.coverage.mjs.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import swc from '@swc/jest'
import { instrument } from './instrument.mjs'

const require = createRequire(import.meta.url)
const OWN = ['./transform.mjs', './instrument.mjs'].map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
const VERSIONS = ['istanbul-lib-instrument', '@swc/core'].map((name) => require(`${name}/package.json`).version)
const key = (...parts) => createHash('sha1').update(parts.join('\0')).digest('hex')

// oxlint-disable-next-line import/no-default-export -- jest asks for one
export default {
  createTransformer(options) {
    const plain = swc.createTransformer(options)
    return {
      process(source, path, given) {
        const { code, map } = instrument(source, path)
        return swc.createTransformer({ ...options, inputSourceMap: JSON.stringify(map) }).process(code, path, given)
      },
      getCacheKey: (...given) => key(plain.getCacheKey(...given), ...VERSIONS, ...OWN),
    }
  },
}
