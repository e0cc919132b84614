// The experiment of the playground's "Chat" tab over real sockets: one client reads nothing while a parrot talks to the room.
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { processes, whereis } from 'gensock'
import { WebSocket } from 'ws'
import { chatProtocol } from '../../examples/chat/contract.js'
import { type Playground, startPlayground } from '../../examples/playground/server.js'

/** A message of the chat, or what the experiment says to the page that asked for it. */
interface News {
  readonly type: string
  readonly nick?: string
  readonly text?: string
  readonly n?: number
  readonly said?: number
  readonly heard?: number
  readonly missed?: number
}
interface Client {
  readonly socket: WebSocket
  readonly news: readonly News[]
  until(wanted: (news: News) => boolean): Promise<News>
}

let playground: Playground
beforeEach(async () => {
  playground = await startPlayground(0, '127.0.0.1')
})
afterEach(() => playground.stop())

async function connect(path: string, subprotocol?: string): Promise<Client> {
  const socket = new WebSocket(playground.url.replace('http', 'ws') + path, subprotocol)
  const news: News[] = []
  let look = (): void => undefined
  socket.on('message', (data) => {
    const said = JSON.parse((data as Buffer).toString())
    if (!Array.isArray(said)) news.push(said)
    else if (typeof said[0] === 'string') news.push({ type: said[0], ...said[1] })
    look()
  })
  await once(socket, 'open')
  const until = (wanted: (one: News) => boolean): Promise<News> =>
    new Promise((resolve) => {
      look = () => {
        const found = news.find(wanted)
        if (found !== undefined) resolve(found)
      }
      look()
    })
  return { socket, news, until }
}
async function join(nick: string, room = 'lobby'): Promise<Client> {
  const client = await connect(`ws/chat/${room}`, chatProtocol.version)
  client.socket.send(JSON.stringify([1, 'join', { nick }]))
  await client.until(({ type }) => type === 'welcome')
  return client
}
const came = ({ type, nick }: News): boolean => type === 'came' && nick === 'sleeper'
const left = ({ type, nick }: News): boolean => type === 'left' && nick === 'sleeper'
const parrots = ({ news }: Client): number[] => news.flatMap(({ type, n }) => (type === 'parrot' ? [n as number] : []))

test('who reads hears every line of the parrot in order; the slow one hears some, and is told how many it missed', async () => {
  const [ann, eve] = [await join('ann'), await join('eve', 'attic')]
  const slow = await connect('ws/slow/lobby')
  const closed = once(slow.socket, 'close')
  const { said, heard, missed } = await ann.until(({ type }) => type === 'awake')
  expect(parrots(ann)).toEqual(Array.from({ length: 1500 }, (_, n) => n + 1))
  expect([said, (heard ?? 0) + (missed ?? 0)]).toEqual([1500, 1500])
  expect(missed).toBeGreaterThan(100)
  expect((await closed)[0]).toBe(1000)
  await ann.until(left)
  expect(eve.news.map(({ type }) => type)).toEqual(['welcome'])
}, 30_000)

test('there is one at a time; it ends at once, parrot and all, when the page that asked for it goes', async () => {
  const ann = await join('ann')
  const slow = await connect('ws/slow/lobby')
  await ann.until(({ n }) => n === 100)
  const other = await connect('ws/slow/attic')
  expect(await other.until(({ type }) => type === 'refused')).toEqual({
    type: 'refused',
    text: 'a slow listener is at it: one at a time',
  })
  expect((await once(other.socket, 'close'))[0]).toBe(1000)
  slow.socket.terminate()
  await ann.until(left)
  const heard = parrots(ann).length
  const eve = await join('eve')
  await connect('ws/slow/lobby')
  await eve.until(came)
  expect(heard).toBeLessThan(1500)
  expect(parrots(ann).slice(0, heard)).toEqual(Array.from({ length: heard }, (_, n) => n + 1))
  await eve.until(({ n }) => n === 1)
}, 30_000)

test.each([
  ['lobby', 'somebody here is called sleeper'],
  ['no%20room', 'a room is named with 1 to 20 letters, digits, _ or -'],
])('a slow listener that does not get into %s says why', async (room, text) => {
  await join('sleeper')
  const slow = await connect(`ws/slow/${room}`)
  expect(await slow.until(() => true)).toEqual({ type: 'refused', text })
})

test('an experiment that runs while the server stops leaves nothing behind', async () => {
  const ann = await join('ann')
  await connect('ws/slow/lobby')
  await ann.until(({ n }) => n === 100)
  const closed = once(ann.socket, 'close')
  await playground.stop()
  expect((await closed)[0]).toBe(1012)
  expect(processes()).toEqual([whereis('pg')]) // the groups of the node
})
