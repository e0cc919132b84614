// The worker thread in which a block of the documentation runs: every port that it listens on is a free one of this machine instead, and who
// connects to the one is led to the other. Started by `run.ts`.
import { once } from 'node:events'
import { type AddressInfo, Server, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { enter, lead, ports } from './ports.js'

type Where = { port?: number | string; host?: string; path?: string }
type Listen = (...given: unknown[]) => Server
type Connect = (...given: unknown[]) => Socket

const listen = Server.prototype.listen as Listen
Server.prototype.listen = function (this: Server, ...given: unknown[]): Server {
  const where = whereOf(given)
  if (where === undefined) return listen.apply(this, given)
  const heard = given.filter((value) => typeof value === 'function')
  const at = (port: number): Server => listen.call(this, { ...where, port, host: '127.0.0.1' }, ...heard)
  const wanted = Number(where.port)
  const taken = wanted === 0 ? undefined : ports.get(wanted)
  // Whoever wants a port that somebody has here is refused as anywhere.
  if (taken !== undefined) void taken.then(at)
  else {
    const bound = once(this, 'listening').then(() => (this.address() as AddressInfo).port)
    bound.catch(() => undefined) // The server tells why.
    enter(wanted, bound)
    at(0)
  }
  return this
} as Server['listen']

const connect = Socket.prototype.connect as Connect
Socket.prototype.connect = function (this: Socket, ...given: unknown[]): Socket {
  // Node hands over what it has normalised already: [options, callback].
  const list = Array.isArray(given[0]) ? given[0] : given
  const where = whereOf(list)
  const mapped = where === undefined ? undefined : ports.get(Number(where.port))
  if (mapped === undefined) return connect.apply(this, given)
  ;(this as { connecting: boolean }).connecting = true // As Node's own is at once.
  void mapped.then((port) => {
    const to = { ...where, port, host: '127.0.0.1' }
    const heard = list.filter((value: unknown) => typeof value === 'function')
    connect.call(this, to, ...heard)
  })
  return this
} as Socket['connect']

/** Of (options), (port), (port, host), each with a callback; undefined for paths and the like. */
function whereOf([first, second]: readonly unknown[]): Where | undefined {
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first)))
    return { port: first, ...(typeof second === 'string' ? { host: second } : {}) }
  if (typeof first !== 'object' || first === null || (first as Where).port === undefined) return undefined
  return first as Where
}

lead()
await import(workerData as string)
// What failed without anybody waiting for it is told by now.
await turn()
await turn()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage('done')
