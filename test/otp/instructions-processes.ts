// Processes: spawn, is_process_alive, process_info, trap_exit and the process dictionary.
import { type InfoItem, isPid, type MonitoredName, type Pid, type ProcessInfo, type SpawnOptions } from '../../src/index.js'
import { type Frame, type Handler, type InstructionTable, scriptBody } from './interpreter.js'
import { monitorOptions } from './instructions-links.js'
import { badarg } from './raised.js'
import type { Json } from './scenario.js'
import { atomOf, NODE, type Term } from './terms.js'
import { nameOf, pidOf } from './wrong-types.js'

const spawn: Handler = (frame, { script, proc, args, link, monitor, ref, global }) => {
  const { run, self } = frame
  const name = proc as string
  const full = global === true ? run.names.allocateGlobal(name) : run.names.allocate(self.pid, name)
  const given = Object.entries((args ?? {}) as { readonly [name: string]: Json })
  const variables = new Map<string, Term>([
    ['parent', self.pid],
    ['main', run.main],
    ...given.map(([variable, value]) => [variable, frame.evaluate(value)] as const),
  ])
  const body = scriptBody(run, full, run.script(script as string), variables)
  const options: SpawnOptions = { link: frame.evaluate(link, false) === true }
  if (monitor === undefined || monitor === false) {
    const pid = self.spawn(body, options)
    started(frame, name, full, pid)
    return pid
  }
  const monitored = monitor === true ? true : monitorOptions(frame, monitor)
  const [pid, reference] = self.spawnMonitor(body, { ...options, monitor: monitored })
  started(frame, name, full, pid)
  if (typeof ref === 'string') frame.bind(ref, reference)
  return frame.terms.tuple(pid, reference)
}

function started(frame: Frame, variable: string, full: string, pid: Pid): void {
  frame.run.names.nameProcess(pid, full)
  frame.bind(variable, pid)
}

const pids = (frame: Frame, list: unknown): Term => frame.terms.bag(list as Pid[])

/** How each item of process_info is written. */
const ITEMS: { readonly [I in InfoItem]?: (frame: Frame, value: ProcessInfo[I]) => Term } = {
  links: pids,
  monitored_by: pids,
  monitors: (frame, list) =>
    frame.terms.bag(list.map((item) => (isPid(item) ? item : frame.terms.tuple(atomOf((item as MonitoredName).name), NODE)))),
  message_queue_len: (_frame, length) => length,
  messages: (frame, messages) => frame.terms.list(messages.map((message) => frame.library.toTerm(message))),
  registered_name: (frame, name) => (name === undefined ? frame.terms.list([]) : atomOf(name)),
  trap_exit: (_frame, on) => on,
  // The main process was started by the runner, which has no name.
  parent: (frame, pid) => pid ?? frame.run.outside,
}

const processInfo: Handler = (frame, { pid, item }) => {
  const target = pidOf(frame.evaluate(pid))
  const name = frame.evaluate(item)
  if (typeof name !== 'string' || !Object.hasOwn(ITEMS, name)) return badarg()
  // The table holds for each item the function that takes this item's value.
  const write = ITEMS[name as InfoItem] as (frame: Frame, value: unknown) => Term
  if (!frame.self.isAlive(target)) return 'undefined'
  return write(frame, frame.self.processInfo(target, name as InfoItem))
}

export const processInstructions: InstructionTable = {
  spawn,
  is_process_alive: (frame, { pid }) => frame.self.isAlive(pidOf(frame.evaluate(pid))),
  process_info: processInfo,
  trap_exit: (frame, { value }) => {
    const on = frame.evaluate(value)
    return typeof on === 'boolean' ? frame.self.trapExit(on) : badarg()
  },
  put: (frame, { key, value }) => frame.library.toTerm(frame.self.put(frame.evaluate(key), frame.evaluate(value))),
  get: (frame, { key }) => frame.library.toTerm(frame.self.get(frame.evaluate(key))),
  erase: (frame, { key }) => frame.library.toTerm(frame.self.erase(frame.evaluate(key))),
}

export const nameInstructions: InstructionTable = {
  register: (frame, { name, pid }) => {
    frame.self.register(nameOf(frame.evaluate(name)), pidOf(frame.evaluate(pid)))
    return true
  },
  unregister: (frame, { name }) => {
    frame.self.unregister(nameOf(frame.evaluate(name)))
    return true
  },
  whereis: (frame, { name }) => {
    const wanted = nameOf(frame.evaluate(name))
    return (wanted === 'undefined' ? undefined : frame.self.whereis(wanted)) ?? 'undefined'
  },
}
