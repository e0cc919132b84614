// Runs an example's main.ts as its own program, on the sources (no build needed), and reads what it prints.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { bundled } from '../bundle.js'

const LIMIT_MS = 20_000

export interface Example {
  /** The next line of stdout that matches; rejects when the program ends without it. */
  line(pattern: RegExp): Promise<string>
  /** Types a line in its terminal. */
  say(line: string): void
  kill(signal: NodeJS.Signals): void
  /** Waits for the end. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>
}

/** Answers what starts `examples/{name}/main.ts`, compiled before the tests of the file: as often as wanted, in no time. */
export function compiled(name: string): (env?: Record<string, string>) => Example {
  const path = bundled(`examples/${name}/main.ts`)
  return (env) => runProgram(name, [path()], env)
}

/** Starts `examples/{name}/main.ts` through tsx, as a reader does. */
export function runExample(name: string, env?: Record<string, string>): Example {
  return runProgram(name, ['--import', 'tsx', `examples/${name}/main.ts`], env)
}

/** It is killed after 20 s. */
function runProgram(name: string, program: readonly string[], env: Record<string, string> = {}): Example {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(process.execPath, program, {
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const lines: string[] = []
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout: lines.join('\n'), stderr }))
  return {
    async line(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line))
        if (found !== undefined) return found
        const more = await Promise.race([once(reader, 'line').then(() => true), ended.then(() => false)])
        if (!more && !lines.some((line) => pattern.test(line))) throw new Error(`${name} never printed ${pattern}: ${stderr}`)
      }
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}
