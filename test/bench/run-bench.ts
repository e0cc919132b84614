// Runs a program of bench/ as its own process, on the sources (no build needed) or as one file, and reads what it prints.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const LIMIT_MS = 30_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}
export interface Program {
  readonly child: ChildProcess
  /** What it has printed so far, once that has a whole line; rejects when the program ends without one. */
  firstLine(): Promise<string>
  readonly ended: Promise<Ended>
}

/** Starts `bench/{file}`, or what was made of it, with more in its environment; it is killed after 30 s. */
export function runBench(file: string, args: readonly string[], made?: string, env: NodeJS.ProcessEnv = {}): Program {
  const program = made === undefined ? ['--import', 'tsx', `bench/${file}`] : [made]
  const child = spawn(process.execPath, [...program, ...args], {
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }) as Ended)
  return {
    child,
    async firstLine() {
      while (!stdout.includes('\n')) {
        const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)])
        if (!more && !stdout.includes('\n')) throw new Error(`${file} ended without a line: ${stderr}`)
      }
      return stdout
    },
    ended,
  }
}
