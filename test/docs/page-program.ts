// A program that stands on a page of documentation as a block `ts program`: compiled as it stands but for its port, and run as
// a process of its own. Entered by test files when they load.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, afterEach } from '@jest/globals'
import { bundled } from '../bundle.js'
import { freePort } from '../free-port.js'
import { blocksOf } from './blocks.js'

const LIMIT_MS = 60_000

export interface Running {
  readonly port: number
  /** As soon as so many lines that match have been printed: all of them. */
  lines(pattern: RegExp, count: number): Promise<readonly string[]>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>
}

/** The code of a block that is a file, with the port that it names in the environment instead, on this machine alone. */
function sourceOf(page: string, file: string): string {
  const block = blocksOf(page).find((one) => one.file === file && one.flags.includes('program'))
  if (block === undefined) throw new Error(`${page} has no program ${file}`)
  const port = "Number(process.env['PORT'])"
  const source = block.code
    .replace('port: 8080', `host: '127.0.0.1', port: ${port}`)
    .replace('listen(8080', `listen(${port}, '127.0.0.1'`)
  if (source === block.code) throw new Error(`${page}: ${file} listens on no port 8080`)
  return source
}

/** Starts it; `within`: a command of the shell before that, such as a limit. */
type Start = (within?: string) => Promise<Running>

/** Answers what starts a program that stands on a page. */
export function pageProgram(page: string, file: string): Start {
  const folder = mkdtempSync(join(tmpdir(), 'gensock-page-'))
  writeFileSync(join(folder, file), sourceOf(page, file))
  afterAll(() => rmSync(folder, { recursive: true }))
  return program(join(folder, file))
}

/** Answers what starts a program of these sources, which listens on the PORT of its environment. */
export function program(path: string): Start {
  const compiled = bundled(path)
  const started: ChildProcessByStdio<null, Readable, Readable>[] = []
  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  return async (within = ':') => {
    const port = await freePort()
    const child = spawn('sh', ['-c', `${within}; exec "$0" "$1"`, process.execPath, compiled()], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    started.push(child)
    return watched(child, port)
  }
}

function watched(child: ChildProcessByStdio<null, Readable, Readable>, port: number): Running {
  const printed: string[] = []
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk))
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => printed.push(line))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }))
  return {
    port,
    async lines(pattern, count) {
      for (;;) {
        const found = printed.filter((line) => pattern.test(line))
        if (found.length >= count) return found
        const more = await Promise.race([once(reader, 'line').then(() => true), ended.then(() => false)])
        if (!more) throw new Error(`it ended before ${count} lines of ${pattern}:\n${stderr}`)
      }
    },
    kill: (signal) => void child.kill(signal),
    ended,
  }
}
