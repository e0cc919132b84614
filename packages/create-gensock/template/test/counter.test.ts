// Time is virtual here, a peer needs no network, and a crash that no test expects fails the test.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { supervisor, sys } from 'gensock'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { counters, routeOf } from '../src/app.ts'

let node: TestNode
beforeEach(async () => {
  node = testNode()
  await node.run(() => supervisor.start({ children: counters }))
})
afterEach(() => node.stop())

/** Somebody in a room: what it does, and what it has been told since the last look. */
async function visit(room: string) {
  const peer = fakeTransport(node, routeOf(room))
  await node.settle()
  return {
    peer,
    async send(order: string) {
      peer.send(order)
      await node.settle()
    },
    told: () => peer.take().map(([, data]) => JSON.parse(String(data)) as { count?: number; problem?: string }),
    counts() {
      return this.told().flatMap(({ count }) => count ?? [])
    },
  }
}

test('everybody in a room sees its count', async () => {
  const [ann, bob, eve] = [await visit('red'), await visit('red'), await visit('blue')]
  await ann.send('add')
  await bob.send('add')
  assert.deepEqual([ann.counts(), bob.counts(), eve.counts()], [[0, 1, 2], [0, 1, 2], [0]])
})

test('a crash of a counter ends nothing but its count', async () => {
  const [ann, bob] = [await visit('red'), await visit('blue')]
  for (const guest of [ann, bob]) await guest.send('add')
  const before = node.whereis('red')!
  const probe = node.probe<{ type: 'DOWN' }>()
  probe.monitor(before)

  node.expectCrash(/has pressed the button/)
  await ann.send('crash')
  assert.equal((await probe.next()).type, 'DOWN')
  assert.notEqual(node.whereis('red'), before) // its supervisor has started another

  assert.equal(ann.peer.closed, undefined) // the same connection
  for (const guest of [ann, bob]) await guest.send('add')
  assert.deepEqual(ann.counts(), [0, 1, 0, 1])
  assert.deepEqual(bob.counts(), [0, 1, 2])
})

test('who comes while a counter crashes is shown the next one', async () => {
  const ann = await visit('red')
  await node.run(() => sys.suspend('red')) // what comes now waits in its mailbox, and is lost with it
  await ann.send('crash')
  const bob = await visit('red')
  assert.deepEqual(bob.counts(), [])

  node.expectCrash(/has pressed the button/)
  await node.run(() => sys.resume('red'))
  await node.settle()
  assert.deepEqual(bob.counts(), [0])
})

test('what is no order is answered', async () => {
  const ann = await visit('green')
  await ann.send('multiply')
  assert.deepEqual(ann.told().at(-1), { problem: 'expected add or crash' })
})
