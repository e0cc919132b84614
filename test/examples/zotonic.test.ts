// The handler of Zotonic's manual: in virtual time behind each of its rules, over a real socket, and as a program.
import { on, once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { supervisor } from 'gensock'
import { type Listener, listen } from 'gensock/socket'
import { type Sessions, startSessions } from 'gensock/session'
import { dispatch } from 'gensock/zotonic'
import { WebSocket } from 'ws'
import { manualRules } from '../../examples/zotonic/manual.js'
import { compiled } from './run-example.js'

const run = compiled('zotonic')

/** A socket and its texts, one by one in order. */
function texts(url: string, cookie?: string): { socket: WebSocket; next(): Promise<string> } {
  const socket = new WebSocket(url, cookie === undefined ? {} : { headers: { cookie } })
  const messages = on(socket, 'message', { close: ['close'] })
  return { socket, next: async () => String((await messages.next()).value?.[0]) }
}

describe('over a listener', () => {
  let sessions: Sessions
  let listener: Listener
  let url: string
  beforeEach(async () => {
    sessions = await startSessions()
    const { routes } = dispatch(manualRules(), { sessions })
    listener = await listen({ port: 0, host: '127.0.0.1', routes })
    url = `ws://127.0.0.1:${listener.port}/socket`
  })
  afterEach(async () => {
    await listener.drain({ deadlineMs: 100 })
    await supervisor.stop(sessions.pid)
  })

  test.each(['without-session', 'controller'])('/socket/%s says Hello! after a second, and what you said', async (name) => {
    const since = performance.now()
    const { next, socket } = texts(`${url}/${name}`)
    await once(socket, 'open')
    socket.send('it is alive')
    expect(await next()).toBe('You said: it is alive')
    expect(await next()).toBe('Hello!')
    expect(performance.now() - since).toBeGreaterThan(950)
  })

  test('/socket/custom needs a session: 403 without one, Hello! with its cookie', async () => {
    const [error] = await once(texts(`${url}/custom`).socket, 'error')
    expect(String(error)).toContain('403')
    const { cookies } = await sessions.ensure({}, { secure: false })
    const { next } = texts(`${url}/custom`, cookies.map((line) => line.split(';')[0]).join('; '))
    expect(await next()).toBe('Hello!')
  })

  test('a plain GET gets the page that says what this address is for', async () => {
    const answer = await fetch(`${url.replace('ws', 'http')}/custom`)
    expect([answer.status, answer.headers.get('x-robots-tag')]).toEqual([200, 'noindex'])
  })
})

test('main.ts serves it on PORT', async () => {
  const example = run({ PORT: '0' })
  const { socket, next } = texts((await example.line(/^ws:/)).replace('localhost', '127.0.0.1'))
  expect(await next()).toBe('Hello!')
  example.kill('SIGTERM')
  await once(socket, 'close')
  expect((await example.ended).stderr).toBe('')
}, 30_000)
