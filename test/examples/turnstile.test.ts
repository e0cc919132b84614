// The turnstile example in virtual time: a machine that nobody has told of sockets, and clients that all see its state.
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, type Pid, supervisor } from 'gensock'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { createActor } from 'xstate'
import { machine } from '../../examples/turnstile/machine.js'
import { handler, newChild } from '../../examples/turnstile/turnstile.js'
import { compiled } from './run-example.js'

const run = compiled('turnstile')

let node: TestNode
beforeEach(async () => {
  node = testNode()
  void node.run(() => supervisor.start({ children: [newChild()] }))
  await node.settle()
})
afterEach(() => node.stop())

async function client(): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, { request: { headers: { 'sec-websocket-protocol': 'turnstile.1' } } })
  await node.settle()
  return socket
}
async function say(socket: FakeTransport, ...frames: readonly (readonly [string, object])[]): Promise<void> {
  for (const frame of frames) socket.send(JSON.stringify(frame))
  await node.settle()
}
/** Since it was asked last. */
const heard = (socket: FakeTransport): unknown[] => socket.take().map(([, data]) => JSON.parse(String(data)))

describe('a client', () => {
  test('hears the state when it comes, and then each change, whoever has made it', async () => {
    const [ann, bob] = [await client(), await client()]
    await say(ann, ['coin', { cents: 100 }])
    await say(bob, ['push', {}])
    const all = [
      ['locked', { passed: 0 }],
      ['unlocked', { passed: 0 }],
      ['locked', { passed: 1 }],
    ]
    expect([heard(ann), heard(bob)]).toEqual([all, all])
    expect(heard(await client())).toEqual([['locked', { passed: 1 }]])
  })

  test('gets back a coin that is too small, or one too many, and pushes in vain without one', async () => {
    const ann = await client()
    await say(ann, ['push', {}], ['coin', { cents: 99 }], ['coin', { cents: 100 }], ['coin', { cents: 200 }])
    expect(heard(ann).slice(1)).toEqual([
      ['rattled', {}],
      ['returned', { cents: 99 }],
      ['unlocked', { passed: 0 }],
      ['returned', { cents: 200 }],
    ])
  })

  test('that has paid and does not come is locked out after 5 s', async () => {
    const ann = await client()
    await say(ann, ['coin', { cents: 100 }])
    await node.advance(4999)
    expect(heard(ann).at(-1)).toEqual(['unlocked', { passed: 0 }])
    await node.advance(1)
    expect(heard(ann)).toEqual([['locked', { passed: 0 }]])
  })

  test('cannot say what the contract does not have: the machine never sees it', async () => {
    const [ann, bob] = [await client(), await client()]
    await say(ann, ['coin', { cents: 0 }], ['kick', {}], ['coin', { cents: '100' }])
    expect(heard(ann).slice(1)).toMatchObject([
      [0, 'refused', { reason: 'bad_message', name: 'coin', path: ['cents'] }],
      [0, 'refused', { reason: 'unknown_message', name: 'kick' }],
      [0, 'refused', { reason: 'bad_message', name: 'coin', path: ['cents'] }],
    ])
    expect(heard(bob)).toEqual([['locked', { passed: 0 }]])
  })

  test('that leaves is told nothing more, and the others are', async () => {
    const [ann, bob] = [await client(), await client()]
    ann.close(1000)
    await node.settle()
    await say(bob, ['coin', { cents: 100 }])
    expect([heard(ann), heard(bob)]).toEqual([
      [['locked', { passed: 0 }]],
      [
        ['locked', { passed: 0 }],
        ['unlocked', { passed: 0 }],
      ],
    ])
  })
})

test('a turnstile that is killed is as it was, says nothing new, and goes on with the clients that it had', async () => {
  const [ann, bob] = [await client(), await client()]
  await say(ann, ['coin', { cents: 100 }], ['push', {}], ['coin', { cents: 100 }])
  expect(heard(ann)).toHaveLength(4)
  await node.advance(2000)
  const before = node.whereis('turnstile') as Pid
  node.run(() => exit(before, 'kill'))
  await node.settle()
  expect(node.whereis('turnstile')).not.toBe(before)
  await node.advance(2999)
  expect(heard(ann)).toEqual([])
  expect(heard(await client())).toEqual([['unlocked', { passed: 1 }]])
  await node.advance(1)
  expect(heard(ann)).toEqual([['locked', { passed: 1 }]])
  await say(ann, ['coin', { cents: 100 }], ['push', {}])
  const after = [
    ['unlocked', { passed: 1 }],
    ['locked', { passed: 2 }],
  ]
  expect([heard(ann), heard(bob).slice(-2)]).toEqual([after, after])
  expect([ann.closed, bob.closed]).toEqual([undefined, undefined])
})

test('the machine runs as well without sockets and without gensock', () => {
  const actor = createActor(machine)
  const emitted: unknown[] = []
  actor.on('*', (event) => emitted.push(event))
  actor.start()
  actor.send({ type: 'coin', cents: 100 })
  actor.send({ type: 'push' })
  actor.stop()
  expect(emitted).toEqual([
    { type: 'locked', passed: 0 },
    { type: 'unlocked', passed: 0 },
    { type: 'locked', passed: 1 },
  ])
})

test('main.ts serves it on PORT, and SIGTERM closes its sockets with 1012', async () => {
  const main = run({ PORT: '0' })
  const url = (await main.line(/^ws:/)).replace('localhost', '127.0.0.1')
  const socket = new WebSocket(url, 'turnstile.1')
  const [first] = await once(socket, 'message')
  expect(String(first)).toBe('["locked",{"passed":0}]')
  const closed = once(socket, 'close')
  main.kill('SIGTERM')
  expect((await closed)[0]).toBe(1012)
  expect(await main.ended).toMatchObject({ code: 0, stderr: '' })
}, 30_000)
