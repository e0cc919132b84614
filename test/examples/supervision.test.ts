// The server side of the playground's "Supervision" tab, in virtual time: the demo tree, what pages are told of it, and what they
// may ask for. What a person sees of it is in test/browser/supervision.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnyPid, type DebugEvent, supervisor, type SupervisorPid, sys } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { startSupervision } from '../../examples/playground/supervision/start.js'
import type { Node } from '../../examples/playground/supervision/view.js'
import { changed, openPage, type Page, pids } from './supervision-page.js'

let node: TestNode
let tree: SupervisorPid
beforeEach(async () => {
  node = testNode()
  const started = node.run(() => startSupervision(() => node.now()))
  await node.settle()
  tree = await started
})
afterEach(() => node.stop())

const open = (): Promise<Page> => openPage(node, tree)
/** The living process of this pid, as a page shows it. */
function processAt(pid: string | undefined): AnyPid {
  return node.processes().find((one) => String(one) === pid) as AnyPid
}
async function stagePid(): Promise<AnyPid> {
  const children = node.run(() => supervisor.whichChildren(tree))
  await node.settle()
  return (await children)[0]?.pid as AnyPid
}
function expectCrashes(times: number): void {
  for (let n = 0; n < times; n++) node.expectCrash(/boom/)
}

describe('the tree', () => {
  test('a page is shown the whole tree and the log as soon as it connects', async () => {
    const page = await open()
    const outline = ({ name, kind, strategy, restart, state, children }: Node): unknown[] => [
      [name, kind, strategy ?? state, restart].join(' '),
      ...children.flatMap(outline),
    ]
    expect(outline(page.tree())).toEqual([
      'top supervisor oneForOne permanent',
      'chain supervisor restForOne permanent',
      'a genServer count 0 permanent',
      'b genServer count 0 permanent',
      'c genServer count 0 permanent',
      'pair supervisor oneForAll permanent',
      'd genServer count 0 permanent',
      'e genServer count 0 transient',
      'guests dynamicSupervisor oneForOne permanent',
      'guest 1 genServer count 0 transient',
      'guest 2 genServer count 0 transient',
      'light machine red permanent',
    ])
    expect(page.lines()).toEqual(['the application has started'])
    const shown = Object.values(pids(page.tree()))
    expect(shown.every((pid) => node.isAlive(processAt(pid)))).toBe(true)
    expect(new Set(shown).size).toBe(12)
  })

  test.each([
    ['a', 'error', 'a crashed: boom - restarted a, b, c (restForOne)', ['a', 'b', 'c']],
    ['b', 'error', 'b crashed: boom - restarted b, c (restForOne)', ['b', 'c']],
    ['c', 'kill', 'c was killed - restarted c (restForOne)', ['c']],
    ['b', 'normal', 'b ended: normal - restarted b, c (restForOne)', ['b', 'c']],
    ['d', 'kill', 'd was killed - restarted d, e (oneForAll)', ['d', 'e']],
    ['e', 'error', 'e crashed: boom - restarted d, e (oneForAll)', ['d', 'e']],
    ['e', 'normal', 'e ended: normal - not restarted (transient)', ['e']],
    ['guest 1', 'error', 'guest 1 crashed: boom - restarted guest 1 (oneForOne)', ['guest 1']],
    ['guest 2', 'normal', 'guest 2 ended: normal - not restarted (transient)', []],
    ['light', 'error', 'light crashed: boom - restarted light (oneForOne)', ['light']],
    ['light', 'kill', 'light was killed - restarted light (oneForOne)', ['light']],
    ['light', 'normal', 'light ended: normal - restarted light (oneForOne)', ['light']],
    ['chain', 'kill', 'chain was killed - restarted chain, a, b, c (oneForOne)', ['chain', 'a', 'b', 'c']],
    ['pair', 'error', 'pair ended: boom - restarted pair, d, e (oneForOne)', ['pair', 'd', 'e']],
    ['guests', 'normal', 'guests ended: normal - restarted guests (oneForOne); guest 1, guest 2 gone with it', ['guests']],
  ])('%s, %s: %s', async (name, how, line, restarted) => {
    const page = await open()
    const before = page.tree()
    if (how === 'error') node.expectCrash(/boom/)
    await page.crash(name, how)
    expect(page.refusals()).toEqual([])
    expect(page.lines()).toEqual(['the application has started', line])
    expect(changed(before, page.tree())).toEqual(restarted)
    const running = Object.values(pids(page.tree())).filter((pid) => pid !== undefined)
    expect(running.every((pid) => node.isAlive(processAt(pid)))).toBe(true)
  })

  test('states go on by themselves, a crash begins at zero, and restarts are counted for each place', async () => {
    const page = await open()
    await node.advance(3000)
    expect(page.at('a').state).toBe('count 3')
    expectCrashes(1)
    await page.crash('b')
    expect(['a', 'b', 'c'].map((name) => page.at(name).state)).toEqual(['count 3', 'count 0', 'count 0'])
    await page.crash('c', 'kill')
    expect(['chain', 'a', 'b', 'c'].map((name) => page.at(name).restarts)).toEqual([0, 0, 1, 2])
    await node.advance(2000)
    expect(['a', 'b', 'c'].map((name) => page.at(name).state)).toEqual(['count 5', 'count 2', 'count 2'])
  })

  test('the light changes with time, goes on where it was after a crash, and begins anew after its end', async () => {
    const page = await open()
    expect(page.at('light').chart?.arrows).toEqual([
      { to: 'off', label: 'off' },
      { from: 'red', to: 'green', label: '4 s' },
      { from: 'green', to: 'yellow', label: '4 s' },
      { from: 'yellow', to: 'red', label: '2 s' },
    ])
    await node.advance(4500)
    expect(page.at('light').state).toBe('green')
    expectCrashes(1)
    await page.crash('light')
    expect(page.at('light').state).toBe('green')
    await node.advance(4000)
    expect(page.at('light').state).toBe('yellow')
    await page.crash('light', 'normal')
    expect(page.at('light').state).toBe('red')
  })
})

describe('intensity', () => {
  test('the fourth crash within ten seconds ends the supervisor, and the one above restarts it', async () => {
    const page = await open()
    expectCrashes(4)
    for (let n = 1; n <= 3; n++) {
      await page.crash('b')
      expect(page.at('chain').limit).toEqual({ recent: n, intensity: 3, seconds: 10 })
    }
    const before = page.tree()
    await page.crash('b')
    expect(page.lines().slice(-2)).toEqual([
      'b crashed: boom - more than 3 restarts in 10 s, chain gives up',
      'chain ended: shutdown - restarted chain, a, b, c (oneForOne)',
    ])
    expect(changed(before, page.tree())).toEqual(['chain', 'a', 'b', 'c'])
    expect(page.at('chain')).toMatchObject({ restarts: 1, limit: { recent: 0 } })
    expect(page.at('top').limit).toEqual({ recent: 1, intensity: 4, seconds: 20 })
  })

  test.each([
    [10_000, 'b crashed: boom - more than 3 restarts in 10 s, chain gives up', [1, 0]],
    [10_001, 'b crashed: boom - restarted b, c (restForOne)', [0, 1]],
  ])('a fourth crash %i ms after the others: %s', async (ms, line, [restarts, recent]) => {
    const page = await open()
    expectCrashes(4)
    for (let n = 0; n < 3; n++) await page.crash('b')
    await node.advance(ms)
    await page.crash('b')
    expect(page.lines()[4]).toBe(line)
    expect(page.at('chain')).toMatchObject({ restarts, limit: { recent } })
  })

  test('how near a supervisor is to giving up goes down with time', async () => {
    const page = await open()
    await page.crash('c', 'kill')
    await node.advance(10_000)
    expect(page.at('chain').limit?.recent).toBe(1)
    await node.advance(500)
    expect(page.at('chain').limit?.recent).toBe(0)
  })

  test('a dynamic supervisor that gives up comes back without its children', async () => {
    const page = await open()
    for (let n = 0; n < 4; n++) await page.crash('guest 1', 'kill')
    expect(page.lines().slice(-2)).toEqual([
      'guest 1 was killed - more than 3 restarts in 10 s, guests gives up',
      'guests ended: shutdown - restarted guests (oneForOne); guest 1, guest 2 gone with it',
    ])
    expect(page.at('guests').children).toEqual([])
  })

  test('when top gives up the application is over, and starts anew two seconds later', async () => {
    const page = await open()
    const before = page.tree()
    for (let n = 0; n < 5; n++) await page.crash('light', 'kill')
    expect(page.lines().slice(-2)).toEqual([
      'light was killed - more than 4 restarts in 20 s, top gives up',
      'top ended: shutdown - nobody is above it: the application is over',
    ])
    expect(Object.values(pids(page.tree())).every((pid) => pid === undefined)).toBe(true)
    for (const name of ['a', 'chain']) await page.crash(name)
    await page.order({ type: 'add' })
    expect(page.refusals()).toEqual(Array(3).fill('the application is over; it starts anew in a moment'))
    await node.advance(1999)
    expect(page.at('top').pid).toBeUndefined()
    await node.advance(1)
    expect(page.lines().at(-1)).toBe('the application has started anew')
    expect(changed(before, page.tree())).toHaveLength(12)
    expect(page.at('top').limit?.recent).toBe(0)
    await page.crash('a', 'kill')
    expect(page.lines().at(-1)).toBe('a was killed - restarted a, b, c (restForOne)')
  })
})

describe('children by hand', () => {
  test('guests come and go, six at most, and a free number is taken again', async () => {
    const page = await open()
    for (let n = 0; n < 5; n++) await page.order({ type: 'add' })
    const names = (): string[] => page.at('guests').children.map(({ name }) => name)
    expect(names()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `guest ${n}`))
    expect(page.refusals()).toEqual(['guests takes no more than 6 children (max_children)'])
    await page.order({ type: 'stop', name: 'guest 2' })
    expect(names()).not.toContain('guest 2')
    await page.order({ type: 'add' })
    expect(names()).toContain('guest 2')
    expect(page.lines().slice(-2)).toEqual(['guest 2 was stopped by hand', 'guest 2 was added by hand'])
  })

  test('a transient child that has ended is started again by hand; one that runs is not', async () => {
    const page = await open()
    await page.crash('e', 'normal')
    expect(page.at('e').pid).toBeUndefined()
    await page.crash('e')
    await page.order({ type: 'start', name: 'e' })
    expect(page.at('e')).toMatchObject({ state: 'count 0', restarts: 0 })
    expect(page.lines().at(-1)).toBe('e was started again by hand')
    await page.order({ type: 'start', name: 'e' })
    await page.order({ type: 'start', name: 'guest 1' })
    await page.order({ type: 'stop', name: 'a' })
    expect(page.refusals()).toEqual(['e is not running', 'e was not started: running', 'guest 1 is running', 'a is no guest'])
  })
})

describe('pages', () => {
  test('all pages see the same, also what another one has ordered; a refusal is for who asked', async () => {
    const [one, other] = [await open(), await open()]
    await one.crash('c', 'kill')
    await other.order({ type: 'add' })
    await other.crash('nobody')
    await node.advance(500)
    expect(other.tree()).toEqual(one.tree())
    expect(other.lines()).toEqual(one.lines())
    expect(one.lines()).toHaveLength(3)
    expect([one.refusals().length, other.refusals().length]).toEqual([0, 1])
    const late = await open()
    expect(late.lines()).toEqual(one.lines())
    expect(late.tree()).toEqual(one.tree())
  })

  test('ends that nobody ordered are told as well, each by itself', async () => {
    const page = await open()
    node.exit(processAt(page.at('b').pid), 'kill')
    node.exit(processAt(page.at('d').pid), 'kill')
    await node.settle()
    expect(page.lines().slice(1)).toEqual([
      'b was killed - restarted b, c (restForOne)',
      'd was killed - restarted d, e (oneForAll)',
    ])
    expect(page.at('pair').restarts + page.at('chain').restarts).toBe(0)
    expect([page.at('b').restarts, page.at('d').restarts]).toEqual([1, 1])
  })

  test('nothing is pushed twice, and without pages nobody looks', async () => {
    const page = await open()
    const looks: unknown[] = []
    const stage = await stagePid()
    const isLook = (event: DebugEvent): boolean =>
      event.type === 'in' && (event.message as { readonly type?: unknown }).type === 'look'
    void node.run(() => sys.trace(stage, (event) => void (isLook(event) && looks.push(event))))
    await node.advance(1000)
    expect(looks).toHaveLength(2)
    const pushed = page.socket.sent.map(([, data]) => String(data))
    expect(new Set(pushed).size).toBe(pushed.length)
    page.socket.close(1000)
    await node.advance(1000)
    looks.length = 0
    await node.advance(5000)
    expect(looks).toEqual([])
    const again = await open()
    await node.advance(1000)
    expect(looks).toHaveLength(2)
    expect(again.at('a').state).toBe('count 8')
  })

  test('a hundred pages may watch; the next one is closed with 1013', async () => {
    for (let n = 0; n < 100; n++) await open()
    const page = await open()
    expect(page.socket.closed).toEqual(['close', 1013, 'too many pages watch'])
  })

  test('the log keeps its last 60 lines', async () => {
    const page = await open()
    for (let n = 0; n < 35; n++) {
      await page.order({ type: 'add' })
      await page.order({ type: 'stop', name: 'guest 3' })
      await node.advance(200)
    }
    expect(page.lines()).toHaveLength(71)
    const late = await open()
    expect(late.lines()).toEqual(page.lines().slice(-60))
  })
})

describe('what comes in', () => {
  const JSON_WANTED = 'an order is JSON: { "type": "crash", "name": "b", "how": "error" }'
  const TYPE_WANTED = 'the type of an order is crash, start, stop or add'
  test.each([
    ['', JSON_WANTED],
    ['garbage {', JSON_WANTED],
    ['null', JSON_WANTED],
    ['17', JSON_WANTED],
    ['[]', TYPE_WANTED],
    ['{}', TYPE_WANTED],
    ['{"type":"toString"}', TYPE_WANTED],
    ['{"type":"crash"}', 'the name of a child is a short text'],
    ['{"type":"crash","name":["b"],"how":"kill"}', 'the name of a child is a short text'],
    [`{"type":"crash","name":"${'b'.repeat(41)}","how":"kill"}`, 'the name of a child is a short text'],
    ['{"type":"crash","name":"b"}', 'a child crashes by error, kill, normal'],
    ['{"type":"crash","name":"b","how":"shutdown"}', 'a child crashes by error, kill, normal'],
    ['{"type":"crash","name":"zzz","how":"kill"}', 'there is no child named "zzz"'],
    ['{"type":"crash","name":"__proto__","how":"kill"}', 'there is no child named "__proto__"'],
    ['{"type":"stop","name":"constructor"}', 'there is no child named "constructor"'],
    ['{"type":"crash","name":"top","how":"kill"}', "top is nobody's child"],
    ['{"type":"stop","name":"chain"}', 'chain is no guest'],
    ['{"type":"start","name":"guests"}', 'guests was not started: running'],
  ])('%s is refused in words, and nothing ends', async (order, why) => {
    const page = await open()
    const before = page.tree()
    await page.order(order)
    expect(page.refusals()).toEqual([why])
    await node.advance(500)
    expect(changed(before, page.tree())).toEqual([])
    expect(page.lines()).toHaveLength(1)
    expect(page.socket.closed).toBeUndefined()
  })

  test('bytes are refused as well', async () => {
    const page = await open()
    page.socket.send(new Uint8Array([123, 125]))
    await node.settle()
    expect(page.refusals()).toEqual([JSON_WANTED])
  })

  test('ten orders a second are taken from a page, whatever they are; the others wait for nobody', async () => {
    const page = await open()
    for (let n = 0; n < 12; n++) page.socket.send('garbage')
    await node.settle()
    expect(page.refusals().slice(8)).toEqual([JSON_WANTED, JSON_WANTED, 'not so fast', 'not so fast'])
    const other = await open()
    await other.crash('c', 'kill')
    expect(page.lines().at(-1)).toBe('c was killed - restarted c (restForOne)')
    await node.advance(1000)
    await page.crash('a', 'kill')
    expect(page.lines().at(-1)).toBe('a was killed - restarted a, b, c (restForOne)')
  })
})

describe('the stage', () => {
  test('when it is killed its application goes with it, pages are closed, and a new one is there for those that come again', async () => {
    const page = await open()
    const before = page.tree()
    node.expectCrash('killed') // the report of top: its parent is gone
    node.exit(await stagePid(), 'kill')
    await node.settle()
    expect(page.socket.closed).toEqual(['close', 1000])
    expect(Object.values(pids(before)).filter((pid) => processAt(pid) !== undefined)).toEqual([])
    const again = await open()
    expect(changed(before, again.tree())).toHaveLength(12)
    expect(again.lines()).toEqual(['the application has started'])
  })

  test('stopping its supervisor leaves nobody', async () => {
    const page = await open()
    const stopped = node.run(() => supervisor.stop(tree, 'shutdown'))
    await node.settle()
    await stopped
    expect(page.socket.closed).toEqual(['close', 1000])
    expect(node.processes()).toEqual([])
    expect(node.nextDueMs()).toBe(Infinity)
  })
})
