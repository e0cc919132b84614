// Zotonic's case of the client, Z61, in virtual time.
import { expect, test } from '@jest/globals'
import { ping, pong } from '../../../src/wire/page.js'
import { start } from '../../client/world.js'

test('Z61. Given the page in the browser, when no Z:PONG comes within 5 s, then it connects again only if one was ever received', async () => {
  const never = await start({ resume: true, transports: ['ws'] }, undefined, '/websocket?z_pageid=a')
  await never.world.socket.open()
  expect(never.world.socket.sent).toEqual([ping('a', 0)])
  await never.world.advance(300_000)
  expect([never.client.state, never.world.sockets.length]).toEqual(['open', 1])

  const once = await start({ resume: true, transports: ['ws'] }, undefined, '/websocket?z_pageid=a')
  await once.world.socket.open()
  await once.world.socket.receive(pong('a', 'new', 0))
  await once.world.advance(20_000)
  expect(once.world.socket.sent).toEqual([ping('a', 0), ping('a', 0)])
  // Anything else that comes is no answer of the page.
  await once.world.socket.receive('other')
  await once.world.advance(4999)
  expect([once.client.state, once.world.sockets.length]).toEqual(['open', 1])
  await once.world.advance(1)
  expect([once.client.state, once.world.socket.closed]).toEqual(['waiting', []])
  await once.world.advance(250)
  await once.world.socket.open()
  expect(once.world.socket.sent).toEqual([ping('a', 0)])
  // Nor is it forgotten that there was one: the new connection has 5 s as well.
  await once.world.advance(5000)
  expect([once.client.state, once.world.socket.closed]).toEqual(['waiting', []])
})
