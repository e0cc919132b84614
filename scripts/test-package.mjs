// `npm run test:pkg`: packs the library, installs the tarball into empty projects as users would, and lets them use it: an ESM project, a
// CommonJS project, one with Jest in CommonJS mode, one with web frameworks, and one that the starter makes; under Node 20, 22 and 24.
// Prints one line per check; exits 1 if one fails.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkBundle } from './test-package/bundle.mjs'
import { checkCost } from './test-package/cost.mjs'
import { checkDoors } from './test-package/doors.mjs'
import { checkFrameworks, frameworksProject } from './test-package/frameworks.mjs'
import { checkJest, jestProject } from './test-package/jest.mjs'
import { nodes } from './test-package/nodes.mjs'
import { checkPrograms, checkWithLoader } from './test-package/programs.mjs'
import { commonjsProject, esmProject, pack } from './test-package/projects.mjs'
import { checkProtocol, protocolProject } from './test-package/protocol.mjs'
import { failures, report } from './test-package/report.mjs'
import { checkStarter } from './test-package/starter.mjs'
import { checkTraces } from './test-package/traces.mjs'
import { checkTypes, compilers } from './test-package/types.mjs'

const folder = realpathSync(mkdtempSync(`${tmpdir()}/gensock-package-`))
try {
  const tarball = await pack(folder)
  const [binaries, tsc, esm, commonjs, jest, frameworks, protocol] = await Promise.all([
    nodes(),
    compilers(folder),
    esmProject(folder, tarball),
    commonjsProject(folder, tarball),
    jestProject(folder, tarball),
    frameworksProject(folder, tarball),
    protocolProject(folder, tarball),
  ])
  await checkCost(binaries, { esm, commonjs }) // alone: it is measured
  await Promise.all([
    checkDoors(binaries, { esm, commonjs })
      .then(() => checkPrograms(binaries, { esm, commonjs }))
      .then(() => checkTraces(binaries, { esm, commonjs }))
      .then(() => checkFrameworks(binaries, tsc, frameworks)),
    checkWithLoader({ esm, commonjs })
      .then(() => checkBundle(esm))
      .then(() => checkProtocol(binaries, protocol, { esm, commonjs }))
      .then(() => checkTypes(tsc, { esm, commonjs, jest }))
      .then(() => checkJest(binaries, jest)),
  ])
  const starter = join(folder, 'starter')
  mkdirSync(starter)
  await checkStarter({ tarball, report, folder: starter })
} catch (error) {
  report(error.message, false, error.stack)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`test:pkg: ${failures() === 0 ? 'all is well' : `${failures()} failed`}\n`)
process.exitCode = failures() === 0 ? 0 : 1
