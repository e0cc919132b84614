// Messages that wait for `onmessage` while connections break: after the next answer each comes once.
import { expect, test } from '@jest/globals'
import { message, ping, pong } from '../../src/wire/page.js'
import { settle } from './fakes.js'
import { start } from './world.js'

test.each([
  ['after a gap what waits comes once, also what comes again', 2, [3, 4, 5], ['m1', 'm2', 'm3', 'm4', 'm5']],
  // It crashed; what it said to the first ping 0 was lost with the connection. Its numbers are elsewhere.
  [
    'a page that was made anew: what waits of the one before, then its own',
    1_000_000,
    [1_000_001],
    ['m1', 'm2', 'm3', 'm4', 'm1000001'],
  ],
])('%s', async (_title, from, numbers, heard) => {
  const { world, client, messages } = await start({ transports: ['ws'], resume: true }, undefined, '/websocket?z_pageid=a')
  await world.socket.greet()
  await world.socket.receive(pong('a', 'new', 0))
  const { onmessage } = client
  client.onmessage = null
  for (let n = 1; n <= 4; n++) await world.socket.receive(message(n, `m${n}`))
  await world.socket.end()
  await world.advance(250)
  await world.socket.greet()
  expect(world.socket.sent).toEqual([ping('a', 0)])
  await world.socket.receive(pong('a', 'gap', from))
  for (const n of numbers) await world.socket.receive(message(n, `m${n}`))
  client.onmessage = onmessage
  await settle()
  expect(messages).toEqual(heard)
})
