// A socket handler and a service from a file, in TypeScript: compiled by @swc/jest, also the file that `discover` loads.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { supervisor } from 'gensock'
import { discover } from 'gensock/chicago-boss'
import { type SocketHandler, text } from 'gensock/socket'
import { fakeTransport, testNode, type TestNode } from 'gensock/testing'
import { matchers } from 'gensock/testing/jest'

expect.extend(matchers)

const echo: SocketHandler<number> = {
  init: () => ['push', text('welcome'), 1],
  handle: ([, said], n) => ['push', text(`${n} ${String(said)}`), n + 1],
}

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

test('a handler answers a peer without a network', async () => {
  const peer = fakeTransport(node, echo)
  await node.settle()
  peer.send('hello')
  await node.settle()
  expect(peer.take()).toEqual([
    ['text', 'welcome'],
    ['text', '1 hello'],
  ])
  peer.close(1000)
  await expect(peer.pid).toExitWith('normal')
})

test('a service is found in a file that Jest compiles', async () => {
  const boss = await node.run(() => discover(join(__dirname, 'services'), { baseUrl: '/chat' }))
  expect(boss.routes.map(({ path }) => path)).toEqual(['/chat/websocket/echo'])
  await node.run(() => supervisor.stop(boss.pid))
  await expect(boss.pid).toExitWith('normal')
})
