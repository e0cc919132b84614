// What this machine is and has: programs on its path, cores, versions, file descriptors.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Machine } from '../report/results.js'

const known = new Map<string, boolean>()

/** Is there such a program on the path? */
export function has(program: string): boolean {
  let found = known.get(program)
  if (found === undefined) {
    found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => isProgram(join(folder, program)))
    known.set(program, found)
  }
  return found
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const CORES = cpus().length
/** Where servers and programs run. */
export const SERVER_CORE = 0
/** Where their clients run: with one core only there is no other place. */
export const CLIENT_CORE = CORES > 1 ? 1 : 0

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: CORES,
    node: process.versions.node,
    os: `${type()} ${release()}`,
    ws: (JSON.parse(readFileSync('node_modules/ws/package.json', 'utf8')) as { version: string }).version,
    otp: otp(),
  }
}

function otp(): string | null {
  if (!has('erl') || !has('erlc')) return null
  const print = 'io:format("~s", [erlang:system_info(otp_release)]), halt().'
  return execFileSync('erl', ['-noshell', '-eval', print], { encoding: 'utf8', timeout: 30_000 }).trim()
}

/** How many connections a server may have: node raises its own limit to the hard one, and needs some for itself. */
export function connections(wanted: number): number {
  const text = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  return text === 'unlimited' ? wanted : Math.min(wanted, Number(text) - 200)
}
