// Links, monitors, exit signals, aliases.
import { isPid, type MonitorOptions } from '../../src/index.js'
import type { Frame, InstructionTable } from './interpreter.js'
import { toReason } from './library.js'
import { badarg } from './raised.js'
import type { Json } from './scenario.js'
import type { Term } from './terms.js'
import { isRemoteName, localNameOf, nameOf, optionsOf, pidOf, refOf } from './wrong-types.js'

const ALIAS_KINDS = ['explicit_unalias', 'demonitor', 'reply_demonitor'] as const

/** The options of `monitor` and of `spawn` with `monitor`. */
export function monitorOptions(frame: Frame, options: Json): MonitorOptions {
  const { alias, tag, ...unknown } = options as { readonly [option: string]: Json }
  if (Object.keys(unknown).length > 0) badarg()
  const wanted = alias === undefined ? undefined : frame.evaluate(alias)
  const kind = ALIAS_KINDS.find((name) => name === wanted)
  if (wanted !== undefined && kind === undefined) badarg()
  return { ...(kind === undefined ? {} : { alias: kind }), ...(tag === undefined ? {} : { tag: frame.evaluate(tag) }) }
}

function monitor(frame: Frame, target: Term, options: MonitorOptions): Term {
  if (isPid(target)) return frame.self.monitor(target, options)
  return frame.self.monitor(isRemoteName(target) ? (localNameOf(target) ?? badarg()) : nameOf(target), options)
}

export const linkInstructions: InstructionTable = {
  link: (frame, { pid }) => {
    frame.self.link(pidOf(frame.evaluate(pid)))
    return true
  },
  unlink: (frame, { pid }) => {
    frame.self.unlink(pidOf(frame.evaluate(pid)))
    return true
  },
  monitor: (frame, { target, opts }) => {
    const wanted = frame.evaluate(target)
    return monitor(frame, wanted, opts === undefined ? {} : monitorOptions(frame, opts))
  },
  demonitor: (frame, { ref, opts }) => {
    const reference = refOf(frame.evaluate(ref))
    const options = opts === undefined ? [] : optionsOf(frame.evaluate(opts), ['flush', 'info'])
    return frame.self.demonitor(reference, { flush: options.includes('flush'), info: options.includes('info') })
  },
  exit_signal: (frame, { pid, reason }) => {
    const target = pidOf(frame.evaluate(pid))
    frame.self.exit(target, toReason(frame.evaluate(reason)))
    return true
  },
  alias: (frame, { opts }) => {
    const options = opts === undefined ? [] : optionsOf(frame.evaluate(opts), ['reply', 'explicit_unalias'])
    return frame.self.alias({ reply: options.at(-1) === 'reply' })
  },
  unalias: (frame, { ref }) => frame.self.unalias(refOf(frame.evaluate(ref))),
}
