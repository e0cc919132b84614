// The flags of the two load servers, checked: a bad one ends the program with one clear line and exit code 2.
import { parseArgs } from 'node:util'

export interface LoadFlags {
  readonly port: number
  readonly deflate: boolean
  readonly conformance: boolean
  readonly maxFrameBytes: number | undefined
}
const USAGE = '--port N [--deflate] [--max-frame-bytes N] [--conformance]'

function wholeNumber(flag: string, given: string | undefined, min: number, max: number): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= min && value <= max) return value
  throw new Error(`${flag} must be a whole number from ${min} to ${max}, got ${given || 'nothing'}`)
}

function parse(args: string[]): LoadFlags {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ args, options: { port: text, 'max-frame-bytes': text, deflate: flag, conformance: flag } })
  const port = wholeNumber('--port', values.port, 0, 65_535)
  if (port === undefined) throw new Error('--port is required (0 takes a free one)')
  const maxFrameBytes = wholeNumber('--max-frame-bytes', values['max-frame-bytes'], 1, 2 ** 31 - 1)
  return { port, deflate: values.deflate, conformance: values.conformance, maxFrameBytes }
}

/** Prints one line to stderr and ends the program. */
export function fail(program: string, error: unknown, code: number): never {
  process.stderr.write(`${program}: ${(error as Error).message.split('\n', 1)[0]}\n`)
  process.exit(code)
}

/** The flags of this program's command line. */
export function loadFlags(program: string): LoadFlags {
  try {
    return parse(process.argv.slice(2))
  } catch (error) {
    return fail(program, new Error(`${(error as Error).message.split('\n', 1)[0]}; usage: ${USAGE}`), 2)
  }
}

/** The one line that load tools wait for. */
export function announce(program: string, port: number): void {
  console.log(`${program} listening on port ${port} pid ${process.pid}`)
}
