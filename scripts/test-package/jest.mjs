// A project with Jest in CommonJS mode, as Jest is by itself: tests in JavaScript that nothing transforms, and in TypeScript by
// @swc/jest. Entered by test-package.mjs.
import { join } from 'node:path'
import { NODE_TYPES, project } from './projects.mjs'
import { report } from './report.mjs'
import { run } from './run.mjs'

const TESTS = 7

export function jestProject(folder, tarball) {
  const packages = [tarball, NODE_TYPES, 'jest@30', '@types/jest@30', '@swc/core@1', '@swc/jest']
  return project(join(folder, 'jest'), { type: 'commonjs' }, packages, ['jest'])
}

export async function checkJest(nodes, folder) {
  for (const { name, binary } of nodes) {
    const { ok, stdout, output } = await run(binary, ['node_modules/jest/bin/jest.js', '--json'], folder)
    const passed = ok ? JSON.parse(stdout).numPassedTests : 0
    const isQuiet = !output.includes('did not exit') && !output.includes('A worker process has failed')
    report(`${name}: Jest in CommonJS mode, ${passed} tests`, passed === TESTS && isQuiet, output)
  }
}
