// What it costs to import the library: CPU time of the first line of a program, in programs of their own, the best of several. An
// empty file beside it, loaded just before, says how much of it is Node's own. Entered by test-package.mjs.
import { report } from './report.mjs'
import { need } from './run.mjs'

const MAX_MS = 40
const RUNS = 7

export async function checkCost(nodes, { esm, commonjs }) {
  for (const { name, binary } of nodes) {
    await check(`${name}: import 'gensock'`, binary, 'cost.mjs', esm)
    await check(`${name}: require('gensock')`, binary, 'cost.cjs', commonjs)
  }
}

async function check(what, binary, program, project) {
  const runs = []
  for (let i = 0; i < RUNS; i++) runs.push(JSON.parse(await need(program, binary, [program], project)))
  const best = (kind) => Math.min(...runs.map((run) => run[kind]))
  const costs = `${best('library').toFixed(1)} ms CPU, an empty file ${best('empty').toFixed(1)} ms; best of ${RUNS}`
  const isLoaded = runs.every(({ loaded }) => loaded)
  report(`${what}: ${costs}`, isLoaded && best('library') < MAX_MS, `the limit is ${MAX_MS} ms; seen: ${JSON.stringify(runs)}`)
}
