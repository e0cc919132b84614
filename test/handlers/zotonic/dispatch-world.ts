// Rules served over HTTP and HTTPS on 127.0.0.1, and clients for both: what a path finds is told by a handler that is asked for
// it.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { request as requestPlain } from 'node:http'
import { createServer as createTlsServer, request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'
import { createNode, type Node, self, silentLogger } from 'gensock'
import { attach, listen, type ListenerOptions } from 'gensock/socket'
import {
  type DispatchRule,
  dispatch,
  type PathToken,
  controllerWebsocket,
  type WebsocketOptions,
  websocketSendData,
  type WsHandler,
} from 'gensock/zotonic'
import { WebSocket } from 'ws'

const folder = join(process.cwd(), 'test', 'transports', 'tls')
const cert = readFileSync(join(folder, 'cert.pem'))
const key = readFileSync(join(folder, 'key.pem'))

/** Says what the context answers to the names that the rule's own option `tell` has. */
export const teller: WsHandler = {
  websocketInit(context) {
    const names = (context.get('tell') ?? []) as readonly string[]
    websocketSendData(self(), JSON.stringify(names.map((name) => context.getQ(name) ?? null)))
  },
  websocketMessage: () => undefined,
  websocketInfo: () => undefined,
  websocketTerminate: () => undefined,
}
/** A rule for anybody, that tells these. */
export function telling(
  name: string,
  path: readonly PathToken[],
  tell: readonly string[],
  options: WebsocketOptions = {},
): DispatchRule {
  return [
    name,
    path,
    controllerWebsocket,
    { wsHandler: teller, requireSession: false, noSession: true, own: { tell }, ...options },
  ]
}

export interface Site {
  readonly port: number
  readonly isTls: boolean
  /** A socket at this path: what its handler told, or the status and Location that refused it. */
  open(path: string): Promise<unknown>
  /** An ordinary request. */
  ask(path: string, options?: { readonly method?: string; readonly headers?: Record<string, string> }): Promise<Answer>
}
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export interface World {
  /** What has been logged as an error. */
  readonly crashes: string[]
  serve(rules: readonly DispatchRule[], options?: ListenerOptions & { readonly isTls?: boolean }): Promise<Site>
  /** On a server that answers 'page' to what is left to it. */
  attach(rules: readonly DispatchRule[]): Promise<Site>
}

/** Call it at the top of a test file. */
export function dispatchWorld(): World {
  let node: Node
  const crashes: string[] = []
  const ends: (() => unknown)[] = []
  beforeEach(() => {
    crashes.length = 0
    node = createNode({ logger: { ...silentLogger, error: (_facts, line) => void crashes.push(line) } })
  })
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
    await node.stop()
  })
  const attached = async (
    rules: readonly DispatchRule[],
    { isTls = false, ...options }: ListenerOptions & { readonly isTls?: boolean },
  ) => {
    const onRequest = (_request: unknown, response: { end(body: string): void }): void => response.end('page')
    const server = isTls ? createTlsServer({ key, cert }, onRequest) : createServer(onRequest)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const listener = attach(server, dispatch(rules).routes, { node, ...options })
    ends.push(async () => {
      await listener.drain({ deadlineMs: 100 })
      await new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
    })
    return siteOf((server.address() as AddressInfo).port, isTls, ends)
  }
  return {
    crashes,
    attach: (rules) => attached(rules, {}),
    async serve(rules, { isTls = false, ...options } = {}) {
      if (isTls) return attached(rules, { isTls, ...options })
      const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: dispatch(rules).routes, ...options })
      ends.push(() => listener.drain({ deadlineMs: 100 }))
      return siteOf(listener.port, false, ends)
    },
  }
}

function siteOf(port: number, isTls: boolean, ends: (() => unknown)[]): Site {
  return {
    port,
    isTls,
    open: (path) =>
      new Promise((resolve, reject) => {
        const ws = new WebSocket(`${isTls ? 'wss' : 'ws'}://localhost:${port}${path}`, isTls ? { ca: cert } : {})
        ends.push(() => ws.terminate())
        ws.once('message', (data) => resolve(JSON.parse((data as Buffer).toString())))
        ws.once('unexpected-response', (_request, { statusCode, headers }) =>
          resolve({ status: statusCode, location: headers.location }),
        )
        ws.on('error', reject)
        ws.once('close', (code) => reject(new Error(`closed with ${code}`)))
      }),
    ask: (path, { method = 'GET', headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const options = { host: 'localhost', port, path, method, headers, agent: false, ...(isTls ? { ca: cert } : {}) }
        const request = (isTls ? requestTls : requestPlain)(options, async (response) => {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk as Buffer)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
        })
        request.on('error', reject)
        request.end()
      }),
  }
}
