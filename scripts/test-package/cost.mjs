// What it costs to import the library: CPU time of the first line of a program, in programs of their own, the best of several. An
// empty file beside it, loaded just before, says how much of it is Node's own. Entered by test-package.mjs.
import { report } from './report.mjs'
import { need } from './run.mjs'

const MAX_MS = 40
const RUNS = 7
/** Whoever shares the machine only adds to what is seen: where the best is above the limit it is looked for a little longer. */
const MAX_RUNS = 35

export async function checkCost(nodes, { esm, commonjs }) {
  for (const { name, binary } of nodes) {
    await check(`${name}: import 'gensock'`, binary, 'cost.mjs', esm)
    await check(`${name}: require('gensock')`, binary, 'cost.cjs', commonjs)
  }
}

async function check(what, binary, program, project) {
  const runs = []
  const best = (kind) => Math.min(...runs.map((run) => run[kind]))
  while (runs.length < RUNS || (best('library') >= MAX_MS && runs.length < MAX_RUNS))
    runs.push(JSON.parse(await need(program, binary, [program], project)))
  const costs = `${best('library').toFixed(1)} ms CPU, an empty file ${best('empty').toFixed(1)} ms; best of ${runs.length}`
  const isLoaded = runs.every(({ loaded }) => loaded)
  report(`${what}: ${costs}`, isLoaded && best('library') < MAX_MS, `the limit is ${MAX_MS} ms; seen: ${JSON.stringify(runs)}`)
}
