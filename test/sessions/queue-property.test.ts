// Whatever sockets, polls and pages do: a browser that counts gets each message once and in order, or is told which it misses.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { page, type QueueOptions, session } from 'gensock/session'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { InOrder } from '../../src/wire/numbering.js'
import { toBrowser } from '../../src/wire/page.js'
import { begin, silent } from './world.js'

type Kind = 'websocket' | 'comet'
const KINDS: readonly Kind[] = ['websocket', 'comet']
type Step =
  | readonly ['add', number]
  | readonly ['attach' | 'heartbeat' | 'cut' | 'kill' | 'readAll', Kind]
  | readonly ['read', Kind, number]
  | readonly ['acknowledge']
  | readonly ['wait', number]
  | readonly ['crash', 'unheard' | 'quiet']

const kind = fc.constantFrom(...KINDS)
const steps = (more: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('add' as const), fc.integer({ min: 1, max: 5 })) },
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('attach', 'heartbeat', 'cut', 'kill', 'readAll'), kind) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('read' as const), kind, fc.integer({ min: 1, max: 4 })) },
      { weight: 2, arbitrary: fc.constant(['acknowledge'] as const) },
      ...more.map((arbitrary) => ({ weight: 2, arbitrary })),
    ) as fc.Arbitrary<Step>,
    { maxLength: 60 },
  )

const JUMP = 1_000_000

/** A browser that reads slowly, loses what it has not read when a connection breaks, and counts. */
class Tab {
  readonly got: number[] = []
  /** Numbers that it was told are missing. */
  readonly missing: number[] = []
  readonly #order = new InOrder()
  readonly #sockets = new Map<Kind, { readonly socket: FakeTransport; read: number }>()
  /** Which message the so-and-so-many-th of the page's process is. */
  readonly #nth: (count: number) => number
  /** Number after which those of the page's process begin. */
  #base = 0

  constructor(nth: (count: number) => number) {
    this.#nth = nth
  }
  get last(): number {
    return this.#order.last
  }
  /** The last message that it has, or knows to be missing. */
  get lastMessage(): number {
    return this.#name(this.last)
  }
  get(kind: Kind): FakeTransport | undefined {
    return this.#sockets.get(kind)?.socket
  }
  connect(kind: Kind, socket: FakeTransport): void {
    this.#sockets.set(kind, { socket, read: 0 })
  }
  /** What was not read is lost. */
  forget(kind: Kind): void {
    this.#sockets.delete(kind)
  }
  read(kind: Kind, count = Infinity): void {
    const connection = this.#sockets.get(kind)
    if (connection === undefined) return
    for (; count > 0 && connection.read < connection.socket.sent.length; count--) {
      this.#take(connection.socket.sent[connection.read++]?.[1] as string)
    }
  }
  #name(number: number): number {
    return this.#nth(number - this.#base)
  }
  #take(frame: string): void {
    const said = toBrowser(frame)
    if (said?.type === 'message') {
      const taken = this.#order.take(said.number)
      expect(taken).not.toBe('gap')
      expect(said.data).toBe(`message ${this.#name(said.number)}`)
      if (taken === 'next') this.got.push(this.#name(said.number))
    } else if (said?.type === 'pong') this.#heard(said.resumed as string, said.from)
    else throw new Error(`what is ${frame}?`)
  }
  #heard(resumed: string, from: number): void {
    // Far behind all that it has: another process of the page.
    if (resumed !== 'resumed' && from >= this.last + JUMP) this.#base = this.#order.last = from
    else if (resumed === 'new') this.#order.last = 0
    if (resumed === 'resumed') expect(from).toBeLessThanOrEqual(this.last)
    else for (let number = this.last + 1; number <= from; number++) this.missing.push(this.#name(number))
    this.#order.last = Math.max(this.last, from)
  }
}

interface Outcome {
  readonly tab: Tab
  readonly added: number
  /** Those of them that were for a process of the page that has crashed. */
  readonly addedBefore: number
  readonly dropped: number
  readonly node: TestNode
}
/** Runs the steps, then connects once more and reads all. */
async function run(queue: QueueOptions, script: readonly Step[]): Promise<Outcome> {
  const node = testNode()
  const sessions = await begin(node, { queue, firstMs: 2_000_000_000, pageMs: 2_000_000_000 })
  const owner = (await sessions.ensure({}, { secure: true })).session
  const { id, ...first } = await session.ensurePage(owner)
  let { pid } = first
  let added = 0
  let addedBefore = 0
  let dropped = 0
  const tab = new Tab((count) => addedBefore + count)
  const drop = (kind: Kind): void => {
    tab.get(kind)?.cut()
    tab.forget(kind)
  }
  const connect = async (kind: Kind): Promise<void> => {
    const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await node.settle()
    tab.connect(kind, socket)
    page.attach(pid, socket.pid, { kind, ack: tab.last })
  }
  const crash = async (then: 'unheard' | 'quiet'): Promise<void> => {
    if (then === 'unheard') {
      // It has something by then.
      await connect('websocket')
      await node.settle()
      tab.read('websocket')
    }
    // The browser leaves its sockets with the page: what it has not read was numbered by the old process.
    for (const one of KINDS) drop(one)
    dropped += (await page.info(pid)).waiting + (await page.info(pid)).dropped
    node.exit(pid, 'kill')
    pid = (await session.ensurePage(owner, id)).pid
    addedBefore = added
    if (then === 'quiet') return
    // The browser comes, and what it is told is lost with the connection.
    await connect('websocket')
    await node.settle()
    drop('websocket')
  }
  const act = async (step: Step): Promise<void> => {
    if (step[0] === 'add') for (let n = 0; n < step[1]; n++) page.add(pid, `message ${++added}`)
    else if (step[0] === 'attach') await connect(step[1])
    else if (step[0] === 'heartbeat') {
      const socket = tab.get(step[1])
      if (socket !== undefined) page.attach(pid, socket.pid, { kind: step[1], ack: tab.last })
    } else if (step[0] === 'cut') drop(step[1])
    else if (step[0] === 'kill') {
      const socket = tab.get(step[1])
      if (socket !== undefined) node.exit(socket.pid, 'kill')
    } else if (step[0] === 'readAll') tab.read(step[1])
    else if (step[0] === 'read') tab.read(step[1], step[2])
    else if (step[0] === 'acknowledge') page.acknowledge(pid, tab.last)
    else if (step[0] === 'wait') await node.advance(step[1])
    else if (step[0] === 'crash') await crash(step[1])
    // Half of the steps meet in one turn of the event loop.
    if (added % 2 === 0) await node.settle()
  }
  for (const step of script) await act(step)
  // Without the WebSocket a comet that lives has all.
  drop('websocket')
  await node.settle()
  const comet = tab.get('comet')
  tab.read('comet')
  if (comet !== undefined && node.isAlive(comet.pid)) expect(tab.lastMessage).toBe(added)
  drop('comet')
  await connect('websocket')
  await node.settle()
  tab.read('websocket')
  dropped += (await page.info(pid)).dropped
  return { tab, added, addedBefore, dropped, node }
}
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
const params = { numRuns: 100, seed: 5 }

describe('a page under random sockets', () => {
  test('within the bounds of its queue nothing is lost, nothing comes twice, all comes in order', async () => {
    await fc.assert(
      fc.asyncProperty(steps([]), async (script) => {
        const { tab, added, node } = await run({}, script)
        expect([tab.got, tab.missing]).toEqual([upTo(added), []])
        await node.stop()
      }),
      params,
    )
  })

  test('beyond them it comes once and in order, and the browser is told what is missing, which was dropped', async () => {
    const wait = fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 2000 }))
    await fc.assert(
      fc.asyncProperty(steps([wait]), async (script) => {
        const { tab, added, dropped, node } = await run({ maxCount: 6, maxBytes: 60, maxAgeMs: 3000 }, script)
        expect(tab.got).toEqual(tab.got.toSorted((a, b) => a - b))
        expect([...tab.got, ...tab.missing].toSorted((a, b) => a - b)).toEqual(upTo(added))
        expect(tab.missing.length).toBeLessThanOrEqual(dropped)
        await node.stop()
      }),
      params,
    )
  })

  test('when the page crashes all that the next process is given comes once and in order, whatever the browser hears of it', async () => {
    const crash = fc.tuple(fc.constant('crash' as const), fc.constantFrom('unheard' as const, 'quiet' as const))
    await fc.assert(
      fc.asyncProperty(steps([crash]), async (script) => {
        const { tab, added, addedBefore, dropped, node } = await run({}, script)
        expect(tab.got).toEqual([...new Set(tab.got)].toSorted((a, b) => a - b))
        expect(tab.got.filter((number) => number > addedBefore)).toEqual(upTo(added).slice(addedBefore))
        expect(added - tab.got.length).toBeLessThanOrEqual(dropped)
        await node.stop()
      }),
      params,
    )
  })
})
