// The cursors under load, as a program: the server here, 200 people over sockets in a process of their own. Once as examples/cursors does
// it, with somebody among them who reads nothing, then naively: every move told to everybody at once. A line of JSON for each.
// Run by cursors.test.ts; by hand: TSX_TSCONFIG_PATH=tsconfig.test.json node --import tsx test/examples/cursors-load.ts
import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { pg, supervisor, unwrap } from 'gensock'
import { protocolHandler, toGroup } from 'gensock/protocol'
import { type Listener, listen, pushTo, route, type SocketPid, text } from 'gensock/socket'
import { WebSocket } from 'ws'
import { cursors } from '../../examples/cursors/contract.js'
import { crowdAt, type Place } from '../../examples/cursors/crowd.js'
import { cursorHandler, cursorNumbers, cursorRoom } from '../../examples/cursors/cursors.js'

const PEOPLE = 200
const MEASURED_MS = 2000
const BLANKS = `["gone",{"id":1000000}]${' '.repeat(20_000)}`

/** What one way has cost the server. */
export interface Load {
  readonly way: 'rows' | 'naive'
  readonly seconds: number
  /** Messages in. */
  readonly moves: number
  /** Messages out. */
  readonly told: number
  /** CPU time of the server, in seconds. */
  readonly cpu: number
  /** Of the event loop's delay, in ms. */
  readonly p99: number
  /** Resident, and how much more than when all had come in. */
  readonly rssMb: number
  readonly grownMb: number
  /** People who know the newest place of everybody, once all have come to rest. Of the naive way: not asked. */
  readonly agree: number
  /** Sockets that were closed, by code, before the people left. */
  readonly closed: Readonly<Record<number, number>>
  /** Of somebody who read nothing meanwhile: `moved` that all others got, that it got, that were skipped; and how many places it has. */
  readonly sleeper?: { readonly told: number; readonly got: number; readonly skipped: number; readonly newest: number }
}
type Order = 'rest' | 'end'
type News = { readonly isIn: true } | { readonly places: readonly Place[]; readonly agree: number }

// ---- The people, in a process of their own

async function walkAbout(url: string): Promise<void> {
  let look = (): void => undefined
  let isDue = false
  const crowd = crowdAt(url, {
    changed() {
      if (!isDue) setTimeout(() => look(), 20) // not for each of thousands a second
      isDue = true
    },
  })
  const said = (news: News): void => void process.send?.(news)
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        isDue = false
        if (isSo()) resolve()
      }
      look()
    })
  crowd.grow(PEOPLE)
  await until(() => crowd.people.every(({ id, people }) => id !== undefined && people.size >= PEOPLE))
  said({ isIn: true })
  for await (const [order] of on(process, 'message')) {
    if ((order as Order) === 'end') break
    const places = crowd.rest()
    const knows = (one: (typeof crowd.people)[number]): boolean => {
      const shown = new Map(one.shown().map(({ id, x, y }) => [id, `${x} ${y}`]))
      return crowd.people.every(({ id }, n) => shown.get(id as number) === `${places[n]?.x} ${places[n]?.y}`)
    }
    await Promise.race([until(() => crowd.people.every(knows)), sleep(5000)])
    said({ places, agree: crowd.people.filter(knows).length })
  }
  crowd.end()
  process.disconnect()
}

// ---- Somebody who reads nothing

let sleeperPid: SocketPid | undefined
const behind = new AbortController()
const watched: typeof cursorHandler = {
  ...cursorHandler,
  init(args, self) {
    if (args.request.query.has('sleeper')) sleeperPid = self.pid
    return cursorHandler.init(args, self)
  },
  event(event, state, self) {
    if (self.pid === sleeperPid && event.type === 'highWater') behind.abort()
    return cursorHandler.event?.(event, state, self) ?? ['ok', state]
  },
}

/** Comes in and reads no more, until what is sent to it waits here; answers what wakes it. */
async function fallAsleep(url: string): Promise<(places: readonly Place[]) => Promise<Load['sleeper']>> {
  const socket = new WebSocket(`${url}?sleeper`, [cursors.version])
  const rows = new Map<number, string>()
  let isAwake = false
  let got = 0
  socket.on('message', (data) => {
    const [name, message] = JSON.parse((data as Buffer).toString()) as [unknown, { row: number; at: [number, number, number][] }]
    if (isAwake && name === 'moved') got++
    if (name === 'moved') rows.set(message.row, JSON.stringify(message.at))
  })
  await once(socket, 'open')
  socket.send('[1,"enter",{"name":"sleeper"}]')
  await once(socket, 'message')
  socket.pause()
  // The kernel takes megabytes first: so they are blanks behind a message that means nothing.
  for (let n = 0; n < 2000 && !behind.signal.aborted; n++) {
    pushTo(sleeperPid as SocketPid, text(BLANKS))
    await turn()
  }
  const before = await cursorNumbers()
  return async (places) => {
    const after = await cursorNumbers()
    isAwake = true
    socket.resume()
    const newest = (): number => {
      const shown = new Set([...rows.values()].flatMap((at) => (JSON.parse(at) as number[][]).map(([, x, y]) => `${x} ${y}`)))
      return places.filter(({ x, y }) => shown.has(`${x} ${y}`)).length
    }
    const { signal } = new AbortController()
    for await (const _message of on(socket, 'message', { signal, close: ['close'] })) if (newest() === places.length) break
    const { skipped } = await cursorNumbers()
    const found = newest()
    socket.close()
    return { told: (after.told - before.told) / (PEOPLE + 1), got, skipped: skipped - before.skipped, newest: found }
  }
}

// ---- The naive way

let ids = 0
let moves = 0
const everybody = toGroup(cursors, 'naive')
const naive = protocolHandler<number>()(cursors, {
  init(_args, self) {
    self.push.hello()
    return ['ok', 0]
  },
  on: {
    move({ x, y }, id) {
      moves++
      everybody.moved({ row: id, at: [[id, x, y]] })
      return ['ok', id]
    },
  },
  calls: {
    enter(_request, _from, _id, self) {
      self.run(() => pg.join('naive', self.pid))
      const id = ++ids
      self.push.here({ people: Array.from({ length: PEOPLE }, (_, n) => ({ id: n + 1, name: 'x' })) })
      return ['reply', { id }, id]
    },
  },
  defaults: { ...cursorHandler.defaults, outboundHighBytes: 4_194_304 },
})
const naiveNumbers = async (): Promise<Counts> => ({ moves, told: moves * PEOPLE })

// ---- The server

interface Counts {
  readonly moves: number
  readonly told: number
}
async function load(way: Load['way'], url: string, listener: Listener, numbers: () => Promise<Counts>): Promise<Load> {
  const child = fork(process.argv[1] as string, [url])
  const ended = once(child, 'exit')
  const news = async (): Promise<News> => {
    const [first] = (await Promise.race([once(child, 'message'), ended])) as [News | number]
    if (typeof first !== 'object') throw new Error(`${way}: the people are gone`)
    return first
  }
  await news()
  const wakeUp = way === 'rows' ? await fallAsleep(url) : undefined
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const [before, cpu, at, rss] = [await numbers(), process.cpuUsage(), performance.now(), process.memoryUsage.rss()]
  delay.enable()
  await sleep(MEASURED_MS)
  delay.disable()
  const [after, used, seconds, rssAfter] = [
    await numbers(),
    process.cpuUsage(cpu),
    (performance.now() - at) / 1000,
    process.memoryUsage.rss(),
  ]
  let agree = 0
  let sleeper: Load['sleeper']
  if (wakeUp !== undefined) {
    child.send('rest')
    const told = await news()
    if ('agree' in told) {
      ;({ agree } = told)
      sleeper = await wakeUp(told.places)
    }
  }
  const { closed } = listener.counters()
  if (way === 'rows') child.send('end')
  else child.kill('SIGKILL') // it has seconds of messages to read
  await ended
  return {
    way,
    seconds,
    moves: after.moves - before.moves,
    told: after.told - before.told,
    cpu: (used.user + used.system) / 1e6,
    p99: delay.percentile(99) / 1e6,
    rssMb: rssAfter / 1e6,
    grownMb: (rssAfter - rss) / 1e6,
    agree,
    closed,
    ...(sleeper === undefined ? {} : { sleeper }),
  }
}
async function main(): Promise<void> {
  const tree = unwrap(await supervisor.start({ children: [cursorRoom] }))
  for (const [way, handler, numbers] of [
    ['rows', watched, cursorNumbers],
    ['naive', naive, naiveNumbers],
  ] as const) {
    const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/cursors', handler as typeof cursorHandler)] })
    console.log(JSON.stringify(await load(way, `ws://127.0.0.1:${listener.port}/cursors`, listener, numbers)))
    await listener.drain({ deadlineMs: 100 })
  }
  await supervisor.stop(tree)
}

const [, program, url] = process.argv
// Entered for its types as well.
if (program !== undefined && import.meta.url === pathToFileURL(program).href) await (url === undefined ? main() : walkAbout(url))
