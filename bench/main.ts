// `npm run bench`: runs the parts that are asked for, prints their tables, and writes results.json, the plot and the marked
// part of README.md; with --out FILE that file only, with --quick nothing else. Calls run/ to measure and report/ to show.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { costBySize } from './report/plot.js'
import { withResults } from './report/readme.js'
import { type Parts, type Results, toJson, withEarlier } from './report/results.js'
import { terminalText } from './report/terminal.js'
import { actors } from './run/actors.js'
import { flood } from './run/flood.js'
import { growth } from './run/growth.js'
import { machine } from './run/machine.js'
import { type Options, options, USAGE } from './run/options.js'
import { peersInstalled } from './run/peers.js'
import { sockets } from './run/sockets.js'
import { beam, wsload } from './run/tools.js'

const RESULTS = join('bench', 'results.json')
const PLOT = join('bench', 'cost-by-size.svg')
const README = join('bench', 'README.md')

/** What happens meanwhile; the results alone go to stdout. */
function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`)
}

/** The rest still counts, but the program ends with 1. */
function failed(line: string): void {
  say(line)
  process.exitCode = 1
}

/** One part of the run: if it fails, the others go on. */
async function part<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    failed((error as Error).message)
    return undefined
  }
}

async function measure({ parts, rounds, quick }: Options): Promise<Parts> {
  const peers = parts.has('peers') && peersInstalled(say)
  const programs = { rounds, quick, peers, beam: beam(), say }
  if (programs.beam === undefined && (parts.has('actors') || parts.has('growth')))
    say('no erl and erlc (for instance `apt-get install erlang-base`): the columns of the BEAM stay empty')
  const needsLoad = parts.has('sockets') || parts.has('growth')
  const load = needsLoad ? wsload() : { missing: undefined }
  const found: Parts = {}
  if ('path' in load) {
    const options = { wsload: load.path, rounds, quick, peers, say }
    if (parts.has('sockets')) found.sockets = await part(() => sockets(options))
    if (parts.has('growth')) found.flood = await part(() => flood(options))
  }
  if (parts.has('actors')) found.actors = await part(() => actors(programs))
  if (parts.has('growth')) found.growth = await part(() => growth(programs))
  if ('missing' in load && load.missing !== undefined) failed(`the sockets and the flood did not run: ${load.missing}`)
  return found
}

function earlier(): Results | undefined {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results) : undefined
}

function write(results: Results, { quick, out }: Options): void {
  if (out !== undefined) writeFileSync(out, toJson(results))
  if (out !== undefined || quick) return
  writeFileSync(RESULTS, toJson(results))
  writeFileSync(PLOT, costBySize(results.growth))
  writeFileSync(README, withResults(readFileSync(README, 'utf8'), results))
}

async function main(given: Options): Promise<void> {
  const found = await measure(given)
  const today = new Date().toISOString().slice(0, 10)
  const results = (before?: Results): Results => withEarlier(today, given.rounds, machine(), found, before)
  process.stdout.write(`${terminalText(results())}\n`)
  if (given.quick) say('--quick shows that it works; its figures mean nothing')
  write(results(given.out === undefined ? earlier() : undefined), given)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1)) // ends the children too
let given: Options | undefined
try {
  given = options(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n${USAGE}\n`)
  process.exitCode = 2
}
if (given !== undefined) await main(given)
