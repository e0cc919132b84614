// Messages that wait for `onmessage` while connections break.
import { expect, test } from '@jest/globals'
import { message, ping, pong } from '../../src/wire/page.js'
import { settle } from './fakes.js'
import { start } from './world.js'

const page = () => start({ transports: ['ws'], resume: true }, undefined, '/websocket?z_pageid=a')

test('after a gap what waits for onmessage comes once', async () => {
  const scene = await page()
  const { world, client } = scene
  await world.socket.greet()
  await world.socket.receive(pong('a', 'new', 0))
  const { onmessage } = client
  client.onmessage = null
  for (let n = 1; n <= 4; n++) await world.socket.receive(message(n, `m${n}`))
  await world.socket.end()
  await world.advance(250)
  await world.socket.greet()
  expect(world.socket.sent).toEqual([ping('a', 0)])
  await world.socket.receive(pong('a', 'gap', 2)) // its queue has dropped 1 and 2
  for (let n = 3; n <= 5; n++) await world.socket.receive(message(n, `m${n}`))
  client.onmessage = onmessage
  await settle()
  expect(scene.messages).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
})

test('what a page has sent that was made anew comes, and what the one before it has sent, though its new was lost', async () => {
  const scene = await page()
  const { world, client } = scene
  await world.socket.greet()
  await world.socket.receive(pong('a', 'new', 0))
  const { onmessage } = client
  client.onmessage = null
  for (let n = 1; n <= 4; n++) await world.socket.receive(message(n, `m${n}`))
  // The page crashes; the next one numbers from elsewhere; what it says to ping 0 is lost with the connection, and ping 0 comes again.
  await world.socket.end()
  await world.advance(250)
  await world.socket.greet()
  await world.socket.receive(pong('a', 'gap', 1_000_000))
  for (let n = 1; n <= 2; n++) await world.socket.receive(message(1_000_000 + n, `new ${n}`))
  client.onmessage = onmessage
  await settle()
  expect(scene.messages).toEqual(['m1', 'm2', 'm3', 'm4', 'new 1', 'new 2'])
})
