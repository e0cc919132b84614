// Programs of others, run to their end. Entered by all steps.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { report } from './report.mjs'

const LIMIT_MS = 180_000
const MAX_BYTES = 64 * 2 ** 20

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What it printed, and whether it ended well. */
export function run(command, args, cwd) {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: LIMIT_MS, maxBuffer: MAX_BYTES }, (error, stdout, stderr) => {
      const ok = error === null
      resolve({ ok, stdout, output: stdout + stderr || (ok ? '' : error.message) })
    })
  })
}

/** A step without which nothing else can be checked. */
export async function need(what, command, args, cwd) {
  const { ok, stdout, output } = await run(command, args, cwd)
  if (ok) return stdout
  throw new Error(`${what}\n${output}`)
}

/** Reports whether a program prints these lines, and nothing else on stdout. */
export async function expectOutput(what, node, args, cwd, lines) {
  const { ok, stdout, output } = await run(node, args, cwd)
  report(what, ok && stdout === `${lines.join('\n')}\n`, `expected:\n${lines.join('\n')}\nseen:\n${output}`)
}
