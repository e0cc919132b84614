// Runs a Python client and reads its facts, one JSON line each. Entered by tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pythonProgram } from '../programs.js'

export const PYTHON = pythonProgram()
const LIMIT_MS = 30_000

/** What one fact gave: a value, or the traceback of its failure. */
export type Reported = { readonly got: unknown } | { readonly failed: string }

/** Runs `test/foreign/{file}` to its end; it is killed after 30 s. */
export async function runPython(file: string, urls: readonly string[]): Promise<ReadonlyMap<string, Reported>> {
  const child = spawn(PYTHON.path, ['-B', join('test', 'foreign', file), ...urls], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${stdout}${stderr}`)
  const lines = stdout.trimEnd().split('\n')
  return new Map(
    lines.map((line) => {
      const { fact, ...reported } = JSON.parse(line) as { fact: string } & Reported
      return [fact, reported]
    }),
  )
}
