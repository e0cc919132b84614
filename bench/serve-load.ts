// `npm run serve:load -- --port N`: the server that load and conformance tools use. Path /ws, any origin: it echoes text and
// binary; a text message that starts with `b:` goes to every connected socket. Everything else is the library's default;
// --deflate turns compression on, and only --conformance lifts the limits on fragments, rate and idle time.
import { broadcast, listen, type Listener, route, type SocketHandler, text } from 'gensock/socket'
import { announce, fail, type LoadFlags, loadFlags } from './load-flags.js'

const PROGRAM = 'serve:load'
/** There is no limit on rates yet. */
const UNLIMITED = { maxFragments: 0, idleTimeoutMs: 0 }

function handler(listener: () => Listener): SocketHandler<null> {
  return {
    init: () => ['ok', null],
    handle(frame) {
      if (frame[0] === 'binary' || !frame[1].startsWith('b:')) return ['push', frame, null]
      broadcast(listener().sockets(), text(frame[1]))
      return ['ok', null]
    },
  }
}

async function serve({ port, deflate, conformance, maxFrameBytes }: LoadFlags): Promise<Listener> {
  const listener: Listener = await listen({
    port,
    routes: [
      route(
        '/ws',
        handler(() => listener),
        {
          origins: 'any',
          compress: deflate,
          ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
          ...(conformance ? UNLIMITED : {}),
        },
      ),
    ],
  })
  return listener
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))

const flags = loadFlags(PROGRAM)
try {
  const listener = await serve(flags)
  announce(PROGRAM, listener.port)
} catch (error) {
  fail(PROGRAM, error, 1)
}
