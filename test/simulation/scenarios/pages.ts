// Pages of sessions, whose browsers come back over connections that break: every numbered message comes once and in order, or its
// absence is told; what the browser has is forgotten; when the visitor is gone, so are his processes. Sessions, Zotonic's handlers
// and the library's own client together.
import type { Pid } from 'gensock'
import { page, type PagePid, session, type SessionPid, type Sessions, startSessions } from 'gensock/session'
import { type SocketHandler } from 'gensock/socket'
import { simulate, type Simulation } from 'gensock/testing'
import { controllerWebsocket, dispatch } from 'gensock/zotonic'
import { kernelOf } from '../../../src/runtime/node.js'
import { processOf } from '../../../src/runtime/process.js'
import type { LibraryScenario } from '../scenarios.js'
import { type Browser, QUEUE, Tab } from './page-tab.js'

const PAGE_MS = 5000
const KEEP_ALIVE_MS = 30_000
const FIRST_MS = 40_000
/** Longer than a client waits for an answer: then it comes again, and what it has said before may come behind it. */
const STALL_MS = 7000
/** Two heartbeats that are not answered, and the longest wait between tries. */
const RECOVERY_MS = 20_000
/** The clock of a simulation is late now and then. */
const LATE_MS = 100

interface World {
  readonly node: Simulation
  readonly sessions: Sessions
  readonly handler: SocketHandler<any, any>
  readonly browsers: readonly Browser[]
  readonly tabs: Tab[]
  /** Every page's process that was ever seen. */
  readonly pages: Set<PagePid>
  readonly maxPages: number
}

export const pages: LibraryScenario = {
  name: 'pages',
  claims: [
    'a message of a page comes to its browser once and in order',
    'a message that does not come was pushed out of the queue, or its process has ended; and the browser was told gap or new',
    'after the faults every client is open again, and what it has got is forgotten by its page',
    'a client stops only because its session was ended, or its page had to make room',
    'when the visitor is gone, pages and sessions end in their time, and nothing is left',
  ],
  run: (seed) => simulate(seed, live),
}

async function live(node: Simulation): Promise<object> {
  const { chance } = node
  const maxPages = chance.pick([2, 100])
  const limits = { pageMs: PAGE_MS, keepAliveMs: KEEP_ALIVE_MS, firstMs: FIRST_MS, maxPages, queue: QUEUE }
  const sessions = await startSessions({ node, secret: 'only of this simulation', ...limits })
  const base = new Set<unknown>(node.processes())
  const world = worldOf(node, sessions, maxPages)
  const timers = kernelOf(node).timers.size
  node.invariant(() => {
    for (const tab of world.tabs) tab.inspect()
  })
  const delayMs = chance.pick([0, 200])
  const kill = chance.pick([0, 0.004])
  const victims = (pid: Pid): boolean => !base.has(pid)
  const faults = { cut: chance.pick([0, 0.02]), kill, victims, stall: 0.03, stallMs: STALL_MS, delayMs }
  node.faults(faults)
  for (let step = 0; step < 30; step++) {
    await act(world)
    if (kill > 0 && chance.is(0.2)) node.faults({ ...faults, kill: 0.3, victims: (pid) => victims(pid) && isServer(pid) })
    if (chance.is(0.5)) await node.advance(chance.int(chance.is(0.1) ? 8000 : 300))
    node.faults(faults)
  }
  node.faults({})
  await recover(world)
  await leave(world)
  const left = node.openProcesses().filter(({ pid }) => !base.has(pid))
  if (left.length > 0) throw new Error(`processes are left: ${node.describe()}`)
  const { size } = kernelOf(node).timers
  if (size !== timers) throw new Error(`there are ${size} timers, ${timers} when it began`)
  return tally(world)
}

/** Sessions and pages: a socket that is about to be let in waits for both. */
function isServer(pid: Pid): boolean {
  return (processOf(pid)?.program as { readonly kind?: string } | undefined)?.kind === 'gen_server'
}

function worldOf(node: Simulation, sessions: Sessions, maxPages: number): World {
  const world: { tabs: Tab[] } = { tabs: [] }
  const seen = new Set<PagePid>()
  const site = dispatch(
    [['websocket', ['websocket'], controllerWebsocket, { postback: (_data, context) => speaksBack(world.tabs, seen, context) }]],
    { sessions },
  )
  const browsers = [1, 2].map((n) => ({ name: `browser ${n}`, cookies: {}, wasEnded: false }))
  const { handler } = site.routes[0] as unknown as { readonly handler: SocketHandler<any, any> }
  return { node, sessions, handler, browsers, tabs: world.tabs, pages: seen, maxPages }
}
/** What a browser says makes the server add a message, from the process of its socket. */
function speaksBack(tabs: readonly Tab[], seen: Set<PagePid>, context: any): undefined {
  const tab = tabs.find(({ id }) => id === context.pageId)
  const pid = context.pagePid as PagePid | undefined
  if (tab === undefined || pid === undefined) return
  seen.add(pid)
  page.add(pid, tab.add(pid, 'answer'))
}

// ---- What happens

async function act(world: World): Promise<void> {
  const { node, tabs, browsers, sessions, handler } = world
  const { chance } = node
  const browser = chance.pick(browsers)
  const what = chance.int(100)
  if (tabs.length === 0 || (tabs.length < 4 && what < 12)) {
    await visit(world, browser)
    tabs.push(new Tab(node, browser, `page${tabs.length + 1}`, handler))
    return
  }
  const tab = chance.pick(tabs)
  if (what < 48) await add(world, tab, chance.pick([1, 1, 2, 3, 15]))
  else if (what < 54) tab.hearsNothing()
  else if (what < 58) tab.hearsAgain()
  else if (what < 80) tab.client.send('say something')
  else if (what < 86) tab.cut()
  else if (what < 89) tab.client.close()
  else if (what < 90) await visit(world, browser)
  else if (what < 92) await endSession(world, tab.browser)
  else if (what < 94) await killSession(world, tab.browser)
  else if (what < 98) await killPage(world, tab)
  else sessions.resume(tab.browser.cookies).catch(() => undefined) // killed while it starts
}
/** The browser asks for HTML: it has a session from then on. */
function visit(world: World, { cookies }: Browser): Promise<SessionPid> {
  return again(async () => {
    const { session: pid, cookies: lines } = await world.sessions.ensure(cookies, { secure: true })
    for (const line of lines) {
      const [, name, value] = /^(\w+)=([^;]*)/.exec(line) as unknown as [string, string, string]
      cookies[name] = value
    }
    return pid
  })
}
/** Once more where a process that was asked, or was to be started, has been killed meanwhile. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries > 5 || !/no such process|did not start|killed|normal/.test(String(error))) throw error
    }
  }
}
/** The process of the tab's page; asked for anew once it has ended. */
function pageOf(world: World, tab: Tab): Promise<PagePid> {
  const { id, browser, page: known } = tab
  if (known !== undefined && world.node.isAlive(known)) return Promise.resolve(known)
  return again(async () => {
    const { pid } = await session.ensurePage(await visit(world, browser), id)
    world.pages.add(pid)
    tab.page = pid
    return pid
  })
}
async function add(world: World, tab: Tab, count: number): Promise<void> {
  const pid = await pageOf(world, tab)
  for (let i = 0; i < count; i++) page.add(pid, tab.add(pid, '.'.repeat(world.node.chance.int(60))))
}
async function endSession(world: World, browser: Browser): Promise<void> {
  browser.wasEnded = true
  await world.sessions.end(await visit(world, browser))
}
async function killSession(world: World, browser: Browser): Promise<void> {
  world.node.exit(await visit(world, browser), 'kill')
}

/** Its socket would hear nothing more: it is told to come again, and at once. */
async function killPage(world: World, tab: Tab): Promise<void> {
  const { node } = world
  const pid = await pageOf(world, tab)
  const { websocket } = await page.info(pid).catch(() => ({ websocket: undefined }))
  node.exit(pid, 'kill')
  await node.settle()
  if (websocket !== undefined && node.isAlive(websocket))
    throw new Error(`the page of ${tab.id} was killed, and its socket lives`)
}

// ---- What must hold

/** Nothing breaks any more: whoever still tries is let in, and gets one more message. */
async function recover(world: World): Promise<void> {
  const { node, tabs, browsers } = world
  for (const browser of browsers) await visit(world, browser)
  await node.advance(STALL_MS)
  for (const tab of tabs) {
    tab.hearsAgain()
    if (tab.stopped === undefined) await add(world, tab, 1) // else nobody hears of frames that were dropped at the end
  }
  for (let ms = 0; ms < RECOVERY_MS; ms += 500) {
    await node.settle() // else a frame may be as late as the next timer is
    await node.advance(500)
  }
  for (const { id, client, stopped, browser } of tabs) {
    const isTold = stopped === 1000 || (stopped === 4401 && browser.wasEnded) || (stopped === 4409 && world.maxPages < 4)
    if (stopped !== undefined && !isTold) throw new Error(`${id} has stopped for ${stopped}`)
    if (stopped === undefined && client.state !== 'open')
      throw new Error(`${id} is ${client.state} ${RECOVERY_MS} ms after the faults`)
  }
  for (const tab of tabs.filter((one) => one.client.state === 'open')) await lastWord(world, tab)
}
async function lastWord(world: World, tab: Tab): Promise<void> {
  const { node } = world
  await add(world, tab, 1)
  const { length } = tab.added
  await node.settle()
  await node.advance(1000)
  await node.settle()
  if (tab.stopped !== undefined) return // its page had to make room for another one
  if (tab.next !== length) throw new Error(`${tab.id} is open, and got messages up to ${tab.next - 1} of ${length - 1}`)
  const { waiting, acknowledged, last, status } = await page.info(await pageOf(world, tab))
  if (status !== 'attached') throw new Error(`${tab.id} is open, and its page is ${status}`)
  if (waiting > 0 || acknowledged !== last)
    throw new Error(`${tab.id} has got all, its page keeps ${waiting} messages; ${acknowledged} of ${last} are acknowledged`)
}

/** All go, some without a word. */
async function leave({ node, tabs, pages: seen }: World): Promise<void> {
  for (const tab of tabs) {
    if (node.chance.is(0.5)) tab.cut()
    tab.client.close()
  }
  await node.settle()
  await node.advance(Math.max(PAGE_MS, 2 * QUEUE.maxAgeMs, FIRST_MS) + LATE_MS)
  for (const pid of seen)
    if (node.isAlive(pid)) throw new Error(`a page lives on, and its browser has long been gone: ${node.describe()}`)
  await node.advance(KEEP_ALIVE_MS + LATE_MS)
}

function tally({ tabs }: World): object {
  const sum = (of: (tab: Tab) => number): number => tabs.reduce((total, tab) => total + of(tab), 0)
  return {
    tabs: tabs.length,
    added: sum(({ added }) => added.length),
    new: sum(({ opened }) => opened.new),
    resumed: sum(({ opened }) => opened.resumed),
    gaps: sum(({ opened }) => opened.gap),
  }
}
