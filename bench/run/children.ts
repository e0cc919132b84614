// Programs that the harness starts: pinned to a core where there is `taskset`, ended by their own pid whatever happens.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Listening, listening } from './lines.js'
import { has } from './machine.js'

export interface Where {
  readonly core: number
  /** Gives way to whatever else runs on that core. */
  readonly givesWay?: boolean
}
/** A server that listens. */
export interface Server extends Listening {
  stop(): Promise<void>
}
export type Command = readonly [program: string, ...args: string[]]

/** For a program that hangs; the longest one takes a minute or two. */
const LIMIT_MS = 600_000
const START_LIMIT_MS = 30_000
const live = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of live) child.kill('SIGKILL')
})

/** A program of bench/, as scripts/bench.mjs has compiled it; in tests, which name a tsconfig, as it is written. */
export function compiled(file: string, ...args: string[]): Command {
  if (process.env['TSX_TSCONFIG_PATH'] !== undefined) return [process.execPath, '--expose-gc', '--import', 'tsx', file, ...args]
  const made = file.replace('bench/', 'bench/.build/').replace(/\.ts$/, '.mjs')
  return [process.execPath, '--expose-gc', made, ...args]
}

/** With what pins it and makes it give way in front. */
function placed(command: Command, { core, givesWay = false }: Where): Command {
  const pinned: Command = has('taskset') ? ['taskset', '-c', String(core), ...command] : command
  return givesWay && has('nice') ? ['nice', '-n', '19', ...pinned] : pinned
}

interface Started {
  readonly child: ChildProcess
  readonly out: () => string
  readonly errors: () => string
  readonly ended: Promise<number | null>
}
function start(command: Command, where: Where, limitMs: number): Started {
  const [program, ...args] = placed(command, where)
  const env = { ...process.env, ERL_CRASH_DUMP_SECONDS: '0' }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: limitMs, killSignal: 'SIGKILL' })
  live.add(child)
  let [out, errors] = ['', '']
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const ended = once(child, 'close')
    .then(([code]) => code as number | null)
    .finally(() => live.delete(child))
  ended.catch(() => undefined) // whoever waits for it hears of it
  return { child, out: () => out, errors: () => errors, ended }
}

function failure([program, ...args]: Command, code: number | null, errors: string): Error {
  return new Error(`${[program, ...args].join(' ')} ended with ${code ?? 'a signal'}: ${errors.trim().slice(-1000)}`)
}

/** Runs it to its end and answers what it printed; throws with its errors if it fails. */
export async function run(command: Command, where: Where): Promise<string> {
  const { out, errors, ended } = start(command, where, LIMIT_MS)
  const code = await ended
  if (code !== 0) throw failure(command, code, errors())
  return out()
}

/** Starts a server and waits for its line. It has no time limit: `stop`, or the end of the harness, ends it. */
export async function serve(command: Command, where: Where): Promise<Server> {
  const { child, out, errors, ended } = start(command, where, 0)
  const late = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS)
  try {
    for (;;) {
      const found = listening(out())
      if (found !== undefined) return { ...found, stop: () => stopped(child, ended) }
      const more = await Promise.race([
        once(child.stdout as NonNullable<typeof child.stdout>, 'data'),
        ended.then(() => undefined),
      ])
      if (more === undefined) throw failure(command, child.exitCode, errors())
    }
  } finally {
    clearTimeout(late)
  }
}

async function stopped(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await ended
}
