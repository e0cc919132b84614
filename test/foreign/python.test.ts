// Python's websockets and wsproto, two WebSocket clients that we did not write, at a server of ours: straight, and through
// nginx.
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { testWith } from '../programs.js'
import { agreed, CLOSED, factsOf, seen } from './facts.js'
import { NGINX } from './nginx.js'
import { PYTHON, type Reported, runPython } from './python.js'
import { startWorld, type World } from './world.js'

const inPython = testWith('the Python clients', PYTHON, NGINX)
const isThere = PYTHON.missing === undefined && NGINX.missing === undefined

describe.each([
  ['websockets', 'straight', false],
  ['wsproto', 'straight', false],
  ['websockets', 'behind nginx', true],
  ['wsproto', 'behind nginx', true],
] as const)('%s %s', (client, _way, behindNginx) => {
  let world: World | undefined
  let facts: ReadonlyMap<string, Reported> = new Map()

  beforeAll(async () => {
    if (!isThere) return
    world = await startWorld({ behindNginx })
    facts = await runPython(`${client}_client.py`, world.urls)
  }, 40_000)
  afterAll(() => world?.stop())
  const w = (): World => world as World

  for (const { name, title, expected } of factsOf(client)) {
    inPython(title, () => expect(facts.get(name)).toEqual({ got: expected }))
  }

  inPython('it reports these facts and no others', () => {
    const names = factsOf(client).map(({ name }) => name)
    expect([...facts.keys()].toSorted()).toEqual([...names].toSorted())
  })

  inPython('the server hears the close code and reason of the client, or that there was none', () => {
    expect(w().heard).toEqual([{ type: 'remote', code: 4002, reason: 'going ✓' }, { type: 'remote' }])
  })

  inPython('compression shortens both directions by as much as what was agreed on allows', () => {
    const { tap } = w()
    expect(seen(tap.of('/plain'))).toEqual({ extensions: [], up: 'none', down: 'none' })
    expect(seen(tap.of('/deflate'))).toMatchObject({ up: 'together', down: 'together' })
    expect(seen(tap.of('/deflate?offered'))).toEqual({
      extensions: agreed('client_max_window_bits=11', 'server_max_window_bits=12'),
      up: 'alone',
      down: 'alone',
    })
    expect(seen(tap.of('/tight'))).toEqual({
      extensions: agreed('client_max_window_bits=10', 'server_max_window_bits=9'),
      up: 'alone',
      down: 'alone',
    })
  })

  inPython('the counters of the server agree, and the one that drained is not ready', () => {
    expect(w().listener.counters().closed).toMatchObject(CLOSED)
    expect(w().listener.counters().refused).toMatchObject({ origin: 1, path: 1 })
    expect([w().draining.ready, w().draining.counters().closed]).toEqual([false, { 1012: 1 }])
  })
})
