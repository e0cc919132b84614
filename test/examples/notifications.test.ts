// The notifications example over a real server: what a browser gets and says, played by fetch and `ws`. The page in a real browser is
// that of the playground's stream page: test/browser/zotonic.test.ts.
import { on, once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { processes } from 'gensock'
import { WebSocket } from 'ws'
import { type Notifications, startNotifications } from '../../examples/notifications/notifications.js'
import { compiled } from './run-example.js'

const run = compiled('notifications')

let example: Notifications
beforeEach(async () => {
  example = await startNotifications(0, '127.0.0.1')
})
afterEach(() => example.stop())

interface Visit {
  readonly status: number
  readonly html: string
  /** For the next request. */
  readonly cookie: string
  /** Where the stream tag connects to. */
  readonly socket: string
}
async function visit(cookie = ''): Promise<Visit> {
  const answer = await fetch(example.url, { headers: { cookie } })
  const html = await answer.text()
  const set = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  const [, path = ''] = /data-gensock-stream="([^"]+)"/.exec(html) ?? []
  const socket = example.url.replace('http', 'ws') + path.slice(1).replaceAll('&amp;', '&')
  return { status: answer.status, html, cookie: set.length > 0 ? set.join('; ') : cookie, socket }
}
const visits = ({ html }: Visit): number => Number(/visit number (\d+)/.exec(html)?.[1])

/** A tab: connects, and says that it has everything up to `ack`. */
async function tab({ socket: url, cookie }: Visit, ack = 0): Promise<{ socket: WebSocket; next(): Promise<string> }> {
  const socket = new WebSocket(url, { headers: { cookie } })
  const messages = on(socket, 'message', { close: ['close'] })
  await once(socket, 'open')
  socket.send(`Z:PING:${new URL(url).searchParams.get('z_pageid')}:${ack}`)
  return { socket, next: async () => String((await messages.next()).value?.[0]) }
}
async function cut(socket: WebSocket): Promise<void> {
  socket.terminate()
  await once(socket, 'close')
}
const pong = (what: string) => new RegExp(`^Z:PONG:[\\w-]+:${what}$`)
const bell = (number: number, n: number) => new RegExp(`^Z:MSG:${number}:{"n":${n},"ordered":\\d+}$`)

describe('the page', () => {
  test('begins a session with two cookies that no script can read, and goes on with it: visits are counted', async () => {
    const answer = await fetch(example.url)
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^z_sid=.*HttpOnly/),
      expect.stringMatching(/^z_pid=.*HttpOnly/),
    ])
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'self'/)
    const first = await visit()
    expect([first, await visit(first.cookie), await visit(first.cookie)].map(visits)).toEqual([1, 2, 3])
  })

  test('a forged cookie is that of somebody new', async () => {
    const { cookie } = await visit()
    const forged = await visit(cookie.replace(/z_sid=./, 'z_sid=_'))
    expect([forged.status, visits(forged)]).toEqual([200, 1])
    expect(forged.cookie).not.toBe(cookie)
  })

  test('two tabs that load at once are two visits', async () => {
    const { cookie } = await visit()
    const both = await Promise.all([visit(cookie), visit(cookie)])
    expect(both.map(visits).sort((one, other) => one - other)).toEqual([2, 3])
  })

  test('what it loads is served, other methods get 405, other paths 404', async () => {
    const { html } = await visit()
    for (const [, path = ''] of html.matchAll(/(?:src|href)="\/([^"]+)"/g)) {
      const answer = await fetch(example.url + path)
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/)
    }
    expect((await fetch(example.url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${example.url}constructor`)).status).toBe(404)
  })
})

describe('the bell', () => {
  test('rings when its time has come, in a tab that is there', async () => {
    const { socket, next } = await tab(await visit())
    expect(await next()).toMatch(pong('new:0'))
    const since = performance.now()
    socket.send('ring 1')
    expect(await next()).toMatch(bell(1, 1))
    expect(performance.now() - since).toBeGreaterThan(950)
  })

  test('waits for a tab that is away, and rings once, when it is back; what it has does not ring again', async () => {
    const here = await visit()
    const first = await tab(here)
    await first.next()
    first.socket.send('ring 0')
    expect(await first.next()).toMatch(bell(1, 1))
    await cut(first.socket)
    const other = await tab(await visit(here.cookie))
    expect(await other.next()).toMatch(pong('new:0'))
    other.socket.send('ring 0')
    expect(await other.next()).toMatch(bell(1, 2))

    const second = await tab(here, 1)
    expect(await second.next()).toMatch(pong('resumed:1'))
    expect(await second.next()).toMatch(bell(2, 2))
    await cut(second.socket)
    const third = await tab(here, 2)
    expect(await third.next()).toMatch(pong('resumed:2'))
    third.socket.send('ring 0')
    expect(await third.next()).toMatch(bell(3, 3))
  })

  test('rings for the visitor who has ordered it, and for nobody else', async () => {
    const [ann, bob] = [await tab(await visit()), await tab(await visit())]
    for (const { next } of [ann, bob]) await next()
    ann.socket.send('ring 0')
    await ann.next()
    bob.socket.send('ring 0')
    expect(await bob.next()).toMatch(bell(1, 1))
  })

  test('an order that cannot be understood rings nothing, and the tab lives on', async () => {
    const { socket, next } = await tab(await visit())
    await next()
    for (const order of ['ring 16', 'ring -1', 'ring', 'Ring 0', '{']) socket.send(order)
    socket.send(Buffer.from([0, 255]))
    socket.send('ring 0')
    expect(await next()).toMatch(bell(1, 1))
  })

  test('a page needs the session of its visitor: another one gets no answer for it, and nobody without a cookie', async () => {
    const [ann, bob] = [await visit(), await visit()]
    const [error] = await once(new WebSocket(ann.socket), 'error')
    expect(String(error)).toContain('403')
    const thief = await tab({ ...bob, socket: ann.socket })
    const { socket, next } = await tab(ann)
    await next()
    socket.send('ring 0')
    expect(await next()).toMatch(bell(1, 1))
    expect(await thief.next()).toMatch(pong('new:1000000')) // a page of his own, by a name that he brought
    thief.socket.send('ring 0')
    expect(await thief.next()).toMatch(bell(1_000_001, 1))
  })
})

test('stop closes the sockets with 1012 and leaves no process behind', async () => {
  const { socket } = await tab(await visit())
  const closed = once(socket, 'close')
  await example.stop()
  expect((await closed)[0]).toBe(1012)
  expect(processes()).toEqual([])
  example = await startNotifications(0, '127.0.0.1')
})

test('main.ts serves it on PORT, and SIGTERM ends it', async () => {
  const main = run({ PORT: '0' })
  const url = (await main.line(/^http:/)).replace('localhost', '127.0.0.1')
  expect(await (await fetch(url)).text()).toContain('visit number 1')
  main.kill('SIGTERM')
  expect(await main.ended).toMatchObject({ code: 0, stderr: '' })
}, 30_000)
