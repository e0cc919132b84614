// The page protocol as the browser speaks it: what it asks for, what it acknowledges, what it keeps over a reload.
import { describe, expect, test } from '@jest/globals'
import { ack, message, ping, pong } from '../../src/wire/page.js'
import { settle } from './fakes.js'
import { FakeWorld, type Scene, start } from './world.js'

const URL_OF_A = '/websocket?z_pageid=a'
const KEY = 'gensock:host.test/websocket'
const page = (world?: FakeWorld, url = URL_OF_A): Promise<Scene> => start({ transports: ['ws'], resume: true }, world, url)
/** Connected, and answered by the page. */
async function attached(world?: FakeWorld, url?: string): Promise<Scene> {
  const scene = await page(world, url)
  await scene.world.socket.greet()
  await scene.world.socket.receive(pong('a', 'new', 0))
  return scene
}
async function receive({ world }: Scene, from: number, to = from): Promise<void> {
  for (let number = from; number <= to; number++) await world.socket.receive(message(number, `m${number}`))
}
/** The network cuts it, and it connects again. */
async function cut({ world }: Scene): Promise<void> {
  await world.socket.end()
  await world.advance(250)
  await world.socket.greet()
}
const said = ({ world }: Scene): unknown[] => world.socket.sent

describe('a page', () => {
  test('is asked for as soon as the connection is open; onopen comes with its answer', async () => {
    const scene = await page()
    expect(scene.world.socket.url.search).toBe('?z_pageid=a&gensock=ws')
    await scene.world.socket.greet()
    expect([scene.client.state, said(scene), scene.told]).toEqual(['open', [ping('a', 0)], []])
    await scene.world.socket.receive(pong('a', 'new', 0))
    expect(scene.told).toEqual([['onopen', { resumed: 'new', transport: 'ws' }]])
  })

  test('its messages come without their numbers, others as they are', async () => {
    const scene = await attached()
    await receive(scene, 1)
    await scene.world.socket.receive('plain')
    await scene.world.socket.receive(message(2, 'a:b\nc'))
    expect(scene.messages).toEqual(['m1', 'plain', 'a:b\nc'])
  })

  test('that counts nothing, as that of Zotonic, is new', async () => {
    const scene = await page()
    await scene.world.socket.open()
    await scene.world.socket.receive(pong('a'))
    expect(scene.told).toEqual([['onopen', { resumed: 'new', transport: 'ws' }]])
  })

  test('of another id is not ours, and is no message either', async () => {
    const scene = await page()
    await scene.world.socket.open()
    await scene.world.socket.receive(pong('b', 'new', 0))
    expect(scene.told).toEqual([])
  })

  test('where nobody answers, onopen comes after 5 s', async () => {
    const scene = await page()
    await scene.world.socket.open()
    await scene.world.socket.receive('hello')
    await scene.world.advance(4999)
    expect(scene.told).toEqual([['onmessage', 'hello']])
    await scene.world.advance(1)
    expect(scene.told.at(-1)).toEqual(['onopen', { resumed: 'new', transport: 'ws' }])
    expect(scene.client.state).toBe('open')
  })

  test('whose url names none has an id of its own, the same for each connection', async () => {
    const scene = await page(undefined, '/websocket')
    const id = scene.world.socket.url.searchParams.get('z_pageid') as string
    expect(id).toMatch(/^[0-9a-z]+$/)
    await scene.world.socket.greet()
    expect(said(scene)).toEqual([ping(id, 0)])
    await cut(scene)
    expect(scene.world.socket.url.searchParams.get('z_pageid')).toBe(id)
  })
})

describe('acknowledgements', () => {
  test('200 ms after the first message all that came by then are acknowledged', async () => {
    const scene = await attached()
    await receive(scene, 1, 3)
    await scene.world.advance(199)
    expect(said(scene)).toEqual([ping('a', 0)])
    await scene.world.advance(1)
    expect(said(scene)).toEqual([ping('a', 0), ack(3)])
    await scene.world.advance(10_000)
    expect(said(scene).length).toBe(2)
  })

  test('32 messages are acknowledged at once', async () => {
    const scene = await attached()
    await receive(scene, 1, 31)
    expect(said(scene)).toEqual([ping('a', 0)])
    await receive(scene, 32, 40)
    expect(said(scene)).toEqual([ping('a', 0), ack(32)])
    await scene.world.advance(200)
    expect(said(scene).at(-1)).toBe(ack(40))
  })

  test('each heartbeat is a ping that acknowledges', async () => {
    const scene = await attached()
    await scene.world.advance(19_900)
    await receive(scene, 1, 2)
    await scene.world.advance(100)
    expect(said(scene)).toEqual([ping('a', 0), ping('a', 2)])
    await scene.world.socket.receive(pong('a', 'resumed', 2))
    await scene.world.advance(10_000)
    expect([said(scene).length, scene.told.filter(([name]) => name === 'onopen').length]).toEqual([2, 1])
  })

  test('a message that waits for onmessage is not acknowledged', async () => {
    const scene = await attached()
    const { onmessage } = scene.client
    scene.client.onmessage = null
    await receive(scene, 1, 40)
    await scene.world.advance(1000)
    expect(said(scene)).toEqual([ping('a', 0)])
    scene.client.onmessage = onmessage
    await settle()
    expect([scene.messages.length, said(scene).at(-1)]).toEqual([40, ack(32)])
  })
})

describe('a connection that comes back', () => {
  test('says what has arrived; what comes twice is given once', async () => {
    const scene = await attached()
    await receive(scene, 1, 3)
    await cut(scene)
    expect(said(scene)).toEqual([ping('a', 3)])
    await scene.world.socket.receive(pong('a', 'resumed', 1))
    expect(scene.told.at(-1)).toEqual(['onopen', { resumed: 'resumed', transport: 'ws' }])
    await receive(scene, 2, 5)
    expect(scene.messages).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
  })

  test('after a gap goes on with what there is', async () => {
    const scene = await attached()
    await receive(scene, 1, 3)
    await cut(scene)
    await scene.world.socket.receive(pong('a', 'gap', 7))
    expect(scene.told.at(-1)).toEqual(['onopen', { resumed: 'gap', transport: 'ws' }])
    await receive(scene, 8)
    await scene.world.advance(200)
    expect([scene.messages.at(-1), said(scene).at(-1)]).toEqual(['m8', ack(8)])
  })

  test('to a page that knows nothing of it counts from the beginning', async () => {
    const scene = await attached()
    await receive(scene, 1, 3)
    await cut(scene)
    await scene.world.socket.receive(pong('a', 'new', 0))
    await receive(scene, 1)
    expect(scene.told.slice(-2)).toEqual([
      ['onopen', { resumed: 'new', transport: 'ws' }],
      ['onmessage', 'm1'],
    ])
  })

  test.each(['new', 'gap'] as const)(
    'to a page that was made anew and says %s counts from the number that it says',
    async (resumed) => {
      const scene = await attached()
      await receive(scene, 1, 3)
      await cut(scene)
      await scene.world.socket.receive(pong('a', resumed, 1_000_003))
      await receive(scene, 1_000_004, 1_000_005)
      expect(scene.told.slice(-3)).toEqual([
        ['onopen', { resumed, transport: 'ws' }],
        ['onmessage', 'm1000004'],
        ['onmessage', 'm1000005'],
      ])
      await scene.world.advance(200)
      expect(said(scene)).toEqual([ping('a', 3), ack(1_000_005)])
      await cut(scene)
      expect(said(scene)).toEqual([ping('a', 1_000_005)])
    },
  )

  test('what still waits for onmessage is not asked for again, nor counted for a new page', async () => {
    const scene = await attached()
    const { onmessage } = scene.client
    scene.client.onmessage = null
    await receive(scene, 1, 2)
    await cut(scene)
    expect(said(scene)).toEqual([ping('a', 0)])
    await scene.world.socket.receive(pong('a', 'resumed', 0))
    await receive(scene, 1, 3)
    await cut(scene)
    await scene.world.socket.receive(pong('a', 'new', 0))
    await receive(scene, 1)
    scene.client.onmessage = onmessage
    await settle()
    expect(scene.messages).toEqual(['m1', 'm2', 'm3', 'm1'])
    await scene.world.advance(200)
    expect(said(scene)).toEqual([ping('a', 0), ack(1)])
  })

  test('a number that is missing on an open connection: it is cut, and what is missing asked for', async () => {
    const scene = await attached()
    await receive(scene, 1)
    await receive(scene, 3)
    expect(scene.world.socket.closed).toEqual([])
    expect(scene.told.at(-1)).toMatchObject(['ondisconnect', { code: 1006, reason: 'gap' }])
    await scene.world.advance(250)
    await scene.world.socket.greet()
    expect(said(scene)).toEqual([ping('a', 1)])
  })

  test('a page that was made anew under an open connection: onopen says so', async () => {
    const scene = await attached()
    await receive(scene, 1, 5)
    await scene.world.advance(20_000)
    await scene.world.socket.receive(pong('a', 'new', 0))
    await receive(scene, 1)
    expect(scene.told.slice(-2)).toEqual([
      ['onopen', { resumed: 'new', transport: 'ws' }],
      ['onmessage', 'm1'],
    ])
  })
})

describe('over a reload', () => {
  async function reload({ world }: Scene): Promise<FakeWorld> {
    await world.event('pagehide', { persisted: false })
    return new FakeWorld(world)
  }

  test('the page goes on with its id and its number, although the url names another one', async () => {
    const before = await attached()
    await receive(before, 1, 3)
    const scene = await page(await reload(before), '/websocket?z_pageid=b')
    expect(scene.world.socket.url.searchParams.get('z_pageid')).toBe('a')
    await scene.world.socket.greet()
    expect(said(scene)).toEqual([ping('a', 3)])
    await scene.world.socket.receive(pong('a', 'resumed', 3))
    await receive(scene, 4)
    expect(scene.told).toEqual([
      ['onopen', { resumed: 'resumed', transport: 'ws' }],
      ['onmessage', 'm4'],
    ])
  })

  test('if its page is new to the server, it is the one still, for it has taken over what the one of the url has', async () => {
    const before = await attached()
    await receive(before, 1, 3)
    const scene = await page(await reload(before), '/websocket?z_pageid=b')
    await scene.world.socket.greet()
    await scene.world.socket.receive(pong('a', 'new', 0))
    await receive(scene, 1)
    await scene.world.advance(200)
    expect(scene.told).toEqual([
      ['onopen', { resumed: 'new', transport: 'ws' }],
      ['onmessage', 'm1'],
    ])
    expect([said(scene), scene.world.sockets.length]).toEqual([[ping('a', 3), ack(1)], 1])
  })

  test('the page of the url is named beside it until the kept one has answered, so that it can be taken over', async () => {
    const scene = await page(await reload(await attached()), '/websocket?z_pageid=b')
    const named = (): unknown => [...scene.world.socket.url.searchParams].filter(([name]) => name.startsWith('z_'))
    const both = [
      ['z_pageid', 'a'],
      ['z_newpage', 'b'],
    ]
    expect(named()).toEqual(both)
    await cut(scene)
    expect(named()).toEqual(both)
    await scene.world.socket.receive(pong('a', 'resumed', 0))
    await cut(scene)
    expect(named()).toEqual([['z_pageid', 'a']])
  })

  test('nothing is kept while the page is there and seen: a tab that is copied from it has a page of its own', async () => {
    const scene = await attached()
    await receive(scene, 1)
    expect(scene.world.kept.size).toBe(0)
    const copy = await page(new FakeWorld(scene.world), '/websocket?z_pageid=b')
    expect(copy.world.socket.url.searchParams.get('z_pageid')).toBe('b')
  })

  test('what is kept is found once', async () => {
    const before = await attached()
    const world = await reload(before)
    expect([...world.kept]).toEqual([[KEY, '{"page":"a","ack":0}']])
    await page(world, '/websocket?z_pageid=b')
    expect(world.kept.size).toBe(0)
  })

  test('a hidden page keeps what it has acknowledged, for it may be thrown away; a seen one forgets it', async () => {
    const scene = await attached()
    await scene.world.hide(true)
    expect(scene.world.kept.get(KEY)).toBe('{"page":"a","ack":0}')
    await receive(scene, 1, 2)
    await scene.world.advance(200)
    expect(scene.world.kept.get(KEY)).toBe('{"page":"a","ack":2}')
    await scene.world.hide(false)
    expect(scene.world.kept.size).toBe(0)
  })

  test('a page that comes back as it was forgets it, and asks for what it missed', async () => {
    const scene = await attached()
    await receive(scene, 1)
    await scene.world.event('pagehide', { persisted: true })
    expect(scene.world.kept.size).toBe(1)
    await scene.world.event('pageshow', { persisted: true })
    await scene.world.socket.greet()
    expect([scene.world.kept.size, said(scene)]).toEqual([0, [ping('a', 1)]])
  })

  test('a page that was never answered keeps nothing, nor one that was closed', async () => {
    const never = await page()
    await never.world.event('pagehide', { persisted: true })
    expect(never.world.kept.size).toBe(0)
    const closed = await attached()
    await closed.world.hide(true)
    closed.client.close()
    expect(closed.world.kept.size).toBe(0)
  })

  test.each(['{', 'null', '{"page":5,"ack":1}', '{"page":"a","ack":"1"}', '{"page":"a"}'])(
    '%s is nothing that was kept',
    async (text) => {
      const world = new FakeWorld()
      world.kept.set(KEY, text)
      const scene = await page(world, '/websocket?z_pageid=b')
      expect(scene.world.socket.url.searchParams.get('z_pageid')).toBe('b')
    },
  )

  test('a browser that keeps nothing, or forbids to ask, begins anew', async () => {
    const none = new FakeWorld().without('sessionStorage')
    const forbidden = new FakeWorld()
    Object.defineProperty(forbidden.env, 'sessionStorage', {
      get() {
        throw new Error('denied')
      },
    })
    for (const world of [none, forbidden]) {
      const scene = await attached(world)
      await scene.world.event('pagehide', { persisted: true })
      scene.client.close()
      expect(scene.client.state).toBe('closed')
    }
  })
})
