// What listen is given and cannot listen on.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type TestNode, testNode } from 'gensock/testing'
import { listen, route, type SocketHandler } from 'gensock/socket'
import { linked } from '../linked.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const idle: SocketHandler<null> = { init: () => ['ok', null], handle: () => ['ok', null] }
const routes = [route('/ws', idle)]

test.each([[''], [7], [null]])('the host %j is refused before anything listens', async (host) => {
  await expect(listen({ port: 0, host: host as never, node, routes })).rejects.toThrow(
    'listen: host must be a host name or address',
  )
})

test('an address that is not of this machine is said by its code, with port and host', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  const listening = listen({ port: 8080, host: '192.0.2.1', node, routes })
  await expect(listening).rejects.toMatchObject({
    code: 'GENSOCK_ERR_LISTEN',
    message: linked('GENSOCK_ERR_LISTEN', 'listen: port 8080 of 192.0.2.1 cannot be listened on (EADDRNOTAVAIL)'),
  })
})
