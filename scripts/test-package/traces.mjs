// Stack traces: with `--enable-source-maps` they lead to the line of src that threw, and src is in the package. Entered by
// test-package.mjs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './report.mjs'
import { run } from './run.mjs'

const PLACE = /^at (\w+) \((?:file:\/\/)?(.*[\\/]gensock[\\/]src[\\/].*\.ts):(\d+):\d+\)$/

export async function checkTraces(nodes, { esm, commonjs }) {
  for (const { name, binary } of nodes) {
    await check(`${name}: a stack trace leads to src, as ESM`, binary, join(esm, 'trace.mjs'), esm)
    await check(`${name}: a stack trace leads to src, as CommonJS`, binary, join(commonjs, 'trace.cjs'), commonjs)
  }
}

async function check(what, binary, program, project) {
  const { output } = await run(binary, ['--enable-source-maps', program], project)
  const [, , file, line] = PLACE.exec(output.trim()) ?? []
  const source = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').split('\n')[Number(line) - 1] : ''
  report(what, source.includes('throw new '), `${output}${source}`)
}
