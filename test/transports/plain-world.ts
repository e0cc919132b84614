// What the tests of plain requests share: a handler on a real port of a node whose time a test turns, and requests by
// node:http that can be cut at any moment. Everything ends with its test.
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { afterEach, beforeEach } from '@jest/globals'
import {
  type Listener,
  listen,
  type ListenerOptions,
  type RouteOptions,
  route,
  type SocketHandler,
  type SocketPid,
} from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Sent at once; `undefined` with `open: true` leaves the body open. */
  readonly body?: string | Uint8Array
  readonly open?: boolean
}
/** One request under way. */
export interface Asked {
  readonly request: ClientRequest
  /** The whole answer; a connection that breaks is a rejection. */
  readonly answer: Promise<Answer>
  /** As soon as the head is there. */
  readonly head: Promise<IncomingMessage>
  /** What has come of the body so far. */
  text(): string
  cut(): void
}

export interface PlainWorld {
  node(): TestNode
  listener(): Listener
  /** Serves a handler at /ws. */
  serve(handler: SocketHandler<any, any, any, any>, options?: RouteOptions<any>, limits?: ListenerOptions): Promise<void>
  /** The only socket. */
  socket(): SocketPid
  /** A request to /ws with this query. */
  begin(query: string, ask?: Ask): Asked
  ask(query: string, ask?: Ask): Promise<Answer>
  /** Opens a connection, answers its id. */
  open(via?: 'sse' | 'longPoll'): Promise<string>
  poll(id: string, ack: number): Promise<unknown>
  /** Sends frames with an acknowledgement. */
  send(id: string, ack: number, frames: readonly unknown[]): Promise<Answer>
  /** One turn of the event loop; throws once the test is over, so that nobody waits for ever. */
  turn(): Promise<void>
  until(isTrue: () => boolean): Promise<void>
}

/** Call it at the top of a test file. */
export function plainWorld(): PlainWorld {
  let node: TestNode
  let listener: Listener | undefined
  let agent: Agent
  let isOver = false
  const under: Asked[] = []
  beforeEach(() => {
    isOver = false
    listener = undefined
    node = testNode()
    agent = new Agent({ keepAlive: true })
  })
  afterEach(async () => {
    isOver = true
    for (const asked of under.splice(0)) asked.cut()
    agent.destroy()
    if (listener !== undefined) await drained(node, listener)
    await node.stop()
  })
  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => setImmediate(() => (isOver ? reject(new Error('the test is over')) : resolve())))
  const begin = (query: string, { method = 'GET', headers = {}, body, open = false }: Ask = {}): Asked => {
    const path = query.startsWith('/') ? query : `/ws${query}`
    const { port } = world.listener()
    const own = request({ port, host: '127.0.0.1', path, method, agent, headers: { ...headers } as never })
    const asked = asked_(own)
    under.push(asked)
    if (open) own.write(body ?? '')
    else own.end(body)
    return asked
  }
  const world: PlainWorld = {
    node: () => node,
    listener: () => listener as Listener,
    async serve(handler, options = {}, limits = {}) {
      const routes = [route('/ws', handler, { fallback: true, ...options })]
      listener = await listen({ port: 0, host: '127.0.0.1', node, routes, ...limits })
    },
    socket() {
      const [only, other] = world.listener().sockets()
      if (only === undefined || other !== undefined) throw new Error(`there are ${world.listener().sockets().length} sockets`)
      return only
    },
    begin,
    ask: (query, ask) => begin(query, ask).answer,
    async open(via = 'longPoll') {
      const answer = await world.ask(`?gensock=open&via=${via}`, { method: 'POST' })
      return (JSON.parse(answer.body) as { id: string }).id
    },
    poll: async (id, ack) => JSON.parse((await world.ask(`?gensock=poll&id=${id}&ack=${ack}`)).body) as unknown,
    send: (id, ack, frames) => world.ask(`?gensock=send&id=${id}`, { method: 'POST', body: JSON.stringify({ ack, frames }) }),
    turn,
    async until(isTrue) {
      while (!isTrue()) await turn()
    },
  }
  return world
}

function asked_(own: ClientRequest): Asked {
  let text = ''
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    own.on('response', resolve)
    own.on('error', reject)
  })
  const answer = head.then(
    (response) =>
      new Promise<Answer>((resolve, reject) => {
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      }),
  )
  for (const promise of [head, answer]) promise.catch(() => undefined) // a test that cuts does not wait for them
  return { request: own, answer, head, text: () => text, cut: () => own.destroy() }
}

/** Drains in virtual time. */
async function drained(node: TestNode, listener: Listener): Promise<void> {
  const end = { reached: false }
  const draining = listener.drain({ deadlineMs: 100 }).finally(() => (end.reached = true))
  while (!end.reached) await node.advance(100)
  await draining
}
