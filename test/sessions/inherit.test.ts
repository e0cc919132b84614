// page.inherit: a page that goes on takes the messages of one that nobody has attached to.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { sys } from 'gensock'
import { page, type PagePid, session, type SessionPid, type Sessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { begin, silent, texts } from './world.js'

let node: TestNode
let sessions: Sessions
let owner: SessionPid
let id: string
let pid: PagePid
let made: PagePid
beforeEach(async () => {
  node = testNode()
  sessions = await begin(node)
  owner = (await sessions.ensure({}, { secure: true })).session
  ;({ id, pid } = await session.ensurePage(owner))
  made = (await session.ensurePage(owner)).pid
})
afterEach(() => node.stop())

async function attach(to: PagePid, ack: number): Promise<ReturnType<typeof fakeTransport>> {
  const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
  await node.settle()
  page.attach(to, socket.pid, { kind: 'websocket', ack })
  await node.settle()
  return socket
}

test('the messages come in order, after its own and with its numbers, and the other page ends', async () => {
  const socket = await attach(pid, 0)
  page.add(pid, 'a')
  page.add(made, 'b')
  page.add(made, 'c')
  page.inherit(pid, made)
  await node.settle()
  expect(texts(socket).slice(1)).toEqual(['Z:MSG:1:a', 'Z:MSG:2:b', 'Z:MSG:3:c'])
  expect([node.isAlive(made), (await session.pages(owner)).map((one) => one.id)]).toEqual([false, [id]])
})

test('to a page without a socket they wait for the next', async () => {
  page.add(made, 'b')
  page.inherit(pid, made)
  await node.settle()
  expect(await page.info(pid)).toMatchObject({ waiting: 1, last: 1 })
  expect(texts(await attach(pid, 0))).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:b'])
})

test('nothing from a page that has had a socket', async () => {
  ;(await attach(made, 0)).cut()
  page.add(made, 'b')
  page.inherit(pid, made)
  await node.settle()
  expect([(await page.info(pid)).last, (await page.info(made)).waiting]).toEqual([0, 1])
})

test('nothing from a page of another session', async () => {
  const other = (await sessions.ensure({}, { secure: true })).session
  const theirs = (await session.ensurePage(other, 'made')).pid
  page.add(theirs, 'b')
  page.inherit(pid, theirs)
  await node.settle()
  expect([(await page.info(pid)).last, (await page.info(theirs)).waiting]).toEqual([0, 1])
})

test('a page inherits nothing from itself, and nothing from or for one that has ended', async () => {
  page.add(pid, 'a')
  page.inherit(pid, pid)
  await node.settle()
  expect(await page.info(pid)).toMatchObject({ waiting: 1, last: 1 })
  page.add(made, 'b')
  node.exit(pid, 'kill')
  page.inherit(pid, made)
  await node.settle()
  expect((await page.info(made)).waiting).toBe(1)
  page.inherit(made, pid)
  await node.settle()
  expect((await page.info(made)).waiting).toBe(1)
})

test('nothing for a page that ends while the other is asked', async () => {
  page.add(made, 'b')
  await node.run(() => sys.suspend(made as never))
  page.inherit(pid, made)
  await node.settle()
  node.exit(pid, 'kill')
  await node.settle()
  await node.run(() => sys.resume(made as never))
  expect((await page.info(made)).waiting).toBe(1)
})

test('refuses what is no page', () => {
  for (const act of [() => page.inherit(owner as never, made), () => page.inherit(pid, owner as never)])
    expect(act).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
})
