// The requests of an HTTP server that is not ours, before its own listeners see them. Whoever listens for 'request' there, now or later,
// answers whatever comes; so ours must not reach them at all. Node has no way to stop an event on its way: `emit` of this one server is put
// behind ours. Entered by listen; calls the door.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'

type Serve = (request: IncomingMessage, response: ServerResponse) => boolean
type Emit = (event: string, ...args: unknown[]) => boolean

/** `serve` answers true for a request that it takes. Answers how to undo it. */
export function takeRequests(server: Server | HttpsServer, serve: Serve): () => void {
  const given = server as { emit: Emit }
  const before = given.emit
  const wasOwn = Object.hasOwn(given, 'emit')
  let isOn = true
  const emit = function (this: unknown, event: string, ...args: unknown[]): boolean {
    if (isOn && event === 'request' && serve(args[0] as IncomingMessage, args[1] as ServerResponse)) return true
    return Reflect.apply(before, this, [event, ...args])
  }
  given.emit = emit
  return () => {
    isOn = false
    if (given.emit !== emit) return // somebody has done the same after us: ours stays below theirs and does nothing
    if (wasOwn) given.emit = before
    else delete (given as Partial<typeof given>).emit
  }
}
