// Programs of the machine that some tests need: Chromium, nginx, Python's packages. Where one is missing, CI=true fails the
// tests and other places print what is missing and that they skip. Entered by test files when they load.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { beforeAll, test } from '@jest/globals'

const isCi = process.env['CI'] === 'true'

/** A program, where it is, and what to say if it is not there. */
export interface Program {
  readonly path: string
  readonly missing: string | undefined
}

function program(name: string, variable: string, usual: string, debian: string, isThere: (path: string) => boolean): Program {
  const path = process.env[variable] ?? usual
  const missing = isThere(path) ? undefined : `no ${name} at ${path}: install Debian's ${debian}, or set ${variable} to its path`
  return { path, missing }
}

export function chromiumProgram(): Program {
  return program('Chromium', 'CHROMIUM', '/usr/bin/chromium', 'chromium', existsSync)
}
export function nginxProgram(): Program {
  return program('nginx', 'NGINX', '/usr/sbin/nginx', 'nginx-light', existsSync)
}
/** A Python that has the packages of the two clients. */
export function pythonProgram(): Program {
  const hasBoth = (path: string): boolean => spawnSync(path, ['-c', 'import websockets, wsproto']).status === 0
  const packages = 'python3-websockets and python3-wsproto'
  return program('Python with websockets and wsproto', 'PYTHON', '/usr/bin/python3', packages, hasBoth)
}

/** `test` for tests that need these programs; without one of them it skips, or fails where CI=true. Once for each file. */
export function testWith(what: string, ...programs: readonly Program[]): typeof test {
  const missing = programs.flatMap((program) => program.missing ?? [])
  if (missing.length === 0) return test
  if (isCi) {
    beforeAll(() => {
      throw new Error(`${what}: ${missing.join('; ')}`)
    })
    return test
  }
  console.warn(`${what}: skipped, ${missing.join('; ')}`)
  return test.skip as typeof test
}
