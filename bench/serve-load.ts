// `npm run serve:load -- --port N`: the server that load and conformance tools use. Path /ws, any origin: it echoes text and
// binary; a text message that starts with `b:` goes to every connected socket. Everything else is the library's default;
// --deflate turns compression on, and only --conformance lifts the limits on fragments, sizes, rate and idle time.
import { broadcast, listen, type Listener, route, type SocketHandler, text } from 'gensock/socket'
import { announce, fail, type LoadFlags, loadFlags } from './load-flags.js'

const PROGRAM = 'serve:load'
/** Rates have no limit unless one is set. A conformance suite sends messages of 16 MiB, some of them in very many pieces. */
const UNLIMITED = { maxFragments: 0, idleTimeoutMs: 0, maxFrameBytes: 67_108_864, outboundHighBytes: 268_435_456 }

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
          ...(conformance ? UNLIMITED : {}),
          ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
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
