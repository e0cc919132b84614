// Files of every form as a program loads them, not jest: by Node's own `import` with tsx as its loader. What plain Nodes do with
// them, in both builds of the library, is `npm run test:pkg`.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from '@jest/globals'
import { folderWith } from './files.js'

const tell = (what: string): string => `init: () => { globalThis.told.push('${what}'); return ['ok', null] }`
const COMMONJS = '{ "type": "commonjs" }'
const ESM = '{ "type": "module" }'
type Files = Readonly<Record<string, string>>

const loaded: readonly (readonly [string, Files, string])[] = [
  [
    '.js of a package of modules',
    { 'package.json': ESM, 'a_x_websocket.js': `export default () => ({ ${tell('esm')} })` },
    'esm',
  ],
  [
    '.js of a package of modules, one named function',
    { 'package.json': ESM, 'a_x_websocket.js': `export const x = () => ({ ${tell('named')} })\nexport const answer = 42` },
    'named',
  ],
  [
    '.js of a package of CommonJS',
    { 'package.json': COMMONJS, 'a_x_websocket.js': `module.exports = () => ({ ${tell('cjs')} })` },
    'cjs',
  ],
  ['.js without a package, CommonJS', { 'a_x_websocket.js': `module.exports = () => ({ ${tell('js')} })` }, 'js'],
  ['.js without a package, a module', { 'a_x_websocket.js': `export default () => ({ ${tell('js')} })` }, 'js'],
  ['.mjs', { 'package.json': COMMONJS, 'a_x_websocket.mjs': `export default () => ({ ${tell('mjs')} })` }, 'mjs'],
  [
    '.mjs that awaits while it is loaded',
    { 'a_x_websocket.mjs': `const text = await Promise.resolve('later')\nexport default () => ({ ${tell('later')} })` },
    'later',
  ],
  ['.cjs', { 'package.json': ESM, 'a_x_websocket.cjs': `module.exports = () => ({ ${tell('cjs')} })` }, 'cjs'],
  ['.cjs, one named function', { 'a_x_websocket.cjs': `exports.x = () => ({ ${tell('named')} })` }, 'named'],
  ['.cjs, one function in an object', { 'a_x_websocket.cjs': `module.exports = { x: () => ({ ${tell('in it')} }) }` }, 'in it'],
  [
    '.cjs as compilers write it',
    {
      'a_x_websocket.cjs': `Object.defineProperty(exports, '__esModule', { value: true })\nexports.other = () => 0\nexports.default = () => ({ ${tell('compiled')} })`,
    },
    'compiled',
  ],
  [
    '.ts with types',
    {
      'package.json': ESM,
      'a_x_websocket.ts': `import type { ServiceModule } from 'gensock/chicago-boss'\nconst x: ServiceModule<null> = () => ({ ${tell('ts').replace('globalThis', '(globalThis as any)')} })\nexport default x`,
    },
    'ts',
  ],
  [
    '.ts with what cannot be stripped, and an import of another .ts',
    {
      'package.json': ESM,
      'names.ts': `export enum Name { first = 'an enum' }`,
      'a_x_websocket.ts': `import { Name } from './names.ts'\nexport const x = (_req: unknown) => ({ ${tell('enum').replace("'enum'", 'Name.first')} })`,
    },
    'an enum',
  ],
  ['.mts', { 'a_x_websocket.mts': `export default (_req: unknown) => ({ ${tell('mts')} })` }, 'mts'],
  ['.cts', { 'a_x_websocket.cts': `const x = (_req: unknown) => ({ ${tell('cts')} })\nexport = x` }, 'cts'],
]
const refused: readonly (readonly [string, Files, string])[] = [
  ['two functions', { 'a_x_websocket.mjs': 'export const a = () => 0\nexport const b = () => 0' }, 'it exports a, b'],
  ['a syntax error', { 'a_x_websocket.mjs': 'export default () => ({' }, 'a_x_websocket.mjs cannot be loaded: '],
  [
    'an error',
    { 'a_x_websocket.ts': `const text: string = 'no table'\nthrow new Error(text)` },
    '.ts cannot be loaded: Error: no table',
  ],
  ['an import of nothing', { 'a_x_websocket.mjs': `import './nowhere.js'` }, 'ERR_MODULE_NOT_FOUND'],
]

let answers: readonly { urls?: string[]; told?: string[]; code?: string; message?: string }[]
beforeAll(async () => {
  const folders = [...loaded, ...refused].map(([, files]) => folderWith(files))
  const args = ['--import', 'tsx', 'test/handlers/chicago-boss/discover-program.ts', ...folders]
  const env = { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 })
  answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}, 30_000)

test.each(loaded.map(([what, , told], index) => [what, index, told] as const))('%s is loaded', (_what, index, told) => {
  expect(answers[index]).toEqual({ urls: ['/websocket/x'], told: [told] })
})

test.each(refused.map(([what, , said], index) => [what, loaded.length + index, said] as const))(
  'a file with %s is refused, and the others go on',
  (_what, index, said) => {
    expect(answers[index]).toEqual({ code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining(said) })
  },
)
