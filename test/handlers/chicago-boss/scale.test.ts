// A service with 1 000 sockets that crashes once a second for a minute loses no socket, no join and no text. In virtual time.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { self as selfPid, sendAfter } from 'gensock'
import { type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'

const SOCKETS = 1000
const SECONDS = 60

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** By user: how often it has joined, and what was heard of it. */
type Book = Map<string, { joins: number; readonly texts: string[] }>

/** Crashes 1 s after its start if no text has made it crash before. Its state is who has joined. */
function crashing(book: Book): ServiceModule<Map<WebSocketPid, string>, string> {
  return (_req, user = '') => ({
    init() {
      sendAfter(1000, selfPid(), 'crash')
      return ['ok', new Map()]
    },
    handleJoin(_url, webSocket, members) {
      const entry = book.get(user) ?? { joins: 0, texts: [] }
      book.set(user, entry)
      entry.joins++
      return ['noreply', members.set(webSocket, user)]
    },
    handleIncoming(_url, webSocket, text, members) {
      if (text === 'crash') throw new Error('boom')
      if (members.get(webSocket) !== user) throw new Error(`${user} is no member`)
      book.get(user)?.texts.push(text)
      return ['noreply', members]
    },
    handleBroadcast(news, members) {
      for (const webSocket of members.keys()) node.send(webSocket, ['text', news])
      return ['noreply', members]
    },
    handleInfo() {
      throw new Error('boom')
    },
    handleClose: (_reason, _url, webSocket, members) => (members.delete(webSocket), ['noreply', members]),
  })
}

test('1 000 sockets keep their service through 60 crashes in a minute', async () => {
  const book: Book = new Map()
  const module = crashing(book)
  const boss = await services({ myapp_chat_websocket: module }, { node })
  const sockets = Array.from({ length: SOCKETS }, (_, n) =>
    fakeTransport(node, boss.routes[0], { request: { cookies: { _boss_session: `u${n}` } } }),
  )
  await node.settle()
  for (let second = 1; second <= SECONDS; second++) {
    node.expectCrash(/boom/)
    // Each second another one speaks before the crash and behind it. Every other crash comes of a text, 1 ms before the timer.
    const [speaker, culprit] = [sockets[second], sockets[second + SECONDS]] as [FakeTransport, FakeTransport]
    await node.advance(node.nextDueMs() - node.now() - 1)
    speaker.send(`before ${second}`)
    if (second % 2 === 0) culprit.send('crash')
    speaker.send(`behind ${second}`)
    await node.advance(second % 2 === 0 ? 0 : 1)
    const joins = new Set(Array.from(book.values(), (entry) => entry.joins))
    expect([second, ...joins]).toEqual([second, second + 1]) // each has been joined once more
  }
  expect([node.crashes.length, node.now()]).toEqual([SECONDS, 1000 * SECONDS - SECONDS / 2])
  expect(sockets.filter(({ closed, exit }) => closed !== undefined || exit !== undefined)).toEqual([])
  for (let second = 1; second <= SECONDS; second++)
    expect(book.get(`u${second}`)?.texts).toEqual([`before ${second}`, `behind ${second}`])
  boss.broadcast(module, 'all here?')
  await node.settle()
  expect(sockets.filter(({ sent }) => sent.length === 1 && sent[0]?.[1] === 'all here?').length).toBe(SOCKETS)
  expect((await node.run(() => boss.services()))[0]).toMatchObject({ sockets: SOCKETS, waiting: 0 })
}, 60_000)
