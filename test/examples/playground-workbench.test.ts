// The server side of the playground's "Workbench" tab, in virtual time: the tree of processes that a page is shown, what it may ask for,
// and what each entry of the list needs. What a person sees of it is in test/browser/playground.test.ts.
import { hasSubscribers } from 'node:diagnostics_channel'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { genServer, spawnProcess, supervisor } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { echo } from '../../examples/playground/handlers/echo.js'
import { type Watcher, startWatcher, watched } from '../../examples/playground/watcher.js'
import { entriesWithCode, GROUPS } from '../../examples/playground/workbench/entries.js'
import { workbenchFeed } from '../../examples/playground/workbench/feed.js'
import { inspectorChild } from '../../examples/playground/workbench/inspector.js'
import { PROGRAMS } from '../../examples/playground/workbench/programs.js'
import type { Row } from '../../examples/playground/workbench/table.js'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

let node: TestNode
let watcher: Watcher
beforeEach(async () => {
  node = testNode()
  watcher = node.run(startWatcher)
  void node.run(() => supervisor.start({ children: [inspectorChild(new Map([[watcher, 'watcher']]))] }))
  await node.settle()
})
afterEach(async () => {
  await node.stop()
  expect(hasSubscribers('gensock:process:crash')).toBe(false) // of the whole program
})

interface Told {
  readonly id?: number
  readonly answer?: unknown
  readonly count?: number
  readonly rows?: readonly Row[]
  readonly line?: string
  readonly ended?: string
  readonly reason?: string
  readonly refused?: string
  readonly report?: { readonly pid: string; readonly text: string }
}
/** A page at the feed: what it has been told, and orders with their answers. */
async function openPage(): Promise<{
  socket: FakeTransport
  told(): Told[]
  looks(): Told[]
  ask(order: object): Promise<unknown>
  shown(name: string): Row | undefined
}> {
  const socket = fakeTransport(node, workbenchFeed)
  await node.settle()
  let last = 0
  const told = (): Told[] => socket.sent.map(([, data]) => JSON.parse(String(data)))
  const looks = (): Told[] => told().filter(({ rows }) => rows !== undefined)
  return {
    socket,
    told,
    looks,
    async ask(order) {
      const id = ++last
      socket.send(JSON.stringify({ id, ...order }))
      await node.settle()
      return told().find((one) => one.id === id)?.answer
    },
    shown: (name) =>
      looks()
        .at(-1)
        ?.rows?.find((row) => 'pid' in row && row.name === name),
  }
}
/** A socket of the plain handler, as the playground serves it. */
async function openEcho(): Promise<FakeTransport & { readonly id: string }> {
  const socket = fakeTransport(node, watched('echo', echo, watcher))
  await node.settle()
  return Object.assign(socket, { id: String(socket.pid) })
}
const texts = (socket: FakeTransport): string[] => socket.sent.map(([, data]) => String(data))

describe('the tree', () => {
  test('comes at once and then twice a second, while a page looks on, and not when none does', async () => {
    const page = await openPage()
    await node.advance(2000)
    expect(page.looks()).toHaveLength(0)
    expect(await page.ask({ type: 'look', on: true })).toBe(true)
    await node.advance(0)
    expect(page.looks()).toHaveLength(1)
    await node.advance(3000)
    expect(page.looks()).toHaveLength(7)
    await page.ask({ type: 'look', on: false })
    await node.advance(3000)
    expect(page.looks()).toHaveLength(7)

    for (const on of [true, false, true]) await page.ask({ type: 'look', on })
    await node.advance(1000)
    expect(page.looks()).toHaveLength(10) // one timer, however often somebody came and went
    page.socket.close(1000)
    await node.advance(1000)
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('shows who started whom, under which name, what each is, its links and the length of its mailbox', async () => {
    const stuck = node.run(() => spawnProcess({ init: () => 0, message: () => new Promise<never>(() => undefined) }))
    for (let n = 0; n < 4; n++) node.send(stuck, n)
    const page = await openPage()
    await page.ask({ type: 'look', on: true })
    await node.advance(1000)
    expect(page.shown('watcher')).toMatchObject({ depth: 0, kind: 'process', waiting: 0 })
    expect(page.shown('inspector')).toMatchObject({ depth: 1, kind: 'genServer', links: 1 })
    expect(page.looks().at(-1)?.rows).toContainEqual(
      expect.objectContaining({ pid: String(stuck), waiting: 3, status: 'suspended' }),
    )
    expect(page.looks().at(-1)?.count).toBe(node.processes().length)
  })

  test('children have the ids that their supervisor knows them by', async () => {
    const start = () => genServer.startLink({ init: () => ['ok', 0] })
    void node.run(() => supervisor.start({ children: ['ann', 'bob'].map((id) => ({ id, start })) }))
    const page = await openPage()
    await page.ask({ type: 'look', on: true })
    await node.advance(1000)
    expect([page.shown('ann'), page.shown('bob')]).toMatchObject([
      { depth: 1, kind: 'genServer' },
      { depth: 1, kind: 'genServer' },
    ])
  })

  test('of thousands of processes it shows few, those with mail and the pinned one among them, and says how many more there are', async () => {
    const parent = node.spawn(async (self) => {
      for (let n = 0; n < 3000; n++) self.spawn((its) => its.receive('never'))
      await self.receive('never')
    })
    await node.settle()
    const children = node.processes().filter((pid) => node.processInfo(pid)?.parent === parent)
    const [pinned, busy] = [children[2], children.at(-1)]
    node.send(busy as never, { type: 'mail' })
    const page = await openPage()
    await page.ask({ type: 'pin', pid: String(pinned) })
    await node.advance(500)
    const { rows = [], count = 0 } = page.looks().at(-1) as Told
    expect(rows.length).toBeLessThan(40)
    const pids = rows.map((row) => ('pid' in row ? row.pid : undefined))
    expect(pids).toContain(String(pinned))
    expect(pids).toContain(String(busy))
    expect(pids[0]).toBe(String(parent)) // those above the pinned one come first
    const shown = pids.filter((pid) => pid !== undefined).length
    const more = rows.reduce((sum, row) => sum + ('more' in row ? row.more : 0), 0)
    expect([count, shown + more]).toEqual([node.processes().length, count])
  })
})

describe('a socket', () => {
  test('that is held takes nothing: its mail waits and is counted; released, it answers all of it', async () => {
    const [page, socket, other] = [await openPage(), await openEcho(), await openEcho()]
    expect(await page.ask({ type: 'mark', pid: socket.id })).toBe(0)
    expect(await page.ask({ type: 'hold', pid: socket.id })).toBe('ok')
    for (let n = 1; n <= 500; n++) socket.send(`n${n}`)
    other.send('not held')
    await page.ask({ type: 'pin', pid: socket.id })
    await node.advance(0)
    expect(texts(other)).toContain('1: not held')
    expect(page.looks().at(-1)?.rows).toContainEqual(expect.objectContaining({ pid: socket.id, waiting: 500 }))
    expect(texts(socket)).toHaveLength(1)
    expect(await page.ask({ type: 'release' })).toBe('ok')
    expect(texts(socket).slice(1)).toEqual(Array.from({ length: 500 }, (_, n) => `${n + 1}: n${n + 1}`))
    expect(await page.ask({ type: 'peak', pid: socket.id })).toBe(499) // the one that it looked at has left the mailbox
    await page.ask({ type: 'mark', pid: socket.id })
    expect(await page.ask({ type: 'peak', pid: socket.id })).toBe(0)
  })

  test('is held for ten seconds at most, no longer than the page is there, and one at a time', async () => {
    const [page, first, second] = [await openPage(), await openEcho(), await openEcho()]
    const held = ({ id, pid }: { id: string; pid: unknown }): boolean => {
      node.send(pid as never, { type: 'tick' })
      return (node.processInfo(pid as never)?.message_queue_len ?? 0) > 0 && id !== ''
    }
    await page.ask({ type: 'hold', pid: first.id })
    await node.advance(9999)
    expect(held(first)).toBe(true)
    await node.advance(1)
    await node.settle()
    expect(node.processInfo(first.pid)?.message_queue_len).toBe(0)
    await page.ask({ type: 'hold', pid: first.id })
    await page.ask({ type: 'hold', pid: second.id })
    node.send(first.pid as never, { type: 'tick' })
    await node.settle()
    expect(node.processInfo(first.pid)?.message_queue_len).toBe(0)
    expect(held(second)).toBe(true)
    page.socket.cut()
    await node.settle()
    expect(node.processInfo(second.pid)?.message_queue_len).toBe(0)
  })

  test('that is held a second time is held for ten seconds from then', async () => {
    const [page, socket] = [await openPage(), await openEcho()]
    const waiting = (): number | undefined => node.processInfo(socket.pid)?.message_queue_len
    await page.ask({ type: 'hold', pid: socket.id })
    await node.advance(6000)
    await page.ask({ type: 'release' })
    await page.ask({ type: 'hold', pid: socket.id })
    socket.send('later')
    await node.advance(9999)
    expect(waiting()).toBeGreaterThan(0)
    await node.advance(1)
    expect(waiting()).toBe(0)
  })

  test('that has ended, or is none, cannot be held, and who is held stays so', async () => {
    const [page, socket] = [await openPage(), await openEcho()]
    await page.ask({ type: 'hold', pid: socket.id })
    expect(await page.ask({ type: 'hold', pid: '<0.9999.0>' })).toBe('gone')
    expect(await page.ask({ type: 'hold', pid: String(watcher) })).toBe('gone')
    socket.send('later')
    await node.settle()
    expect(node.processInfo(socket.pid)?.message_queue_len).toBe(1)
  })

  test('that crashes is told of to every page that looks on, at most twenty times between two looks', async () => {
    const page = await openPage()
    const blind = await openPage()
    await page.ask({ type: 'look', on: true })
    for (let n = 0; n < 25; n++) {
      const socket = await openEcho()
      node.expectCrash(/crashed on request/)
      socket.send('crash me')
      await node.settle()
      expect(socket.closed).toEqual(['close', 1011])
      if (n === 0) expect(page.told().at(-1)?.report).toMatchObject({ pid: socket.id, text: 'Error: crashed on request' })
    }
    expect(page.told().filter(({ report }) => report !== undefined)).toHaveLength(20)
    expect(blind.told()).toEqual([])
  })
})

describe('a program', () => {
  test.each([
    ['counter', 1, /the counter broke/],
    ['traffic-light', 1, /a lamp broke/],
    ['supervised-worker', 10, /not a number/],
  ])('%s prints into the log, and says when it has ended', async (program, crashes, why) => {
    const page = await openPage()
    for (let n = 0; n < crashes; n++) node.expectCrash(why)
    const pid = await page.ask({ type: 'run', program })
    expect(pid).toMatch(/^<0\.\d+\.0>$/)
    await node.advance(5000)
    expect(page.told().filter(({ line }) => line !== undefined).length).toBeGreaterThan(5)
    expect(page.told().at(-1)).toEqual({ ended: program, reason: 'normal' })
  })

  test('runs once at a time, and ends with the page that has started it', async () => {
    const [page, other] = [await openPage(), await openPage()]
    const before = node.processes().length
    await page.ask({ type: 'run', program: 'counter' })
    expect(await other.ask({ type: 'run', program: 'counter' })).toBe('it runs already')
    page.socket.cut()
    await node.advance(1000)
    expect(node.processes()).toHaveLength(before - 1)
  })
})

test.each([
  'no JSON',
  'null',
  '{}',
  '{"id":1}',
  '{"id":"1","type":"release"}',
  '{"id":1,"type":"hold"}',
  '{"id":1,"type":"look"}',
  '{"id":1,"type":"run","program":"rm -rf"}',
  '{"id":1,"type":"toString"}',
])('%s is no order: it is refused, and the socket lives on', async (text) => {
  const page = await openPage()
  page.socket.send(text)
  page.socket.send(Buffer.from(text))
  await node.settle()
  expect(page.told().map(({ refused }) => refused)).toEqual(Array(2).fill('an order is JSON with an id and a type that is known'))
  expect(await page.ask({ type: 'release' })).toBe('ok')
})

test('without the inspector the feed ends, so that its page connects again', async () => {
  const page = await openPage()
  node.exit(node.whereis('inspector') as never, 'kill')
  await node.settle()
  expect(page.socket.closed).toEqual(['close', 1000])
  const again = await openPage()
  expect(await again.ask({ type: 'look', on: true })).toBe(true)
})

describe('the list', () => {
  const entries = GROUPS.flatMap((group) => group.entries)

  test('has every example, and each of their files is there', () => {
    const ids = new Set(entries.map(({ id }) => id))
    expect(ids.size).toBe(entries.length)
    for (const { files, example } of entries)
      for (const file of [...files, ...(example === undefined ? [] : [`${example}/main.ts`])])
        expect([file, existsSync(`examples/${file}`)]).toEqual([file, true])
    const folders = readdirSync('examples', { withFileTypes: true }).filter(
      (one) => one.isDirectory() && one.name !== 'playground',
    )
    expect(new Set(entries.flatMap(({ example }) => example ?? []))).toEqual(new Set(folders.map(({ name }) => name)))
    expect(entries.filter(({ isProgram }) => isProgram).map(({ id }) => id)).toEqual([...PROGRAMS.keys()])
    expect(entries.every((entry) => entry.socket !== undefined || entry.isProgram === true || entry.note !== undefined)).toBe(
      true,
    )
  })

  test('has the code as it is in the files', () => {
    const groups = JSON.parse(entriesWithCode()) as { entries: { files: { name: string; code: string }[] }[] }[]
    const files = groups.flatMap((group) => group.entries).flatMap((entry) => entry.files)
    expect(files.length).toBeGreaterThan(15)
    for (const { name, code } of files) expect(code).toBe(readFileSync(`examples/${name}`, 'utf8'))
  })
})
