// The cursors example: the room and its people in virtual time, and 200 of them over real sockets (cursors-load.ts). A page in a real
// browser is in test/browser/cursors.test.ts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnyPid, exit, supervisor } from 'gensock'
import { msgpackCodec } from 'gensock/msgpack'
import { type Codec, jsonCodec } from 'gensock/protocol'
import { type TestNode, testNode } from 'gensock/testing'
import { cursorHandler, cursorNumbers, cursorRoom } from '../../examples/cursors/cursors.js'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'
import type { Load } from './cursors-load.js'

const HIGH = 64 * 1024

let node: TestNode
beforeEach(async () => {
  node = testNode()
  const started = node.run(() => supervisor.start({ children: [cursorRoom] }))
  await node.settle()
  await started
})
afterEach(() => node.stop())

/** With a mistake in it. */
const faulty: typeof cursorHandler = {
  ...cursorHandler,
  handle(frame, state, self) {
    if (frame[1] === 'crash me') throw new Error('a mistake')
    return cursorHandler.handle(frame, state, self)
  },
}
type Frame = readonly [name: string | number, data?: any, more?: any]
interface Guest {
  readonly socket: FakeTransport
  readonly id: number
  say(frame: unknown): Promise<void>
  move(x: number, y: number): Promise<void>
  /** What came since the last look, decoded. */
  heard(): Frame[]
}
async function connected(codec: Codec = jsonCodec): Promise<Omit<Guest, 'id'>> {
  const offer = codec.name === 'json' ? 'cursors.1' : `cursors.1+${codec.name}`
  const socket = fakeTransport(node, faulty, { request: { headers: { 'sec-websocket-protocol': offer } } })
  await node.settle()
  const say = async (frame: unknown): Promise<void> => {
    socket.send(codec.encode(frame))
    await node.settle()
  }
  return {
    socket,
    say,
    move: (x, y) => say(['move', { x, y }]),
    heard: () =>
      socket.take().flatMap(([kind, data]) => (kind === 'text' || kind === 'binary' ? [codec.decode(data) as Frame] : [])),
  }
}
/** In, with all rows told. */
async function entered(name: string, codec?: Codec): Promise<Guest> {
  const guest = await connected(codec)
  await guest.say([1, 'enter', { name }])
  const id = guest.heard().find(([answer]) => answer === -1)?.[2].id as number
  await node.advance(100)
  guest.heard()
  return { ...guest, id }
}
const row = (id: number): number => id % 8

describe('who comes in', () => {
  test('is asked to by “hello”, hears who is here before the answer, and all rows with the next tick; the others hear who came', async () => {
    const ann = await entered('ann')
    await ann.move(10, 20)
    await node.advance(50)
    ann.heard()
    const bob = await connected()
    expect(bob.heard()).toEqual([['hello']])
    await bob.say([1, 'enter', { name: 'bob' }])
    const people = [
      { id: ann.id, name: 'ann' },
      { id: ann.id + 1, name: 'bob' },
    ]
    expect(bob.heard()).toEqual([
      ['here', { people }],
      [-1, 'ok', { id: ann.id + 1 }],
    ])
    expect(ann.heard()).toEqual([['came', people[1]]])
    await node.advance(50)
    const rows = bob.heard()
    expect(rows.map(([name]) => name)).toEqual(Array(8).fill('moved'))
    expect(rows.map(([, { row }]) => row as number).toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(rows.flatMap(([, { at }]) => at)).toEqual([[ann.id, 10, 20]])
  })

  test('is told that the room is full when 250 are in, and gets in once one has left', async () => {
    const guests: Guest[] = []
    for (let n = 0; n < 250; n++) guests.push(await entered(`g${n}`))
    const late = await connected()
    late.heard()
    await late.say([1, 'enter', { name: 'late' }])
    expect(late.heard()).toEqual([[-1, 'error', 'full', 250]])
    await late.move(1, 1)
    guests[0]?.socket.close(1000)
    await node.settle()
    await late.say([2, 'enter', { name: 'late' }])
    expect(late.heard().at(-1)).toEqual([-2, 'ok', { id: 251 }])
    expect((await node.run(cursorNumbers)).moves).toBe(0)
  }, 30_000)
})

describe('who moves', () => {
  test('is seen by everybody within 50 ms, and however often that was, once: where it is then', async () => {
    const [ann, bob] = [await entered('ann'), await entered('bob')]
    for (const guest of [ann, bob]) guest.heard()
    for (const x of [1, 2, 3]) await ann.move(x, 500)
    await node.advance(49)
    expect(bob.heard()).toEqual([])
    await node.advance(1)
    const told = ['moved', { row: row(ann.id), at: [[ann.id, 3, 500]] }]
    expect([ann.heard(), bob.heard()]).toEqual([[told], [told]])
    await node.advance(10_000)
    expect(bob.heard()).toEqual([])
  })

  test('is one of at most 8 messages to each in a tick of a crowd, which is 100 ms', async () => {
    const guests: Guest[] = []
    for (let n = 0; n < 60; n++) guests.push(await entered(`g${n}`))
    for (const guest of guests) guest.heard()
    for (let step = 0; step < 5; step++) for (const [n, guest] of guests.entries()) await guest.move(n, step)
    await node.advance(99)
    expect(guests.map((guest) => guest.heard())).toEqual(guests.map(() => []))
    await node.advance(1)
    for (const guest of guests) {
      const rows = guest.heard()
      expect(rows).toHaveLength(8)
      const at = rows.flatMap(([, rows]) => rows.at as [number, number, number][])
      expect(at.toSorted(([a], [b]) => a - b)).toEqual(guests.map(({ id }, n) => [id, n, 4]))
    }
  })

  test.each([
    [-1, 0],
    [0, 1001],
    [0.5, 0],
  ])('to %p, %p is refused, and not told to anybody', async (x, y) => {
    const [ann, bob] = [await entered('ann'), await entered('bob')]
    ann.heard()
    await ann.move(x, y)
    expect(ann.heard()).toMatchObject([[0, 'refused', { reason: 'bad_message', name: 'move' }]])
    await node.advance(1000)
    expect(bob.heard()).toEqual([])
  })

  test('more than 80 times at once is closed with 1008', async () => {
    const ann = await entered('ann')
    for (let n = 0; n < 79; n++) await ann.move(n, n) // one of the 80 was to come in
    expect(ann.socket.closed).toBeUndefined()
    for (let n = 0; n < 5; n++) await ann.move(n, n)
    expect(ann.socket.closed).toEqual(['close', 1008])
  })
})

describe('who reads slowly', () => {
  test.each([
    ['json', jsonCodec],
    ['msgpack', msgpackCodec],
  ])('gets the newest of each row and skips the rest, in %s; the others get all', async (_name, codec) => {
    const [ann, bob, eve] = [await entered('ann'), await entered('bob'), await entered('eve', codec)]
    for (const guest of [ann, bob]) guest.heard()
    eve.socket.bufferedBytes = HIGH + 1
    for (let n = 1; n <= 20; n++) {
      await ann.move(n, 0)
      await bob.move(0, n)
      await node.advance(50)
    }
    expect(ann.heard()).toHaveLength(40)
    expect(eve.heard()).toEqual([])
    eve.socket.bufferedBytes = 0
    await node.settle()
    expect(eve.heard()).toEqual([
      ['moved', { row: row(ann.id), at: [[ann.id, 20, 0]] }],
      ['moved', { row: row(bob.id), at: [[bob.id, 0, 20]] }],
    ])
    expect((await node.run(cursorNumbers)).skipped).toBe(38)
  })

  test('misses nobody who comes or goes, each once', async () => {
    const [ann, eve] = [await entered('ann'), await entered('eve')]
    ann.heard()
    eve.socket.bufferedBytes = HIGH + 1
    const bob = await entered('bob')
    await bob.move(7, 7)
    await node.advance(50)
    bob.socket.cut()
    await node.advance(50)
    eve.socket.bufferedBytes = 0
    await node.settle()
    const heard = eve.heard()
    expect(heard.filter(([name]) => name !== 'moved')).toEqual([
      ['came', { id: bob.id, name: 'bob' }],
      ['gone', { id: bob.id }],
    ])
    expect(heard.filter(([name]) => name === 'moved').flatMap(([, { at }]) => at)).toEqual([])
  })
})

describe('who leaves', () => {
  const ways: [string, (guest: Guest) => void][] = [
    ['closes', ({ socket }) => socket.close(1000)],
    ['is cut off', ({ socket }) => socket.cut()],
    ['is killed', ({ socket }) => exit(socket.pid, 'kill')],
  ]
  test.each(ways)('is gone for the others, and from its row: one who %s', async (_how, leave) => {
    const [ann, bob] = [await entered('ann'), await entered('bob')]
    await bob.move(1, 2)
    await node.advance(50)
    ann.heard()
    leave(bob)
    await node.advance(50)
    expect(ann.heard()).toEqual([
      ['gone', { id: bob.id }],
      ['moved', { row: row(bob.id), at: [] }],
    ])
  })
})

describe('a crash', () => {
  test('of one handler leaves the others as they are; its person is asked in again on the same connection', async () => {
    const [ann, bob] = [await entered('ann'), await entered('bob')]
    ann.heard()
    node.expectCrash(/a mistake/)
    bob.socket.send('crash me')
    await node.settle()
    expect(bob.heard()).toEqual([['hello']])
    expect(ann.heard()).toEqual([['gone', { id: bob.id }]])
    await bob.say([1, 'enter', { name: 'bob' }])
    expect(bob.heard().at(-1)).toEqual([-1, 'ok', { id: bob.id + 1 }])
    expect([ann.socket.closed, ann.socket.terminated, bob.socket.closed]).toEqual([undefined, [], undefined])
  })

  test('of the room closes no connection: all are asked into the next one, and see each other there', async () => {
    const [ann, bob] = [await entered('ann'), await entered('bob')]
    for (const guest of [ann, bob]) guest.heard()
    exit(node.whereis('cursors') as AnyPid, 'kill')
    await node.settle()
    for (const guest of [ann, bob]) {
      expect(guest.heard()).toEqual([['hello']])
      await guest.say([2, 'enter', { name: 'again' }])
    }
    await node.advance(50)
    for (const guest of [ann, bob]) guest.heard()
    await ann.move(5, 5)
    await node.advance(50)
    expect(bob.heard()).toEqual([['moved', { row: 1, at: [[1, 5, 5]] }]])
    expect([ann.socket.closed, bob.socket.closed]).toEqual([undefined, undefined])
  })
})

test('200 people over real sockets all know where everybody is; who reads nothing meanwhile has that from a few messages', async () => {
  const program = ['--import', 'tsx', 'test/examples/cursors-load.ts']
  const child = spawn(process.execPath, program, {
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  expect(problems).toBe('')
  const [rows, naive] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Load) as [Load, Load]
  expect(rows).toMatchObject({ way: 'rows', agree: 200, closed: {} })
  expect(rows.moves).toBeGreaterThan(200) // on a machine that has time for it: 2 000 a second
  expect(rows.told / rows.moves).toBeLessThan(naive.told / naive.moves / 4)
  expect(rows.moves).toBeGreaterThan(naive.moves) // who has less to read says more
  expect(rows.p99).toBeLessThan(500)
  expect(rows.grownMb).toBeLessThan(100)
  const { told = 0, got = 0, skipped = 0, newest } = rows.sleeper ?? {}
  expect([newest, skipped > 0]).toEqual([200, true])
  expect(got).toBeLessThanOrEqual(24) // its rows, and those of the ticks meanwhile
  expect(told).toBeGreaterThan(0)
}, 60_000)
