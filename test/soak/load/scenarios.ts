// What one connection does, or a few that belong together: by the kind of its handler. Entered by main, which runs very many
// of them.
import { get } from 'node:http'
import { type Chance, wait } from './chance.js'
import { Conversation, type Where } from './conversation.js'
import type { Tallies, Tally } from './tally.js'

/** Of a slow reader, each 250 ms. */
const MANY_TRIES = 80

/** What all scenarios share. */
export interface World {
  readonly port: number
  readonly chance: Chance
  readonly tallies: Tallies
  /** Never the same twice. */
  readonly number: () => number
}
export type Scenario = (world: World) => Promise<void>

/** Says some things, with pauses; the answers may be late. */
async function chat(talk: Conversation, { chance, number }: World, can: 'all' | 'timers' | 'texts'): Promise<void> {
  for (let left = 1 + chance.below(5); left > 0 && !talk.isOver; left--) {
    const n = number()
    const what = chance.below(can === 'all' ? 5 : can === 'timers' ? 2 : 1)
    if (what === 0) for (let i = chance.below(8); i >= 0; i--) talk.ask(`e${n}.${i} ${'·'.repeat(chance.below(200))}`)
    else if (what === 1) talk.askLater(`t${chance.below(300)} ${n}`)
    else if (what === 2) talk.ask(Buffer.alloc(chance.below(5000), `binary ${n} `))
    // A broadcast comes by the mailbox, behind what waits there; a call waits for a server that may be dead.
    else talk.askLater(`${what === 3 ? 'b' : 'c'}${n}`)
    if (chance.percent(70)) await chance.pause(250)
  }
}
/** Most go in order, the others as it happens. */
async function end(talk: Conversation, { chance }: World): Promise<void> {
  const how = chance.below(10)
  if (how < 6) await talk.leave()
  else await talk.cut(how < 8 ? 'reset' : 'end')
}

function talking(kind: string, where: (world: World) => Partial<Where>, can: 'all' | 'timers' | 'texts', crash: Crash): Scenario {
  return async (world) => {
    const { port, chance, tallies } = world
    const talk = await Conversation.open({ port, path: '/', ...where(world) }, tallies.of(kind))
    if (talk === undefined) return
    talk.hears = (text) => text.startsWith('c') && talk.answered(text)
    await chat(talk, world, can)
    if (chance.percent(25)) {
      await talk.settle()
      if (crash === 'ends') return talk.expectEnd('x')
      talk.tell('x')
      await chat(talk, world, can)
    }
    await end(talk, world)
  }
}
/** What becomes of the connection when its handler crashes. */
type Crash = 'ends' | 'lives'
const room = (route: string) => (world: World) => ({ path: `/${route}/room-${world.number()}` })

/** Some who hear everything that one of them says. */
async function party(world: World): Promise<void> {
  const { port, chance, tallies, number } = world
  const path = `/${chance.percent(50) ? 'close' : 'restart'}/party-${number()}`
  const tally = tallies.of('group')
  const all = await Promise.all(Array.from({ length: 5 }, () => Conversation.open({ port, path }, tally)))
  const guests = all.filter((guest) => guest !== undefined)
  // Whoever has had an answer has joined.
  for (const guest of guests) guest.ask('e here')
  await Promise.all(guests.map((guest) => guest.settle()))
  for (let i = 0; i < 5; i++) {
    const said = `b${number()}`
    for (const guest of guests.slice(1)) guest.owe(said)
    guests[0]?.askLater(said)
    await chance.pause(100)
  }
  await Promise.all(guests.map((guest) => guest.settle()))
  await Promise.all(guests.map((guest) => end(guest, world)))
}

/** Reads nothing for a while, and may miss something: it is served again when it reads again. */
async function drowsy({ port, chance, tallies }: World): Promise<void> {
  const talk = await Conversation.open({ port, path: '/drop' }, tallies.of('slow reader, drop'))
  if (talk === undefined) return
  talk.hears = () => true
  talk.pause()
  for (let i = 0; i < 3; i++) {
    talk.tell('60')
    await chance.pause(300)
  }
  talk.resume()
  // What it is sent before it has caught up may be dropped, too.
  talk.owe('poured 0')
  talk.hears = (text) => text !== 'poured 0' || talk.owed === 0 || talk.answered(text)
  for (let tries = 0; talk.owed > 0 && !talk.isOver && tries < MANY_TRIES; tries++) {
    talk.tell('0')
    await wait(250)
  }
  talk.hears = () => true
  await talk.leave()
}

interface Visit {
  readonly pageId: string
  readonly cookies: string
}
function visit(port: number, path = '/visit', known = ''): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const headers = known === '' ? {} : { cookie: known }
    const request = get({ port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
      const cookies = (response.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
      let body = ''
      response.on('data', (chunk) => (body += String(chunk)))
      response.on('end', () => resolve({ cookies, ...(JSON.parse(body) as { pageId: string }) }))
    })
    request.on('error', reject)
  })
}
/** A session of its own, and a socket with it. */
async function visitor(world: World): Promise<void> {
  const { cookies } = await visit(world.port)
  await talking('zotonic', () => ({ path: '/socket/visitors', cookies }), 'texts', 'ends')(world)
  await visit(world.port, '/bye', cookies)
}
/** A session that is never used. */
async function lookIn({ port, tallies }: World): Promise<void> {
  tallies.of('session without a socket').counts.connections++
  await visit(port, '/look-in')
}

/** Takes what the page has for it, and says so. */
function listen(talk: Conversation, page: { last: number }): void {
  talk.hears = (text) => {
    if (text.startsWith('Z:PONG:')) return true
    const [, number, data] = /^Z:MSG:(\d+):(.*)$/s.exec(text) ?? []
    if (number === undefined || Number(number) <= page.last) return number !== undefined
    page.last = Number(number)
    talk.tell(`Z:ACK:${number}`)
    return data === 'welcome' || talk.answered(String(data))
  }
}
/** A page whose socket breaks: what is owed comes over the next one, once. */
async function page({ port, chance, tallies, number }: World): Promise<void> {
  const { pageId, cookies } = await visit(port)
  const tally: Tally = tallies.of('page')
  const where = { port, path: `/websocket?z_pageid=${pageId}`, cookies }
  const progress = { last: 0 }
  for (let i = 1 + chance.below(2); i >= 0; i--) {
    const talk = await Conversation.open(where, tally)
    if (talk === undefined) return
    listen(talk, progress)
    talk.tell(`Z:PING:${pageId}:${progress.last}`)
    for (let n = 1 + chance.below(5); n > 0; n--) talk.askLater(`page ${number()}`)
    await chance.pause(100)
    if (i === 0) await talk.leave()
    else await talk.settle() // what the server has not taken would be lost with the connection, as with any
    if (i > 0) await talk.cut('reset')
  }
  await visit(port, '/bye', cookies)
}

/** All that go over WebSockets of `ws`, by weight. */
export const TALKS: readonly (readonly [weight: number, scenario: Scenario])[] = [
  [18, talking('socket, close', room('close'), 'all', 'ends')],
  [12, talking('socket, restart', room('restart'), 'all', 'lives')],
  [5, talking('socket, deflate', (world) => ({ ...room('deflate')(world), compressed: true }), 'all', 'ends')],
  [10, talking('cowboy 2', () => ({ path: '/cowboy' }), 'timers', 'ends')],
  [8, talking('bullet', () => ({ path: '/bullet' }), 'texts', 'ends')],
  [8, talking('boss, shared', () => ({ path: '/websocket/shared' }), 'texts', 'lives')],
  [8, talking('boss, each', () => ({ path: '/websocket/each' }), 'texts', 'lives')],
  [8, talking('machine', () => ({ path: '/machine' }), 'texts', 'ends')],
  [3, party],
  [1, drowsy],
  [5, visitor],
  [5, page],
  [2, lookIn],
]
