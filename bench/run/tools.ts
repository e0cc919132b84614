// The load generator and the BEAM programs, compiled into the cache when their sources are newer than what is there.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from './children.js'
import { has } from './machine.js'

const CACHE = process.env['GENSOCK_BENCH_CACHE'] ?? join('node_modules', '.cache', 'gensock-bench')
const LIMIT_MS = 120_000

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
function sources(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name))
}

/** Is any of what was made missing, or older than the newest source? */
function isOlder(made: readonly string[], from: readonly string[]): boolean {
  return Math.min(...made.map(timeOf)) < Math.max(...from.map(timeOf))
}

/** The path of the load generator, or what to do about it. */
export function wsload(): { readonly path: string } | { readonly missing: string } {
  const path = join(CACHE, 'wsload')
  const folder = join('bench', 'load')
  if (!isOlder([path], sources(folder))) return { path }
  if (!has('cc')) return { missing: 'no C compiler (cc): install one, for instance with `apt-get install gcc libc6-dev`' }
  mkdirSync(CACHE, { recursive: true })
  try {
    execFileSync('cc', ['-O2', '-o', path, join(folder, 'wsload.c')], { stdio: 'pipe', timeout: LIMIT_MS })
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error)
    return { missing: `cc could not compile bench/load/wsload.c (it needs Linux and libc6-dev): ${said.split('\n')[0]}` }
  }
  return { path }
}

/** Compiles the BEAM programs; answers the command that runs one of them, or undefined without Erlang. */
export function beam(): ((module: string, quick: boolean, only?: string) => Command) | undefined {
  if (!has('erl') || !has('erlc')) return undefined
  const from = sources(join('bench', 'beam'))
  const made = from.map((path) => join(CACHE, basename(path).replace(/\.erl$/, '.beam')))
  if (isOlder(made, from)) {
    mkdirSync(CACHE, { recursive: true })
    execFileSync('erlc', ['-o', CACHE, ...from], { stdio: 'pipe', timeout: LIMIT_MS })
  }
  const one = '+S 1 +P 4000000 -noshell -pa'.split(' ')
  return (module, quick, only) => {
    const command: Command = ['erl', ...one, CACHE, '-s', module, 'main', ...(quick ? ['100'] : []), '-s', 'init', 'stop']
    return only === undefined ? command : ['env', `BENCH_ONLY=${only}`, ...command]
  }
}
