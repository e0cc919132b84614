// What the server under fuzz holds, by name: the start level of each must come again. Entered by server.ts, before it starts
// to listen.
import diagnostics from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { Server, type Socket as NetSocket } from 'node:net'
import type { Node } from 'gensock'
import type { Listener } from 'gensock/socket'
import { kernelOf } from '../../src/runtime/node.js'

export type Counts = Readonly<Record<string, number>>
/** Start level and level of now, by name. */
export type Different = Readonly<Record<string, readonly [before: number, now: number]>>

/** The server's ends of all connections. */
const accepted = new Set<NetSocket>()
let wake: () => void = () => undefined
diagnostics.subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: NetSocket }
  accepted.add(socket)
  socket.once('close', () => {
    accepted.delete(socket)
    wake()
  })
})
/** Every server that listens, also one that the library has made for itself. */
const servers: Server[] = []
const listens = Server.prototype.listen
Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  servers.push(this)
  return (listens as (...args: unknown[]) => Server).apply(this, args)
} as typeof listens

/** Resolves at the next close of a connection, or after a while. Leaves no timer behind, which would be counted. */
export function change(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, accepted.size > 0 ? 100 : 5)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}

function counted(kind: string, names: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const name of names) counts[`${kind} ${name}`] = (counts[`${kind} ${name}`] ?? 0) + 1
  return counts
}
function listenersOf(name: string, emitter: EventEmitter): Counts {
  const events = emitter.eventNames()
  return Object.fromEntries(events.map((event) => [`listeners ${name} ${String(event)}`, emitter.listenerCount(event)]))
}
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

export function held(node: Node, listeners: readonly Listener[]): Counts {
  const counters = listeners.map((listener) => listener.counters())
  const balance = ({ opened, open, closed }: (typeof counters)[number]): number => opened - open - sum(Object.values(closed))
  return {
    connections: accepted.size,
    'listeners on connections': sum([...accepted].flatMap((socket) => Object.values(listenersOf('', socket)))),
    ...counted('handles', process.getActiveResourcesInfo()),
    processes: node.processes().length,
    timers: kernelOf(node).timers.size,
    sockets: sum(listeners.map((listener) => listener.sockets().length)),
    open: sum(counters.map(({ open }) => open)),
    unbalanced: sum(counters.map((one) => Math.abs(balance(one)))),
    ...listenersOf('process', process),
    ...Object.assign({}, ...servers.map((server, i) => listenersOf(`server ${i + 1}`, server))),
  }
}
export function differences(before: Counts, now: Counts): Different {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return Object.fromEntries(
    names.map((name) => [name, [before[name] ?? 0, now[name] ?? 0]] as const).filter(([, [level, count]]) => level !== count),
  )
}
