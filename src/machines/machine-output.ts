// The output of a machine that has come to its end: asked for while it runs, or found on its pid afterwards. Entered by
// machine-rules (keeps it) and machine-server (asks).
import type { AnyPid } from '../base/pid.js'

// Registered, so that both copies of the library know them.
const kRequest = Symbol.for('gensock.outputRequest')
const kOutput = Symbol.for('gensock.machineOutput')

/** Asks a machine for its output: answered at its end. Branded: a user's request is never taken for one. */
export class OutputRequest {
  get [kRequest](): true {
    return true
  }
}
/** Is this the request for the output? */
export function isOutputRequest(request: unknown): request is OutputRequest {
  return typeof request === 'object' && request !== null && (request as { [kRequest]?: true })[kRequest] === true
}

/** An output, in a box: it may be undefined. */
export interface Output {
  readonly value: unknown
}

/** Keeps the output of a machine that ends: on its pid, as long as somebody holds that. */
export function keepOutput(pid: AnyPid, value: unknown): void {
  Object.defineProperty(pid, kOutput, { value: { value } satisfies Output, configurable: true })
}

/** The output of a machine that has ended in a final state; undefined for every other pid. */
export function outputOf(pid: AnyPid): Output | undefined {
  return (pid as { readonly [kOutput]?: Output })[kOutput]
}
