// The chat example over real sockets: a client that stops reading and the others, cut connections, main.ts as a program.
import { EventEmitter, once } from 'node:events'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type AnyPid, supervisor, type SupervisorPid, sys, unwrap, whereis } from 'gensock'
import { connect } from 'gensock/client'
import { listen, type Listener, route, type RouteOptions, type SocketSelf } from 'gensock/socket'
import { WebSocket } from 'ws'
import { chat, rooms } from '../../examples/chat/chat.js'
import { chatProtocol } from '../../examples/chat/contract.js'
import { startMiddlebox } from '../browser/middlebox.js'
import { type Told, toldBy } from './chat-house.js'
import { compiled } from './run-example.js'

const run = compiled('chat')

interface Client {
  readonly socket: WebSocket
  /** Everything that it was told so far, but for replies. */
  readonly told: readonly Told[]
  /** The first that is wanted, of what it was told and will be. */
  until(wanted: (told: Told) => boolean): Promise<Told>
  say(text: string): void
}
const line = (wanted: string) => (told: Told) => told.type === 'line' && told.text === wanted
const textsOf = ({ told }: Client): string[] => told.flatMap(({ type, text = '' }) => (type === 'line' ? [text] : []))

/** Connects, joins, and is welcome. */
async function join(url: string, nick: string): Promise<Client> {
  const socket = new WebSocket(url, chatProtocol.version)
  const told: Told[] = []
  let last = 1
  let look = (): void => undefined
  socket.on('message', (data) => {
    const one = toldBy((data as Buffer).toString())
    if (one.type !== 'ok') told.push(one)
    look()
  })
  const client: Client = {
    socket,
    told,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        socket.once('close', reject)
        look = () => {
          const found = told.find(wanted)
          if (found === undefined) return
          socket.off('close', reject)
          resolve(found)
        }
        look()
      }),
    say: (text) => socket.send(JSON.stringify([++last, 'say', { text }])),
  }
  await once(socket, 'open')
  socket.send(JSON.stringify([1, 'join', { nick }]))
  await client.until(({ type }) => type === 'welcome')
  return client
}

describe('over a listener', () => {
  let tree: SupervisorPid
  let listener: Listener
  let url: string
  const selves = new Map<string, SocketSelf>()
  /** Says `frame` as one comes in. */
  const frames = new EventEmitter()
  /** The chat with a mistake in it; its sockets are known by the query. */
  const faulty: typeof chat = {
    ...chat,
    init(args, self) {
      selves.set(String(args.request.query), self)
      return chat.init(args, self)
    },
    handle(frame, person, self) {
      frames.emit('frame')
      if (frame[1] === 'crash me') throw new Error('a mistake')
      return chat.handle(frame, person, self)
    },
  }

  async function serve(options?: RouteOptions): Promise<void> {
    listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/chat/:room', faulty, options)] })
    url = `ws://127.0.0.1:${listener.port}/chat/`
  }
  beforeEach(async () => {
    tree = unwrap(await supervisor.start({ children: [rooms] }))
  })
  afterEach(async () => {
    await listener.drain({ deadlineMs: 100 })
    await supervisor.stop(tree)
  })

  test('people of a room talk to each other, also in a room whose name must be escaped', async () => {
    await serve()
    const [ann, bob] = [await join(`${url}caf%C3%A9`, 'ann'), await join(`${url}café`, 'bob')]
    const eve = await join(`${url}cafe`, 'eve')
    ann.say('hello')
    await bob.until(line('hello'))
    bob.say('bonjour')
    await ann.until(line('bonjour'))
    expect(textsOf(ann)).toEqual(['hello', 'bonjour'])
    expect(eve.told).toHaveLength(1)
  })

  test('one that is cut off without a close frame has left', async () => {
    await serve()
    const [ann, bob] = [await join(`${url}lobby`, 'ann'), await join(`${url}lobby`, 'bob')]
    bob.socket.terminate()
    expect(await ann.until(({ type }) => type === 'left')).toEqual({ type: 'left', nick: 'bob' })
  })

  test('one that reads nothing holds up nobody and costs no more than its marks, and is told what it missed', async () => {
    const SAID = 5000
    await serve({ rate: {} })
    const [ann, bob, eve] = [
      await join(`${url}lobby`, 'ann'),
      await join(`${url}lobby?bob`, 'bob'),
      await join(`${url}lobby`, 'eve'),
    ]
    // 2.7 KB each, 13 MB in all: more than the system takes for it.
    const long = (n: number): string => `${n} ${'\u0001'.repeat(450)}`
    bob.socket.pause()
    let most = 0
    for (let n = 0; n < SAID; n++) {
      ann.say(long(n))
      if (n % 20 > 0) continue
      await eve.until(line(long(n)))
      most = Math.max(most, selves.get('bob=')?.bufferedBytes ?? Infinity)
    }
    await Promise.all([ann, eve].map((client) => client.until(line(long(SAID - 1)))))
    const all = Array.from({ length: SAID }, (_, n) => long(n))
    expect(textsOf(ann)).toEqual(all)
    expect(textsOf(eve)).toEqual(all)
    expect(most).toBeGreaterThan(256 * 1024)
    expect(most).toBeLessThan(640 * 1024) // the high mark twice, and what one turn of the event loop may add

    bob.socket.resume()
    const { count } = await bob.until(({ type }) => type === 'missed')
    const heard = textsOf(bob)
    expect(heard.length + (count ?? 0)).toBe(SAID)
    expect(count).toBe(listener.counters().dropped)
    expect(count).toBeGreaterThan(1000)
    expect(heard.at(-1)).toBe(long(SAID - 1))
    await bob.until(({ type, lines }) => type === 'welcome' && lines?.at(-1)?.text === long(SAID - 1))
    expect(bob.told.findLast(({ type }) => type === 'welcome')).toMatchObject({ nick: 'bob', who: ['ann', 'bob', 'eve'] })
    ann.say('there you are')
    await bob.until(line('there you are'))
  }, 30_000)

  test('a handler that crashes keeps its connection, and is welcome again', async () => {
    const reports = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    await serve()
    const [ann, bob] = [await join(`${url}lobby`, 'ann'), await join(`${url}lobby`, 'bob')]
    ann.socket.send('crash me')
    ann.say('not the end')
    await Promise.all([ann, bob].map((client) => client.until(line('not the end'))))
    expect(ann.told.map(({ type }) => type)).toEqual(['welcome', 'came', 'welcome', 'line'])
    expect([reports.mock.calls.length, listener.counters()]).toMatchObject([1, { open: 2, opened: 2, crashed: 1 }])
    reports.mockRestore()
  })

  test('what the page says while its connection is cut is shown once, and its call is answered', async () => {
    Object.assign(globalThis, { WebSocket }) // Node 20 has none of its own
    await serve()
    const bob = await join(`${url}lobby`, 'bob')
    const room = whereis('chat/lobby') as AnyPid
    const box = await startMiddlebox(listener.port)
    const ann = connect(`ws://127.0.0.1:${box.port}/chat/lobby`, {
      protocol: chatProtocol,
      transports: ['ws'],
      backoff: { firstMs: 20, maxMs: 100 },
    })
    const opened = (): Promise<void> => new Promise((resolve) => (ann.onopen = () => resolve()))
    await opened()
    await ann.call.join({ nick: 'ann' })
    await sys.suspend(room)
    const comes = once(frames, 'frame')
    const answered = ann.call.say({ text: 'once' })
    await comes
    const again = opened()
    box.cut()
    await again
    await sys.resume(room)
    expect(await answered).toBeUndefined()
    bob.say('and on')
    await bob.until(line('and on'))
    expect(textsOf(bob)).toEqual(['once', 'and on'])
    expect(listener.counters()).toMatchObject({ opened: 3, crashed: 0 })
    expect(chat.counters().repeatedCalls).toBe(1)
    ann.close()
    await box.stop()
  })

  test('thirty that send garbage at once are answered, and two that talk do not notice', async () => {
    await serve()
    const [ann, bob] = [await join(`${url}lobby`, 'ann'), await join(`${url}lobby`, 'bob')]
    const others = await Promise.all(Array.from({ length: 30 }, (_, n) => join(`${url}lobby`, `x${n}`)))
    for (const { socket } of others)
      for (const garbage of ['{', Buffer.from([0, 255]), '[[[', '[9,"say",{}]']) socket.send(garbage)
    ann.say('quiet here')
    await bob.until(line('quiet here'))
    for (const other of others) {
      await other.until(({ id }) => id === 9)
      expect(other.told.filter(({ type }) => type === 'refused').map(({ id }) => id)).toEqual([0, 0, 0, 9])
    }
    expect([...ann.told, ...bob.told].filter(({ type }) => type === 'refused')).toEqual([])
  })
})

test('main.ts serves it on PORT; SIGTERM closes the sockets with 1012 and ends the program', async () => {
  const example = run({ PORT: '0' })
  const url = (await example.line(/^ws:/)).replace('localhost', '127.0.0.1')
  const [ann, bob] = [await join(url, 'ann'), await join(url, 'bob')]
  bob.say('hello')
  await ann.until(line('hello'))
  const closed = Promise.all([ann, bob].map(({ socket }) => once(socket, 'close')))
  example.kill('SIGTERM')
  expect((await closed).map(([code]) => code)).toEqual([1012, 1012])
  expect(await example.ended).toMatchObject({ code: 0, stderr: '' })
}, 30_000)
