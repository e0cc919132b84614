// The socket of the workbench: takes a page's orders, runs programs for it, holds a socket's process still, and is told by the inspector.
import { type AnyPid, type Down, exit, genServer, type Pid, processes, type Ref, sys } from 'gensock'
import { json, type SocketHandler, type SocketSelf } from 'gensock/socket'
import { inShort } from '../supervision/story.js'
import { INSPECTOR } from './inspector.js'
import { type Order, readOrder } from './orders.js'
import { forgetPeak, peakOf } from './peaks.js'
import { PROGRAMS } from './programs.js'

const HOLD_MS = 10_000
const MAX_LINE = 500

interface State {
  /** Held still by this page, until it says so or the timer does. */
  readonly held: { readonly pid: AnyPid; readonly timer: Ref } | undefined
  /** Programs that run for this page, and what they are called. */
  readonly runs: Map<Pid, string>
}
type Message = Down | { readonly type: 'release' }
type Self = SocketSelf<Message>

export const workbenchFeed: SocketHandler<State, Message> = {
  init(_args, self) {
    self.monitor(INSPECTOR)
    return ['ok', { held: undefined, runs: new Map() }]
  },
  async handle(frame, state, self) {
    const order = readOrder(frame)
    if (order === undefined) return ['push', json({ refused: 'an order is JSON with an id and a type that is known' }), state]
    const [answer, next] = await obey(order, state, self)
    return ['push', json({ id: order.id, answer }), next]
  },
  async info(message, state, self) {
    if (message.type === 'release') return ['ok', await release(state, self)]
    const pid = message.pid as Pid
    const program = state.runs.get(pid)
    if (program === undefined) return ['stop', 'normal', state] // without the inspector it ends; the page connects again
    state.runs.delete(pid)
    return ['push', json({ ended: program, reason: inShort(message.reason) }), state]
  },
  async terminate(_reason, state, self) {
    for (const pid of state.runs.keys()) exit(pid, 'kill')
    await release(state, self)
  },
  defaults: { maxFrameBytes: 1000, rate: { messages: { perSecond: 20, burst: 100 } } },
}

/** The answer, and the state to go on with. */
async function obey(order: Order, state: State, self: Self): Promise<[answer: unknown, State]> {
  switch (order.type) {
    case 'look':
      return [await look(self, order.on), state]
    case 'pin':
      return [await look(self, true, order.pid), state]
    case 'run':
      return [run(order.program, state, self), state]
    case 'release':
      return ['ok', await release(state, self)]
    case 'hold':
      return hold(order.pid, state, self)
    default: {
      const pid = find(order.pid)
      if (pid !== undefined && order.type === 'mark') forgetPeak(pid)
      return [pid === undefined ? 0 : peakOf(pid), state]
    }
  }
}

function look(self: Self, on: boolean, pinned?: string): Promise<boolean> {
  const more = pinned === undefined ? {} : { pinned }
  return genServer.call(INSPECTOR, { type: 'look', on, socket: self.pid, ...more })
}

/** Answers its pid. One of each kind at a time: they register names. */
function run(program: string, { runs }: State, self: Self): string {
  const name = `program ${program}`
  if (self.whereis(name) !== undefined) return 'it runs already'
  const print = (line: string): void => self.push(json({ line: line.slice(0, MAX_LINE), program }))
  const [pid] = self.spawnMonitor(PROGRAMS.get(program)!(print), { name })
  runs.set(pid, program)
  return String(pid)
}

/** It takes no message until it is released, at the latest after ten seconds. System messages, and its end, still reach it. */
async function hold(given: string, state: State, self: Self): Promise<[string, State]> {
  const pid = find(given)
  if (pid === undefined || !(await isSocket(pid, self))) return ['gone', state]
  const free = await release(state, self)
  await self.run(() => sys.suspend(pid))
  return ['ok', { ...free, held: { pid, timer: self.sendAfter(HOLD_MS, { type: 'release' }) } }]
}
async function release(state: State, self: Self): Promise<State> {
  const { held } = state
  if (held === undefined) return state
  self.cancelTimer(held.timer)
  await self.run(() => sys.resume(held.pid)).catch(() => undefined) // it may have ended
  return { ...state, held: undefined }
}
async function isSocket(pid: AnyPid, self: Self): Promise<boolean> {
  try {
    return (await self.run(() => sys.getStatus(pid))).behaviour === 'socket'
  } catch {
    return false // a plain process, or it has ended
  }
}
function find(pid: string): AnyPid | undefined {
  return processes().find((one) => String(one) === pid)
}
