// Programs with all that keeps a program alive: nodes on the system clock with timers, a supervised tree, a listener with
// connected sockets. Run by kit.test.ts in a jest of their own, once with their stop and once without.
import { expect, test } from '@jest/globals'
import { child, createNode, defaultNode, defineServer, type Node, supervisor } from 'gensock'
import { listen, route, type SocketHandler } from 'gensock/socket'
import { testNode } from 'gensock/testing'
import { WebSocket } from 'ws'

const isStopped = process.env['GENSOCK_FIXTURE'] !== 'without-stop'
async function stop(node: Node): Promise<void> {
  if (isStopped) await node.stop()
}
/** Runs the program and waits until it says that it is up. */
const upOn = (node: Node, start: (up: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    node.run(() => start(resolve))
  })

test('timers of a node', async () => {
  const node = createNode()
  node.sendAfter(
    60_000,
    node.spawn((self) => self.receive()),
    'much later',
  )
  await upOn(node, (up) => {
    node.spawn(async (self) => {
      up()
      await self.sleep(60_000)
    })
  })
  node.spawn((self) => self.receive({ afterMs: 60_000 }))
  await stop(node)
})

const ticker = defineServer<null, 'tick'>()({
  init: (_arg: undefined, self) => {
    self.sendAfter(60_000, 'tick')
    return ['ok', null]
  },
})
test('a supervised tree', async () => {
  const node = createNode()
  const started = await node.run(() =>
    supervisor.start({ children: [child('a', ticker, undefined), child('b', ticker, undefined)] }),
  )
  expect(started[0]).toBe('ok')
  await stop(node)
})

const echo: SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
test('a listener with a connected socket', async () => {
  const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/echo', echo)] })
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/echo`)
  await new Promise((resolve, reject) => {
    client.on('open', () => client.send('hi'))
    client.on('message', resolve)
    client.on('error', reject)
  })
  const closed = new Promise((resolve) => client.on('close', resolve))
  if (!isStopped) return
  await defaultNode().stop()
  await closed
})

test('a node in virtual time', async () => {
  const node = testNode()
  const pid = node.spawn((self) => self.sleep(60_000))
  await stop(node)
  expect(node.isAlive(pid)).toBe(!isStopped)
})
