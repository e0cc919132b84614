// The hello example: the guide's handler over a real socket, by its functions and as a program.
import { on, once } from 'node:events'
import { expect, test } from '@jest/globals'
import { cowboy08 } from 'gensock/cowboy'
import { listen, route } from 'gensock/socket'
import { WebSocket } from 'ws'
import { guide } from '../../examples/hello/hello.js'
import { runExample } from './run-example.js'

/** A socket and its texts, one by one in order. */
function texts(url: string): { socket: WebSocket; next(): Promise<string> } {
  const socket = new WebSocket(url)
  const messages = on(socket, 'message', { close: ['close'] })
  return { socket, next: async () => String((await messages.next()).value?.[0]) }
}

test('says Hello! after a second, asks every second, and answers what she said', async () => {
  const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/websocket', cowboy08(guide))] })
  const { socket, next } = texts(`ws://127.0.0.1:${listener.port}/websocket`)
  const since = performance.now()
  await once(socket, 'open')
  expect(await next()).toBe('Hello!')
  expect(performance.now() - since).toBeGreaterThan(950)
  socket.send('it is alive')
  expect(await next()).toBe("That's what she said! it is alive")
  expect(await next()).toBe("How' you doin'?")
  expect(await next()).toBe("How' you doin'?")
  socket.close()
  await once(socket, 'close')
  await listener.drain({ deadlineMs: 1000 })
}, 20_000)

test('main.ts serves it on PORT', async () => {
  const example = runExample('hello', { PORT: '0' })
  const url = (await example.line(/^ws:/)).replace('localhost', '127.0.0.1')
  const { socket, next } = texts(url)
  expect(await next()).toBe('Hello!')
  example.kill('SIGTERM')
  await once(socket, 'close')
  expect((await example.ended).stderr).toBe('')
}, 30_000)
