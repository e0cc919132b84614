// The client and the machine of chart.ts, side by side: from every state, by every event.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { getNextSnapshot } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { chart } from './chart.js'
import { type Scene, start } from './world.js'

type Type = Parameters<typeof getNextSnapshot<typeof chart>>[2]['type']
const TYPES: readonly Type[] = ['opened', 'failed', 'refused', 'lost', 'ended', 'due', 'online', 'left', 'shown', 'close']

const paths = getShortestPaths(chart, { events: TYPES.map((type) => ({ type })) })
/** Without the machine's own. */
function eventsOf({ steps }: (typeof paths)[number]): Type[] {
  return steps.map(({ event }) => event.type as Type).filter((type) => TYPES.includes(type))
}
/** What the client calls the states of the machine. */
const STATES: Readonly<Record<string, string>> = {
  connecting: 'connecting',
  open: 'open',
  waiting: 'waiting',
  away: 'waiting',
  closed: 'closed',
}

/** Does to the client what the event says. */
async function happen({ world, client, told }: Scene, type: Type): Promise<void> {
  const open = world.requests.findLast(({ verb, isOver }) => verb === 'open' && !isOver)
  const poll = world.requests.findLast(({ verb, isOver }) => verb === 'poll' && !isOver)
  const close = async (code: number): Promise<void> => {
    await poll?.answer(200, [[1, 'c', code, '']])
    if (client.state === 'open') await world.source.receive([1, 'c', code, ''])
  }
  if (type === 'opened') {
    await open?.answer(200, { id: 'one' })
    if (client.state === 'open' && world.tried.at(-1) === 'sse') await world.source.attached()
  } else if (type === 'failed') await open?.fail()
  else if (type === 'refused') await open?.answer(403)
  else if (type === 'lost') await close(1012)
  else if (type === 'ended') await close(1000)
  else if (type === 'due')
    await world.advance((told.findLast(([name]) => name === 'ondisconnect') as [string, { delayMs: number }])[1].delayMs)
  else if (type === 'online') await world.event('online')
  else if (type === 'left') await world.event('pagehide', { persisted: true })
  else if (type === 'shown') await world.event('pageshow', { persisted: true })
  else client.close()
}

describe('the client is the machine', () => {
  test('the paths reach every state', () => {
    expect(new Set(paths.map(({ state }) => state.value))).toEqual(new Set(Object.keys(STATES)))
    expect(paths.length).toBeGreaterThan(15)
  })

  test.each(paths.map((path) => [eventsOf(path).join(' ') || 'the start', path] as const))('after %s', async (_name, path) => {
    const { state } = path
    const before = eventsOf(path)
    for (const type of TYPES) {
      // Nobody can make time pass for one timer only; a page that is away hears nothing but that it is shown, and no other
      // hears that.
      if (type === 'due' && state.value !== 'waiting') continue
      if (type !== 'close' && (type === 'shown') !== (state.value === 'away')) continue
      const scene = await start({ transports: ['sse', 'longPoll'], heartbeatMs: 0 })
      for (const one of before) await happen(scene, one)
      expect([type, scene.client.state]).toEqual([type, STATES[state.value as string]])
      const tries = scene.world.tried.length
      const next = getNextSnapshot(chart, state, { type })
      await happen(scene, type)
      expect([type, scene.client.state]).toEqual([type, STATES[next.value as string]])
      const isTry = next.value === 'connecting' && next !== state && (state.value !== 'connecting' || type === 'failed')
      expect([type, scene.world.tried.length - tries]).toEqual([type, isTry ? 1 : 0])
      if (scene.client.state !== 'connecting') continue
      // How many transports are left shows in what follows.
      for (let left = next.context.left; left > 0; left--) await happen(scene, 'failed')
      expect([type, scene.client.state]).toEqual([type, 'connecting'])
      await happen(scene, 'failed')
      expect([type, scene.client.state]).toEqual([type, 'waiting'])
    }
  })
})

test('the drawing in docs/client.md has exactly the transitions of the machine', () => {
  const page = readFileSync('docs/client.md', 'utf8')
  const drawn = [...page.matchAll(/(\w+) -(\w+)-> (\w+)/g)].map(([arrow]) => arrow).toSorted()
  type Move = string | { readonly target?: string } | readonly { readonly target: string }[]
  const { states } = chart.config as { states: Record<string, { on?: Record<string, Move> }> }
  const arrows = (from: string, moves: Record<string, Move> = {}): string[] =>
    Object.entries(moves).flatMap(([event, move]) =>
      [move]
        .flat()
        .map((one) => (typeof one === 'string' ? one : (one as { target?: string }).target))
        .filter((target) => target !== undefined)
        .map((target) => `${from} -${event}-> ${target.replace('.', '')}`),
    )
  expect(drawn).toEqual(
    Object.entries(states)
      .flatMap(([state, node]) => arrows(state, node.on))
      .toSorted(),
  )
})
