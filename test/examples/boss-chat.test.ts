// The boss-chat example: its service as `discover` finds it, over real sockets, and as a program.
import { on, once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Node, type Pid, silentLogger } from 'gensock'
import { type Boss, discover } from 'gensock/chicago-boss'
import { listen } from 'gensock/socket'
import { WebSocket } from 'ws'
import { runExample } from './run-example.js'

const FOLDER = new URL('../../examples/boss-chat/', import.meta.url)

interface Visitor {
  readonly socket: WebSocket
  say(text: string): void
  /** What the room says next. */
  next(): Promise<any>
}
function visitor(url: string, cookie?: string): Visitor {
  const socket = new WebSocket(url, 'some_service_name', cookie === undefined ? {} : { headers: { cookie } })
  const messages = on(socket, 'message', { close: ['close'] })
  return {
    socket,
    say: (text) => socket.send(text),
    next: async () => JSON.parse(String((await messages.next()).value?.[0])),
  }
}

describe('over a listener', () => {
  let node: Node
  let boss: Boss
  let url: string
  beforeEach(async () => {
    node = createNode({ logger: silentLogger })
    boss = await discover(new URL('websocket/', FOLDER), { node })
    const { port } = await listen({ port: 0, host: '127.0.0.1', node, routes: boss.routes })
    url = `ws://127.0.0.1:${port}/websocket/room`
  })
  afterEach(() => node.stop({ deadlineMs: 100 }))

  /** Two people in the room, who have heard of each other. */
  async function annAndBob(): Promise<readonly [ann: Visitor, bob: Visitor]> {
    const ann = visitor(`${url}?name=ann`)
    expect(await ann.next()).toEqual({ type: 'came', name: 'ann', here: ['ann'] })
    const bob = visitor(`${url}?name=bob`)
    for (const one of [ann, bob]) expect(await one.next()).toEqual({ type: 'came', name: 'bob', here: ['ann', 'bob'] })
    return [ann, bob]
  }
  async function bothHear(people: readonly Visitor[], what: object): Promise<void> {
    for (const one of people) expect(await one.next()).toEqual(what)
  }

  test('who joins, says something and leaves is heard of by everybody, and so is a broadcast', async () => {
    const people = await annAndBob()
    const [ann, bob] = people
    bob.say('hi')
    await bothHear(people, { type: 'line', name: 'bob', text: 'hi' })
    boss.broadcast('chat_room_websocket', 'closing soon')
    await bothHear(people, { type: 'news', text: 'closing soon' })
    bob.socket.close()
    expect(await ann.next()).toEqual({ type: 'left', name: 'bob', here: ['ann'] })
  })

  test('the first subprotocol that is offered is chosen, whatever it is', async () => {
    const [ann] = await annAndBob()
    expect(ann.socket.protocol).toBe('some_service_name')
  })

  test('after /crash both are in the room of the next process, on the same connections, and talk on', async () => {
    const [ann, bob] = await annAndBob()
    const [before] = await boss.services()
    ann.say('/crash')
    ann.say('still there?')
    expect(await ann.next()).toEqual({ type: 'came', name: 'ann', here: ['ann'] })
    await bothHear([ann, bob], { type: 'came', name: 'bob', here: ['ann', 'bob'] })
    await bothHear([ann, bob], { type: 'line', name: 'ann', text: 'still there?' })
    bob.say('yes')
    await bothHear([ann, bob], { type: 'line', name: 'bob', text: 'yes' })
    const [after] = await boss.services()
    expect([after?.sockets, after?.url]).toEqual([2, '/websocket/room'])
    expect(after?.pid).not.toBe(before?.pid)
  })

  test('the eleventh crash within five seconds ends the room: its sockets close with 1011, and others get a 503', async () => {
    const [ann, bob] = await annAndBob()
    for (let n = 1; n <= 11; n++) ann.say('/crash')
    const codes = await Promise.all([ann, bob].map(({ socket }) => once(socket, 'close')))
    expect(codes.map(([code]) => code)).toEqual([1011, 1011])
    const [refused] = await once(visitor(url).socket, 'error')
    expect(String(refused)).toContain('503')
  })

  test('a client that is gone without a close frame has left, and so has one whose process was killed', async () => {
    const [ann, bob] = await annAndBob()
    const cut = visitor(`${url}?name=cut`)
    await bothHear([ann, bob, cut], { type: 'came', name: 'cut', here: ['ann', 'bob', 'cut'] })
    cut.socket.terminate()
    await bothHear([ann, bob], { type: 'left', name: 'cut', here: ['ann', 'bob'] })
    node.exit(node.processes().at(-1) as Pid, 'kill') // the youngest process is that of bob's socket
    expect(await ann.next()).toEqual({ type: 'left', name: 'bob', here: ['ann'] })
  })

  test('without a name it is the beginning of the cookie _boss_session, of which nobody sees more', async () => {
    const [ann] = await annAndBob()
    for (const [cookie, name] of [
      ['_boss_session=4b1d5ec7e7', 'visitor 4b1d'],
      ['other=4b1d5ec7e7', 'visitor'],
    ] as const) {
      visitor(url, cookie)
      expect((await ann.next()).name).toBe(name)
    }
    visitor(`${url}?name=${'w'.repeat(30)}`)
    expect((await ann.next()).name).toBe('w'.repeat(20))
  })
})

test('main.ts serves the page and the room on PORT, and broadcasts what is typed', async () => {
  const example = runExample('boss-chat', { PORT: '0' })
  const url = (await example.line(/^http:/)).replace('localhost', '127.0.0.1')
  expect(await (await fetch(url)).text()).toContain("/websocket/room?name=${name}`, 'some_service_name')")
  const ann = visitor(`${url.replace('http', 'ws')}websocket/room?name=ann`)
  expect(await ann.next()).toEqual({ type: 'came', name: 'ann', here: ['ann'] })
  example.say('typed by hand')
  expect(await ann.next()).toEqual({ type: 'news', text: 'typed by hand' })
  example.kill('SIGTERM')
  await once(ann.socket, 'close')
  expect((await example.ended).stderr).toBe('')
}, 30_000)

test('its program and its service are under 60 lines together, blank ones and comments among them', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  expect(files.toSorted()).toEqual(['main.ts', 'websocket/chat_room_websocket.ts'])
  const lines = files.flatMap((name) => readFileSync(new URL(name, FOLDER), 'utf8').trimEnd().split('\n'))
  expect(lines.length).toBeLessThan(60)
})
