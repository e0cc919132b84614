// The bullet example: the clock over a WebSocket in virtual time, over plain HTTP, and as a program.
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { bullet } from 'gensock/bullet'
import { listen, route } from 'gensock/socket'
import { fakeTransport, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { clock } from '../../examples/bullet/bullet.js'
import { compiled } from './run-example.js'

const run = compiled('bullet')

const TIME = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/
const time: unknown = expect.stringMatching(TIME)

test('says the time every second, and pong to ping', async () => {
  const node = testNode()
  const lines: string[] = []
  const socket = fakeTransport(node, bullet(clock((line) => lines.push(line))))
  await node.advance(2500)
  socket.send('ping')
  socket.send('hello')
  await node.settle()
  expect(socket.sent).toEqual([
    ['text', time],
    ['text', time],
    ['text', 'pong'],
  ])
  socket.close()
  await node.settle()
  expect(lines.map((line) => line.replace(/: .*/, ''))).toEqual([
    'bullet init',
    'clock refresh timeout',
    'clock refresh timeout',
    'ping received',
    'stream received hello',
    'bullet terminate',
  ])
  expect(node.nextDueMs()).toBe(Infinity)
  await node.stop()
})

test('a poll is one time, a POST an answer, each with init and terminate of its own', async () => {
  const node = testNode()
  const lines: string[] = []
  let begun = (): void => undefined
  const init = new Promise<void>((resolve) => (begun = resolve))
  const log = (line: string): void => {
    lines.push(line)
    begun()
  }
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route('/bullet', bullet(clock(log)))] })
  const url = `http://127.0.0.1:${listener.port}/bullet`
  const poll = fetch(url)
  await init
  await node.advance(1000)
  expect(await (await poll).text()).toEqual(time)
  expect(await (await fetch(url, { method: 'POST', body: 'ping' })).text()).toBe('pong')
  const clockLine: unknown = expect.stringMatching(/^clock refresh timeout: /)
  expect(lines).toEqual(['bullet init', clockLine, 'bullet terminate', 'bullet init', 'ping received', 'bullet terminate'])
  await listener.drain({ deadlineMs: 1000 })
  await node.stop()
})

test('main.ts serves it on PORT', async () => {
  const example = run({ PORT: '0' })
  const url = (await example.line(/^http:/)).replace('localhost', '127.0.0.1')
  expect(await (await fetch(url, { method: 'POST', body: 'ping' })).text()).toBe('pong')
  const socket = new WebSocket(url.replace('http', 'ws'))
  const [message] = (await once(socket, 'message')) as [Buffer]
  expect(String(message)).toEqual(time)
  await example.line(/^clock refresh timeout: /)
  example.kill('SIGTERM')
  await once(socket, 'close')
  expect((await example.ended).stderr).toBe('')
}, 30_000)
