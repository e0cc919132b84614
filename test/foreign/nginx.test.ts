// What a server of ours knows, counts and survives behind Debian's nginx. That every frame passes through it is shown by the
// same facts that the clients report straight and behind nginx: see the other tests of this folder.
import { afterEach, describe, expect } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import {
  listen,
  type Listener,
  type ListenerOptions,
  route,
  type SocketHandler,
  type TerminateReason,
  text,
} from 'gensock/socket'
import { testWith } from '../programs.js'
import { NGINX, type Proxy, SHORT, startNginx } from './nginx.js'
import { type UndiciClient, undiciClient, type UndiciOptions, undiciRefusal } from './undici-client.js'
import { open, type Peer } from './web-client.js'

const behindNginx = testWith('nginx as a proxy', NGINX)
const PING_MS = 200
/** So many pings last twice as long as the proxy waits. */
const PONGS = (2 * SHORT.readTimeoutMs) / PING_MS

interface Behind {
  readonly listener: Listener
  readonly nginx: Proxy
  /** Of the proxy. */
  readonly origin: string
  readonly url: string
}
let nodes: Node[] = []
let proxies: Proxy[] = []
let clients: UndiciClient[] = []
afterEach(async () => {
  for (const proxy of proxies) await proxy.stop()
  for (const node of nodes) await node.stop({ deadlineMs: 100 })
  for (const client of clients) await client.close()
  ;[nodes, proxies, clients] = [[], [], []]
})

/** What comes of something else's event. */
function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

/** Echoes, and tells a new socket where it comes from. */
const greeter: SocketHandler<null> = {
  init: ({ request }) => ['push', text(`${request.remoteAddress} for ${request.headers.host}`), null],
  handle: (frame) => ['push', frame, null],
}

async function startBehind(options: ListenerOptions, handlers: Record<string, SocketHandler<null>> = {}): Promise<Behind> {
  const node = createNode({ logger: silentLogger })
  nodes.push(node)
  const routes = Object.entries({ '/ws': greeter, ...handlers }).map(([path, handler]) => route(path, handler))
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes, ...options })
  const nginx = await startNginx(listener.port)
  proxies.push(nginx)
  const host = `127.0.0.1:${nginx.ports[0]}`
  return { listener, nginx, origin: `http://${host}`, url: `ws://${host}/ws` }
}
function dial(url: string, options: UndiciOptions = {}): Promise<Peer> {
  const client = undiciClient(options)
  clients.push(client)
  return open(client.dial, url)
}
/** What the server greets a client with. */
async function greeting(url: string, options: UndiciOptions = {}): Promise<unknown> {
  return (await dial(url, options)).next()
}

describe('the address of a client', () => {
  behindNginx('is the one that nginx saw, with trustProxy: 1', async () => {
    const { url } = await startBehind({ trustProxy: 1 })
    expect(await greeting(url, { from: '127.0.0.2' })).toMatch(/^127\.0\.0\.2 for /)
  })

  behindNginx('is the one that nginx saw, with trustProxy: a list of its addresses', async () => {
    const { url } = await startBehind({ trustProxy: ['127.0.0.1/32'] })
    expect(await greeting(url, { from: '127.0.0.3' })).toMatch(/^127\.0\.0\.3 for /)
  })

  behindNginx('cannot be forged by the client', async () => {
    const { url } = await startBehind({ trustProxy: 1 })
    const forged = { 'x-forwarded-for': '192.0.2.7' }
    expect(await greeting(url, { from: '127.0.0.2', headers: forged })).toMatch(/^127\.0\.0\.2 for /)
  })

  behindNginx('is that of nginx without trustProxy', async () => {
    const { url } = await startBehind({})
    expect(await greeting(url, { from: '127.0.0.2' })).toMatch(/^127\.0\.0\.1 for /)
  })

  behindNginx('is what maxConnectionsPerAddress counts, with trustProxy', async () => {
    const { url, listener } = await startBehind({ trustProxy: 1, maxConnectionsPerAddress: 2 })
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.2']) await dial(url, { from })
    expect((await undiciRefusal(url, { from: '127.0.0.2' })).status).toBe(429)
    await dial(url, { from: '127.0.0.3' })
    const { open: now, refused } = listener.counters()
    expect([now, refused]).toEqual([4, { maxConnectionsPerAddress: 1 }])
  })

  behindNginx('is the same for all without trustProxy, so that the limit holds for all together', async () => {
    const { url } = await startBehind({ maxConnectionsPerAddress: 2 })
    for (const from of ['127.0.0.2', '127.0.0.3']) await dial(url, { from })
    expect((await undiciRefusal(url, { from: '127.0.0.4' })).status).toBe(429)
  })
})

describe('the origin of a page', () => {
  // `proxy_set_header Host $host` drops the port: what arrives is `Host: 127.0.0.1`, whatever port the page came from.
  behindNginx('of the same host passes with trustProxy, though the Host that arrives has no port', async () => {
    const { url, origin } = await startBehind({ trustProxy: 1 })
    expect(await greeting(url, { headers: { origin } })).toBe('127.0.0.1 for 127.0.0.1')
  })

  behindNginx('of the same host is refused without trustProxy: its port is not the one that arrives', async () => {
    const { url, origin, listener } = await startBehind({})
    expect((await undiciRefusal(url, { headers: { origin } })).status).toBe(403)
    expect(await greeting(url, { headers: { origin: 'http://127.0.0.1' } })).toBe('127.0.0.1 for 127.0.0.1')
    expect(listener.counters().refused).toEqual({ origin: 1 })
  })

  behindNginx('of another host is refused, trustProxy or not', async () => {
    for (const trustProxy of [0, 1]) {
      const { url } = await startBehind({ trustProxy })
      expect((await undiciRefusal(url, { headers: { origin: 'http://localhost' } })).status).toBe(403)
    }
  })
})

describe('a connection on which nothing is said', () => {
  /** Says nothing by itself; hears how it ends and how many pongs come. */
  function silent(onEnd: (reason: TerminateReason) => void, onPong: () => void = () => undefined): SocketHandler<null> {
    return {
      init: () => ['ok', null],
      handle: (frame) => ['push', frame, null],
      event: ({ type }) => {
        if (type === 'pong') onPong()
        return ['ok', null]
      },
      terminate: onEnd,
    }
  }

  behindNginx('is cut by proxy_read_timeout without pings, and held open by pings', async () => {
    const ended = later<TerminateReason>()
    const ends: TerminateReason[] = []
    const enough = later<void>()
    let pongs = 0
    const quiet = { ...silent(ended.resolve), defaults: { pingIntervalMs: 0 } }
    const counting = silent(
      (reason) => void ends.push(reason),
      () => {
        if (++pongs === PONGS) enough.resolve()
      },
    )
    const pinged = { ...counting, defaults: { pingIntervalMs: PING_MS } }
    const { origin } = await startBehind({ trustProxy: 1 }, { [`${SHORT.path}/quiet`]: quiet, [`${SHORT.path}/pinged`]: pinged })
    const at = origin.replace('http', 'ws') + SHORT.path
    const [held, cut] = [await dial(`${at}/pinged`), await dial(`${at}/quiet`)]
    expect((await cut.closed).code).toBe(1006)
    expect(await ended.promise).toEqual({ type: 'error', error: 'closed' })
    await enough.promise
    expect(await held.echo('still here')).toBe('still here')
    expect(ends).toEqual([])
  })
})

describe('ends', () => {
  behindNginx('a drain closes with 1012, and answers new clients with 503 and Retry-After until it is done', async () => {
    const released = later<void>()
    const slow: SocketHandler<null> = { ...greeter, terminate: () => released.promise }
    const { url, origin, listener } = await startBehind({ trustProxy: 1 }, { '/slow': slow })
    const peer = await dial(`${origin.replace('http', 'ws')}/slow`)
    const drained = listener.drain({ deadlineMs: 10_000 })
    expect((await peer.closed).code).toBe(1012)
    const { status, headers } = await undiciRefusal(url)
    expect([status, headers['retry-after']]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)])
    expect(listener.counters().refused).toEqual({ draining: 1 })
    released.resolve()
    await drained
    expect((await undiciRefusal(url)).status).toBe(502) // nobody is there any more, says nginx
  })

  behindNginx('when nginx ends, the sockets behind it end as closed', async () => {
    const ended = later<TerminateReason>()
    const { origin, nginx, listener } = await startBehind({}, { '/hear': { ...greeter, terminate: ended.resolve } })
    const peer = await dial(`${origin.replace('http', 'ws')}/hear`)
    await nginx.stop()
    proxies = []
    expect(await ended.promise).toEqual({ type: 'error', error: 'closed' })
    expect((await peer.closed).code).toBe(1006)
    expect(listener.counters().closed).toEqual({ 1006: 1 })
  })

  behindNginx('a plain request gets a plain answer, though nginx sends `Connection: upgrade` with every request', async () => {
    const { origin } = await startBehind({ trustProxy: 1 })
    expect([(await fetch(`${origin}/ws`)).status, (await fetch(`${origin}/nowhere`)).status]).toEqual([426, 404])
  })
})
