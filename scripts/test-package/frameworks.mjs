// The examples with-express, with-fastify and with-hono as projects of users: with the packed library and the frameworks from the
// registry, checked and compiled by TypeScript, then run and talked to. Entered by test-package.mjs.
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_TYPES, project } from './projects.mjs'
import { report } from './report.mjs'
import { root, run } from './run.mjs'
import { compile } from './types.mjs'

const EXAMPLES = ['with-express', 'with-fastify', 'with-hono']
const PACKAGES = ['express', 'fastify', 'hono', '@hono/node-server', '@types/express', '@types/ws']
const TESTS = 15
const OPTIONS = {
  target: 'es2022',
  lib: ['es2022'],
  types: ['node'],
  strict: true,
  outDir: '.',
  rootDir: '.',
  noEmitOnError: true,
  skipLibCheck: true, // of the frameworks
  module: 'nodenext',
  moduleResolution: 'nodenext',
}

/** The versions are those of the repository. */
export async function frameworksProject(folder, tarball) {
  const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const packages = PACKAGES.map((name) => `${name}@${devDependencies[name]}`)
  const made = await project(join(folder, 'frameworks'), { type: 'module' }, [tarball, NODE_TYPES, ...packages], ['frameworks'])
  for (const example of EXAMPLES) cpSync(`${root}examples/${example}`, join(made, example), { recursive: true })
  return made
}

export async function checkFrameworks(nodes, compilers, folder) {
  const { version, tsc } = compilers.at(-1)
  const files = ['frameworks.test.ts', ...EXAMPLES.map((example) => `${example}/main.ts`)]
  const { ok, output } = await compile(tsc, folder, OPTIONS, files)
  report(`types: TypeScript ${version}, ${EXAMPLES.join(', ')}`, ok, output)
  if (!ok) return
  for (const { name, binary } of nodes) {
    const { ok, output } = await run(binary, ['--test', '--test-reporter=tap', 'frameworks.test.js'], folder)
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0)
    report(`${name}: ${EXAMPLES.join(', ')}, ${passed} tests`, ok && passed === TESTS, output)
  }
}
