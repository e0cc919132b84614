// `node actors.mjs`: runs the actor programs on the peers and prints each result as it comes: a table, or one JSON line each
// with --json. `--only name[,name]` picks programs, `--peer name[,name]` peers, --quick takes a hundredth of each size, once.
// Entered by a person or by `npm run bench`; calls xstate.mjs, nact.mjs, comedy.mjs and harness.mjs.
import { parseArgs } from 'node:util'
import { rows } from './harness.mjs'

const PEERS = ['xstate', 'nact', 'comedy']
/** All of the Erlang programs: a peer that cannot express one leaves it out (README.md says why). */
const PROGRAMS = [
  'spawn_exit',
  'spawn_idle',
  'bytes_per_idle_process',
  'ping_pong',
  'counting',
  'ring_503',
  'fjthrput_60x10000',
  'big_120x1000',
  'gen_server_call',
  'timer_set_cancel',
  'timer_fire',
  'selective_backlog_5000',
  'link_exit',
  'monitor_down',
  'supervisor_restart',
]
const USAGE = 'usage: node actors.mjs [--json] [--quick] [--only name[,name...]] [--peer name[,name...]]'

function options(args) {
  const { values } = parseArgs({
    args,
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, only: { type: 'string' }, peer: { type: 'string' } },
    allowPositionals: false,
  })
  const only = values.only?.split(',') ?? PROGRAMS
  const peers = values.peer?.split(',') ?? PEERS
  known('program', only, PROGRAMS)
  known('peer', peers, PEERS)
  return { json: values.json === true, quick: values.quick === true, only, peers }
}

function known(what, names, all) {
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`no ${what} ${unknown.join(', ')}; there are ${all.join(', ')}`)
}

function line({ peer, bench, n, bytes, ns_per_op: perOp, op_per_s: perSecond }) {
  const head = peer.padEnd(8) + bench.padEnd(26)
  if (bytes !== undefined) return `${head}${' '.repeat(10)}${bytes.toLocaleString('en').padStart(14)} bytes`
  const columns = [
    n.toLocaleString('en').padStart(10),
    perOp.toFixed(1).padStart(14),
    perSecond.toLocaleString('en').padStart(14),
  ]
  return head + columns.join('')
}

async function main({ json, quick, only, peers }) {
  let running = ''
  // A message that got lost leaves node with nothing to do: it ends by itself, with code 13.
  const lost = () => console.error(`peers: ${running} never ended`)
  process.on('exit', lost)
  try {
    for (const name of peers) {
      running = name
      const { peer } = await import(`./${name}.mjs`)
      for (const program of peer.programs.filter(({ bench, also }) => only.includes(bench) || only.includes(also))) {
        running = `${program.bench} of ${name}`
        for (const row of await rows(peer, program, quick)) console.log(json ? JSON.stringify(row) : line(row))
      }
    }
  } catch (error) {
    process.exitCode = 1
    console.error(`peers: ${running}: ${error.message}`)
  } finally {
    process.off('exit', lost)
  }
}

try {
  await main(options(process.argv.slice(2)))
} catch (error) {
  console.error(`peers: ${error.message}\n${USAGE}`)
  process.exitCode = 2
}
