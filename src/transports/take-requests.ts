// The requests of an HTTP server that is not ours, before its own listeners see them. Whoever listens for 'request' there, now or later,
// answers whatever comes; so ours must not reach them at all. Node has no way to stop an event on its way: `emit` of this one server is put
// behind ours, once for all who take. Entered by listen; calls the doors.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'

type Serve = (request: IncomingMessage, response: ServerResponse) => boolean
type Emit = (event: string, ...args: unknown[]) => boolean

/** Shared by the copies of the library: who takes, in the order in which they came. */
const kTakers = Symbol.for('gensock.takers')
/** The server's own `emit` below ours; undefined: that of its class. */
const kBefore = Symbol.for('gensock.emitBefore')
type Taken = { emit: Emit; [kTakers]?: Serve[] | undefined }

/** `serve` answers true for a request that it takes. Answers how to undo it. */
export function takeRequests(server: Server | HttpsServer, serve: Serve): () => void {
  const given = server as unknown as Taken
  const takers = (given[kTakers] ??= begin(given))
  takers.push(serve)
  return () => {
    const at = takers.indexOf(serve)
    if (at >= 0) takers.splice(at, 1)
    if (takers.length === 0) end(given)
  }
}

function begin(server: Taken): Serve[] {
  const takers: Serve[] = []
  const before = server.emit
  const emit: Emit & { [kBefore]?: Emit | undefined } = function (this: unknown, event, ...args) {
    if (event === 'request' && takers.some((serve) => serve(args[0] as IncomingMessage, args[1] as ServerResponse))) return true
    return Reflect.apply(before, this, [event, ...args])
  }
  emit[kBefore] = Object.hasOwn(server, 'emit') ? before : undefined
  server.emit = emit
  return takers
}
/** Somebody may have put an `emit` of theirs behind ours since: then ours stays, with nobody to ask. */
function end(server: Taken): void {
  if (!Object.hasOwn(server.emit, kBefore)) return
  const before = (server.emit as { [kBefore]?: Emit | undefined })[kBefore]
  if (before === undefined) delete (server as Partial<Taken>).emit
  else server.emit = before
  server[kTakers] = undefined
}
