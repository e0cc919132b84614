// A client's life over WebSockets: its handlers, what waits, tries and waits.
import { describe, expect, test } from '@jest/globals'
import { backoffMs } from '../../src/client/backoff.js'
import { settle } from './fakes.js'
import { FakeWorld, type Scene, start } from './world.js'

describe('a connection', () => {
  test('is asked for, opens, brings messages as data, and ends', async () => {
    const { client, world, told } = await start({ transports: ['ws'] })
    expect(world.socket.url.href).toBe('wss://host.test/ws?gensock=ws')
    expect([client.state, client.send('early'), told]).toEqual(['connecting', false, []])
    await world.socket.open()
    expect(client.state).toBe('open')
    expect(client.send('hi')).toBe(true)
    expect(world.socket.binaryType).toBe('arraybuffer')
    const bytes = new Uint8Array([1]).buffer
    await world.socket.receive('text')
    await world.socket.receive(bytes)
    await world.socket.end(1012, 'restart')
    expect([client.state, client.send('late')]).toEqual(['waiting', false])
    expect(told).toEqual([
      ['onopen', { resumed: 'new', transport: 'ws' }],
      ['onmessage', 'text'],
      ['onmessage', bytes],
      ['ondisconnect', { code: 1012, reason: 'restart', willRetry: true, delayMs: 250 }],
    ])
  })

  test('takes no more when 4 MiB have not left yet', async () => {
    const { client, world } = await start()
    await world.socket.open()
    world.socket.bufferedAmount = 4_194_304
    expect(client.send('x')).toBe(true)
    world.socket.bufferedAmount++
    expect(client.send('x')).toBe(false)
    expect(world.socket.sent).toEqual(['x'])
  })

  test('that does not open within 10 s has failed', async () => {
    const { client, world, told } = await start({ transports: ['ws'] })
    await world.advance(9999)
    expect([client.state, world.socket.closed]).toEqual(['connecting', undefined])
    await world.advance(1)
    expect([client.state, world.socket.closed]).toEqual(['waiting', []])
    expect(told).toEqual([['ondisconnect', { code: 1006, reason: 'timeout', willRetry: true, delayMs: 250 }]])
  })

  test('that the browser refuses to try has failed', async () => {
    const world = new FakeWorld()
    Object.assign(world.env, {
      WebSocket: function refuse() {
        throw new Error('insecure')
      },
    })
    const { told } = await start({ transports: ['ws'] }, world)
    expect(told).toEqual([['ondisconnect', { code: 1006, reason: 'Error: insecure', willRetry: true, delayMs: 250 }]])
  })

  test('an end without a code is 1005, one without a close frame 1006', async () => {
    for (const code of [1005, 1006]) {
      const { world, told } = await start()
      await world.socket.open()
      await world.socket.end(code)
      expect(told.at(-1)).toMatchObject(['ondisconnect', { code, willRetry: true }])
    }
  })
})

describe('messages', () => {
  test('wait while there is no onmessage, and come in order once there is one', async () => {
    const { client, world, messages } = await start()
    const { onmessage } = client
    client.onmessage = null
    await world.socket.open()
    for (const text of ['a', 'b', 'c']) await world.socket.receive(text)
    client.onmessage = onmessage
    expect(messages).toEqual([])
    await settle()
    expect(messages).toEqual(['a', 'b', 'c'])
  })

  test('that wait when onmessage is taken away in one of them wait on', async () => {
    const { client, world } = await start()
    const got: unknown[] = []
    client.onmessage = null
    await world.socket.open()
    for (const text of ['a', 'b']) await world.socket.receive(text)
    client.onmessage = (data) => {
      got.push(data)
      client.onmessage = null
    }
    await settle()
    expect(got).toEqual(['a'])
  })

  test('that wait are not lost with their connection, but with the client', async () => {
    const { client, world, messages } = await start()
    const { onmessage } = client
    client.onmessage = null
    await world.socket.open()
    await world.socket.receive('a')
    await world.socket.end()
    client.onmessage = onmessage
    await settle()
    expect(messages).toEqual(['a'])
    await world.advance(250)
    await world.socket.open()
    client.onmessage = null
    await world.socket.receive('b')
    client.close()
    client.onmessage = onmessage
    await settle()
    expect(messages).toEqual(['a'])
  })

  test('after a close in onmessage none comes', async () => {
    const { client, world } = await start()
    const got: unknown[] = []
    client.onmessage = null
    await world.socket.open()
    for (const text of ['a', 'b']) await world.socket.receive(text)
    client.onmessage = (data) => {
      got.push(data)
      client.close()
    }
    await settle()
    expect(got).toEqual(['a'])
  })
})

describe('handlers', () => {
  test('what one throws is thrown again where the browser reports it, and harms nothing here', async () => {
    const { client, world } = await start()
    client.onopen = () => {
      throw new Error('mine')
    }
    await world.socket.open()
    expect(client.state).toBe('open')
    await expect(world.advance(0)).rejects.toThrow('mine')
    expect(client.send('x')).toBe(true)
  })

  test('none of them is needed', async () => {
    const { client, world } = await start()
    client.onopen = client.onmessage = client.ondisconnect = client.onclose = client.onheartbeat = null
    await world.socket.open()
    await world.socket.receive('x')
    await world.advance(20_000)
    await world.socket.end(1000)
    expect(client.state).toBe('closed')
  })
})

describe('close', () => {
  test('ends an open connection: onclose once, nothing else, no try, no timer and no listener left', async () => {
    const { client, world, told } = await start()
    await world.socket.greet()
    client.close(4000, 'enough')
    client.close()
    expect(told).toEqual([
      ['onopen', { resumed: 'new', transport: 'ws' }],
      ['onclose', { code: 4000, reason: 'enough', willRetry: false }],
    ])
    await world.socket.end(4000)
    await world.advance(100_000)
    expect([client.state, world.sockets.length, told.length, world.pending, world.listening]).toEqual(['closed', 1, 2, 0, 0])
  })

  test('ends a try and a wait', async () => {
    const trying = await start()
    trying.client.close()
    expect(trying.world.socket.closed).toEqual([1000, ''])
    const waiting = await start({ transports: ['ws'] })
    await waiting.world.socket.end()
    expect(waiting.client.state).toBe('waiting')
    waiting.client.close()
    for (const { world, told } of [trying, waiting]) {
      await world.advance(100_000)
      expect([world.sockets.length, world.pending, told.at(-1)?.[0]]).toEqual([1, 0, 'onclose'])
    }
  })

  test('ends the wait for a token, and a token that comes later is not used', async () => {
    let give: (token: string) => void = () => undefined
    const token = new Promise<string>((resolve) => (give = resolve))
    const { client, world } = await start({ token: () => token })
    client.close()
    give('late')
    await settle()
    expect([world.sockets.length, client.state]).toEqual([0, 'closed'])
  })

  test('in ondisconnect there is no other try', async () => {
    const { client, world, told } = await start()
    await world.socket.open()
    client.ondisconnect = () => client.close()
    await world.socket.end()
    await world.advance(100_000)
    expect([world.sockets.length, told.at(-1)?.[0]]).toEqual([1, 'onclose'])
  })
})

describe('tokens', () => {
  test('one is asked for before each try and goes along in the query', async () => {
    let asked = 0
    const { world } = await start({ token: async () => `t${++asked}`, transports: ['ws', 'longPoll'] }, undefined, '/ws?a=b')
    expect(world.socket.url.href).toBe('wss://host.test/ws?a=b&gensock=ws&token=t1')
    await world.socket.end()
    expect(world.asked('open').url.search).toBe('?a=b&gensock=open&via=longPoll&token=t2')
  })

  test('one that cannot be had is a try that failed', async () => {
    let isDown = true
    const { client, world, told } = await start({
      token() {
        if (isDown) throw new Error('down')
        return 't'
      },
    })
    expect(told).toEqual([['ondisconnect', { code: 1006, reason: 'token: Error: down', willRetry: true, delayMs: 250 }]])
    expect([client.state, world.sockets.length]).toEqual(['waiting', 0])
    isDown = false
    await world.advance(250)
    expect(world.sockets.length).toBe(1)
  })
})

describe('waits', () => {
  test('the limit doubles from firstMs to maxMs, and the wait is anything below it', () => {
    const pace = { firstMs: 500, maxMs: 30_000, isExact: false }
    const limits = [0, 1, 2, 5, 6, 7, 2000].map((failures) => backoffMs(pace, failures, 0.999_999_9))
    expect(limits).toEqual([499, 999, 1999, 15_999, 29_999, 29_999, 29_999])
    expect(backoffMs(pace, 3, 0)).toBe(0)
    expect(backoffMs({ ...pace, isExact: true }, 1, 0.1)).toBe(1000)
  })

  test('ten thousand clients that were cut together come back evenly spread', () => {
    const waits = Array.from({ length: 10_000 }, () =>
      backoffMs({ firstMs: 10_000, maxMs: 10_000, isExact: false }, 0, Math.random()),
    )
    const perSecond = Array.from({ length: 10 }, (_, second) => waits.filter((ms) => Math.floor(ms / 1000) === second).length)
    expect(Math.min(...perSecond)).toBeGreaterThan(800)
    expect(Math.max(...perSecond)).toBeLessThan(1200)
  })

  const delays = async ({ world, told }: Pick<Scene, 'world' | 'told'>, tries: number): Promise<unknown[]> => {
    for (let at = 0; at < tries; at++) {
      await world.socket.end()
      await world.advance((told.at(-1) as [string, { delayMs: number }])[1].delayMs)
    }
    return told.slice(-tries).map(([, what]) => (what as { delayMs: number }).delayMs)
  }

  test('each failed round makes the next wait longer', async () => {
    const { world, told } = await start({ transports: ['ws'], backoff: { firstMs: 100, maxMs: 700 } })
    world.chance = 0.99
    expect(await delays({ world, told }, 5)).toEqual([99, 198, 396, 693, 693])
  })

  test('a connection that was cut after something came over it was a good one: waits are short again', async () => {
    const { world, told } = await start({ transports: ['ws'] })
    await delays({ world, told }, 4)
    await world.socket.open()
    await world.socket.receive('x')
    expect(await delays({ world, told }, 2)).toEqual([250, 500])
  })

  test('one that held for 5 s was a good one', async () => {
    for (const [heldMs, delayMs] of [
      [4999, 2000],
      [5000, 250],
    ] as const) {
      const { world, told } = await start({ transports: ['ws'] })
      await delays({ world, told }, 3)
      await world.socket.open()
      await world.advance(heldMs)
      await world.socket.end(1011)
      expect(told.at(-1)).toMatchObject(['ondisconnect', { code: 1011, delayMs }])
    }
  })

  test('one that a server greets and closes again and again was none', async () => {
    const { world, told } = await start({ transports: ['ws'] })
    for (const delayMs of [250, 500, 1000]) {
      await world.socket.open()
      await world.socket.receive('welcome')
      await world.socket.end(1011)
      expect(told.at(-1)).toMatchObject(['ondisconnect', { delayMs }])
      await world.advance(delayMs)
    }
  })
})
