// The module that the stream tag loads, in a world that has nothing but what it needs; in real browsers it is tested in
// test/browser.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Client } from 'gensock/client'
import { message, ping, pong } from '../../src/wire/page.js'
import { settle } from './fakes.js'
import { FakeWorld } from './world.js'

const world = new FakeWorld()
const GIVEN = ['WebSocket', 'document', 'addEventListener', 'removeEventListener'] as const
let before: (readonly [name: string, value: PropertyDescriptor | undefined])[]
const events: unknown[] = []
let attribute: string | null = null
const asked: string[] = []

beforeAll(() => {
  before = GIVEN.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)])
  Object.assign(world.document, {
    querySelector(selector: string) {
      asked.push(selector)
      return attribute === null ? null : { getAttribute: () => attribute }
    },
    dispatchEvent: ({ type, detail }: CustomEvent) => void events.push([type, detail]),
  })
  for (const name of GIVEN) Object.defineProperty(globalThis, name, { value: world.env[name], configurable: true })
})
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(globalThis, name)
    else Object.defineProperty(globalThis, name, value)
  }
})

test('without a script element that names a socket it is an error', async () => {
  await jest.isolateModulesAsync(async () => {
    await expect(import('../../src/client/stream.js')).rejects.toThrow(
      'gensock: there is no script element with data-gensock-stream',
    )
  })
})

test('it connects the page that its element names; each message is an event of the document, and goes to onmessage', async () => {
  attribute = '/websocket?z_pageid=a'
  const { stream }: { readonly stream: Client } = await import('../../src/client/stream.js')
  expect(asked.at(-1)).toBe('script[data-gensock-stream]')
  await settle()
  expect(world.socket.url.href).toBe('wss://host.test/websocket?z_pageid=a&gensock=ws')
  await world.socket.greet()
  expect(world.socket.sent).toEqual([ping('a', 0)])
  await world.socket.receive(pong('a', 'new', 0))
  // The page's scripts have not run yet: nobody could listen.
  await world.socket.receive(message(1, 'early'))
  const open = { resumed: 'new', transport: 'ws' }
  expect([events.splice(0), stream.onmessage]).toEqual([[['gensock:open', open]], null])
  await world.event('DOMContentLoaded')
  await world.socket.receive(message(2, 'news'))
  const got: unknown[] = []
  stream.onmessage = (data) => got.push(data)
  await settle()
  await world.socket.receive(message(3, 'for both'))
  stream.onmessage = null
  await world.event('load')
  await world.socket.receive(message(4, 'more'))
  expect(got).toEqual(['for both'])
  expect(events).toEqual(['early', 'news', 'for both', 'more'].map((text) => ['gensock:message', text]))
  expect([stream.state, stream.send('x')]).toEqual(['open', true])

  // An onopen that comes late is told what is so, an onclose is not yet.
  const told: unknown[] = []
  stream.onopen = (info) => told.push(['open', info])
  stream.onclose = (info) => told.push(['closed', info])
  await settle()
  expect(told.splice(0)).toEqual([['open', open]])
  events.length = 0
  // The server has begun anew, and knows neither page nor session.
  const closed = { code: 3003, reason: 'HTTP 403', willRetry: false }
  await world.socket.end(3003, 'HTTP 403')
  expect([told.splice(0), events]).toEqual([[['closed', closed]], [['gensock:closed', closed]]])
  stream.onopen = () => told.push('open')
  stream.onclose = (info) => told.push(['late', info])
  await settle()
  expect(told).toEqual([['late', closed]])
})
