// undici's WebSocket, and what its class does not show: the answer to a refused handshake, pings and pongs. Entered by tests.
import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import * as undici from 'undici'
import type { Dial } from './web-client.js'

export interface UndiciOptions {
  /** The address that connections come from. */
  readonly from?: string
  readonly headers?: Readonly<Record<string, string>>
}
export interface UndiciClient {
  readonly dial: Dial
  close(): Promise<void>
}
/** The HTTP answer to a handshake that was no 101. */
export interface Refusal {
  readonly status: number
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export function undiciClient({ from, headers = {} }: UndiciOptions = {}): UndiciClient {
  const sockets: Socket[] = []
  const connector = undici.buildConnector({})
  const dispatcher = new undici.Agent({
    ...(from === undefined ? {} : { localAddress: from }),
    connect: (options, done) =>
      connector(options, (...result) => {
        if (result[1] !== null) sockets.push(result[1])
        done(...result)
      }),
  })
  return {
    dial: (url, protocols = []) => new undici.WebSocket(url, { protocols, dispatcher, headers }) as unknown as WebSocket,
    async close() {
      // By hand: a 101 that it takes for no good, undici leaves open.
      for (const socket of sockets) socket.destroy()
      await dispatcher.close()
    },
  }
}

/** Asks for a socket that must be refused; answers how, with the whole body: the WebSocket class hangs up before it comes. */
export function undiciRefusal(url: string, { from, headers = {} }: UndiciOptions = {}): Promise<Refusal> {
  const { origin, pathname, search } = new URL(url.replace(/^ws/, 'http'))
  const client = new undici.Client(origin, from === undefined ? {} : { localAddress: from })
  const handshake = { 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') }
  const answered = new Promise<Refusal>((resolve, reject) => {
    let answer: Refusal = { status: 0, headers: {}, body: '' }
    const request = {
      path: pathname + search,
      method: 'GET',
      upgrade: 'websocket',
      headers: { ...handshake, ...headers },
    } as const
    client.dispatch(request, {
      onRequestStart: () => undefined,
      onRequestUpgrade(_controller, _status, _headers, socket) {
        socket.destroy()
        reject(new Error(`${url} was not refused`))
      },
      onResponseStart: (_controller, status, given) => void (answer = { status, headers: given, body: '' }),
      onResponseData: (_controller, chunk) => void (answer = { ...answer, body: answer.body + chunk.toString() }),
      onResponseEnd: () => resolve(answer),
      onResponseError: (_controller, error) => reject(error),
    })
  })
  return answered.finally(() => client.destroy())
}

/** Sends a ping; resolves with the data of the next pong. */
export function undiciPing(ws: WebSocket, data: string): Promise<string> {
  const channel = 'undici:websocket:pong'
  return new Promise((resolve) => {
    const onPong = (message: unknown): void => {
      const pong = message as { readonly payload: Uint8Array; readonly websocket: unknown }
      if (pong.websocket !== ws) return
      unsubscribe(channel, onPong)
      resolve(Buffer.from(pong.payload).toString())
    }
    subscribe(channel, onPong)
    const { ping } = undici as unknown as { readonly ping: (ws: WebSocket, data: Uint8Array) => void } // not in its types
    ping(ws, Buffer.from(data))
  })
}
