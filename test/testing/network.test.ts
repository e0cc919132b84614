// The network of a simulation: order, delays, parts, breaks, slow peers, both closes.
import { describe, expect, test } from '@jest/globals'
import { close, type OutFrame, type SocketHandler, text } from 'gensock/socket'
import { type SimulatedTransport, simulate } from 'gensock/testing'

const echo: SocketHandler<null> = {
  init: () => ['ok', null],
  handle: (frame, state) => ['push', [frame as OutFrame], state],
}
const texts = (frames: readonly OutFrame[]): unknown[] => frames.map(([, data]) => data)

/** Runs this over so many seeds. */
async function overSeeds(seeds: number, one: (seed: number) => Promise<void>): Promise<void> {
  for (let seed = 0; seed < seeds; seed++) await one(seed)
}

describe('frames', () => {
  test('come in order both ways, however long each is on its way', () =>
    overSeeds(30, async (seed) => {
      const { value, ms } = await simulate(
        seed,
        async (node) => {
          const socket = node.connect(echo)
          for (let n = 0; n < 10; n++) socket.send(String(n))
          await node.advance(1000)
          return texts(socket.received)
        },
        { faults: { delayMs: 50 } },
      )
      expect(value).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
      expect(ms).toBe(1000)
    }))

  test('take their time: they are not there before it, and `sent` is ahead of `received`', async () => {
    await simulate(
      1,
      async (node) => {
        const socket = node.connect({ ...echo, init: () => ['push', [text('hello')], null] })
        await node.settle()
        expect([texts(socket.sent), texts(socket.received)]).toEqual([['hello'], []])
        await node.advance(10_000)
        expect(texts(socket.received)).toEqual(['hello'])
      },
      { faults: { delayMs: 10_000 } },
    )
  })

  test('of several connections overtake each other', async () => {
    const orders = new Set<string>()
    await overSeeds(30, async (seed) => {
      const order: string[] = []
      await simulate(seed, async (node) => {
        for (const name of ['a', 'b']) {
          const socket = node.connect(echo)
          socket.onframe = ([, data]) => void order.push(String(data))
          socket.send(name)
        }
        await node.settle()
      })
      orders.add(order.join(''))
    })
    expect([...orders].sort()).toEqual(['ab', 'ba'])
  })

  test('come in two parts now and then', async () => {
    let parts = 0
    await overSeeds(20, async (seed) => {
      const { trace } = await simulate(seed, async (node) => {
        const socket = node.connect(echo)
        socket.send('whole')
        await node.settle()
        expect(texts(socket.received)).toEqual(['whole'])
      })
      parts += trace().filter((line) => line.includes('half a frame to socket 1')).length
    })
    expect(parts).toBeGreaterThan(0)
  })

  test('are answered by what the peer does when one comes', async () => {
    await simulate(1, async (node) => {
      const socket = node.connect(echo)
      socket.onframe = ([, data]) => {
        if (Number(data) < 5) socket.send(String(Number(data) + 1))
      }
      socket.send('0')
      await node.settle()
      expect(texts(socket.received)).toEqual(['0', '1', '2', '3', '4', '5'])
      expect(texts(socket.take())).toEqual(['0', '1', '2', '3', '4', '5'])
      expect(socket.take()).toEqual([])
    })
  })
})

describe('the end of a connection', () => {
  const ends = async (act: (socket: SimulatedTransport) => void, handler: SocketHandler<null> = echo): Promise<unknown[]> => {
    const { value } = await simulate(1, async (node) => {
      const socket = node.connect(handler)
      const told: unknown[] = []
      socket.onend = (how) => void told.push(how)
      await node.settle()
      act(socket)
      await node.settle()
      return [told, socket.ended, socket.terminated[0]]
    })
    return value
  }

  test("the peer's close frame is answered, and then the peer knows", async () => {
    expect(await ends((socket) => socket.close(1000, 'bye'))).toEqual([
      [['close', 1000]],
      ['close', 1000],
      { type: 'remote', code: 1000, reason: 'bye' },
    ])
  })

  test("the socket's close frame comes behind what was sent before it", async () => {
    const { value } = await simulate(1, async (node) => {
      const socket = node.connect({ ...echo, handle: (_frame, state) => ['push', [text('last'), close(4000, 'over')], state] })
      const heard: unknown[] = []
      socket.onframe = (frame) => void heard.push(frame)
      socket.onend = (how) => void heard.push(how)
      socket.send('x')
      await node.settle()
      return heard
    })
    expect(value).toEqual([
      ['text', 'last'],
      ['close', 4000, 'over'],
    ])
  })

  test('a peer that cuts hears nothing more, and sends nothing more', async () => {
    const { value } = await simulate(1, async (node) => {
      const socket = node.connect(echo)
      let heard = 0
      socket.onframe = socket.onend = () => void heard++
      await node.settle()
      socket.cut()
      socket.send('too late')
      await node.settle()
      return [heard, socket.ended, socket.terminated[0], socket.exit]
    })
    expect(value).toEqual([0, 'cut', { type: 'error', error: 'closed' }, 'normal'])
  })

  test('a refused handshake is heard of', async () => {
    const { value } = await simulate(1, async (node) => {
      const socket = node.connect({ ...echo, upgrade: () => ['reject', 403] })
      const told: unknown[] = []
      socket.onend = (how) => void told.push(how)
      await node.settle()
      return [told, socket.handshake?.[0]]
    })
    expect(value).toEqual([['refused'], 'reject'])
  })
})

describe('faults', () => {
  test('a broken connection: what was on its way arrives up to some point, then both sides hear of the end', async () => {
    const counts = new Set<number>()
    await overSeeds(40, async (seed) => {
      await simulate(seed, async (node) => {
        const handled: unknown[] = []
        const socket = node.connect({
          ...echo,
          handle: (frame, state) => {
            handled.push(frame[1])
            return ['ok', state]
          },
        })
        await node.settle()
        for (let n = 0; n < 5; n++) socket.send(String(n))
        node.faults({ cut: 1 })
        await node.advance(100)
        expect(handled).toEqual(['0', '1', '2', '3', '4'].slice(0, handled.length))
        expect([socket.ended, socket.terminated]).toEqual(['cut', [{ type: 'error', error: 'closed' }]])
        counts.add(handled.length)
      })
    })
    expect(counts.size).toBeGreaterThan(2)
  })

  test('a cut takes the last frames and the close frame of a socket that has closed: the peer hears of a break', async () => {
    const last: SocketHandler<null> = {
      init: () => ['ok', null],
      handle: (_frame, state) => ['push', [text('1'), text('2'), close(4000, 'over')], state],
    }
    const heard = new Map<string, number>()
    await overSeeds(100, async (seed) => {
      await simulate(seed, async (node) => {
        const socket = node.connect(last)
        await node.settle()
        node.faults({ delayMs: 50 })
        socket.send('go')
        while (socket.closed === undefined) await node.advance(1)
        node.faults({ cut: 0.2, delayMs: 50 })
        await node.advance(1000)
        expect([socket.closed, socket.sent.length, socket.exit]).toEqual([['close', 4000, 'over'], 2, 'normal'])
        const what = `${texts(socket.received).join('')} ${String(socket.ended)}`
        heard.set(what, (heard.get(what) ?? 0) + 1)
      })
    })
    expect([...heard.keys()].sort()).toEqual([' cut', '1 cut', '12 close,4000,over', '12 cut'])
  })

  test('a stall ends no earlier one: nothing comes for as long as the trace says', async () => {
    await overSeeds(50, async (seed) => {
      const { value, trace } = await simulate(seed, async (node) => {
        const socket = node.connect(echo)
        await node.settle()
        let gotAtMs = Infinity
        socket.onframe = () => (gotAtMs = node.now())
        node.faults({ stall: 1, stallMs: 1000 })
        for (let i = 0; i < 3; i++) node.spawn(() => undefined)
        await node.settle()
        node.faults({})
        socket.send('x')
        await node.advance(5000)
        return gotAtMs
      })
      const stalls = trace().map((line) => /(\d+) ms {2}FAULT: nothing gets to \w+ 1 for (\d+) ms/.exec(line))
      const untilMs = stalls.map((found) => (found === null ? 0 : Number(found[1]) + Number(found[2])))
      expect(stalls.filter((found) => found !== null).length).toBeGreaterThan(1)
      expect(value).toBeGreaterThanOrEqual(Math.max(...untilMs))
    })
  })

  test('a peer that stands still is a slow consumer: what it leaves counts against the route', async () => {
    let closed = 0
    await overSeeds(20, (seed) =>
      simulate(seed, async (node) => {
        const socket = node.connect(
          {
            init: (_args, self) => {
              self.sendAfter(1, 'more')
              return ['ok', null]
            },
            handle: (_frame, state) => ['ok', state],
            info: (_message, state, self) => {
              self.sendAfter(1, 'more')
              return ['push', [text('x'.repeat(100))], state]
            },
          },
          { outboundHighBytes: 1000, outboundLowBytes: 500 },
        )
        node.faults({ stall: 0.2, stallMs: 5000 })
        await node.advance(3000)
        node.faults({})
        if (socket.closed !== undefined) closed++
        else socket.cut()
        await node.advance(10_000)
      }).then(() => undefined),
    )
    expect(closed).toBeGreaterThan(5)
  })
})

describe('what the peer does is looked at when it does it', () => {
  test.each<[string, (socket: SimulatedTransport) => void]>([
    ['a frame that is none', (socket) => socket.send(42 as never)],
    ['a code that is none', (socket) => socket.close(7)],
    ['a reason that is no text', (socket) => socket.close(1000, 7 as never)],
  ])('%s is refused at the call, behind a cut as well', (_name, act) =>
    simulate(1, async (node) => {
      const socket = node.connect(echo)
      const refused = expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' })
      expect(() => act(socket)).toThrow(refused)
      socket.send('still open')
      await node.settle()
      expect(texts(socket.received)).toEqual(['still open'])
      socket.cut()
      expect(() => act(socket)).toThrow(refused)
    }).then(() => undefined),
  )

  test('bytes are those of the moment when they were sent', async () => {
    const { value } = await simulate(
      1,
      async (node) => {
        const socket = node.connect(echo)
        const bytes = Buffer.from('aaaa')
        socket.send(bytes)
        socket.send(['binary', bytes])
        bytes.fill('b')
        await node.advance(1000)
        return texts(socket.received).map(String)
      },
      { faults: { delayMs: 50 } },
    )
    expect(value).toEqual(['aaaa', 'aaaa'])
  })
})

test('what a peer throws later on fails the run', async () => {
  const run = simulate(1, async (node) => {
    const socket = node.connect(echo)
    socket.onframe = async () => {
      await Promise.resolve()
      throw new Error('the peer does not like it')
    }
    socket.send('x')
    await node.advance(1000)
  })
  await expect(run).rejects.toThrow('the peer does not like it')
})

test('what is told must be a function', () =>
  expect(simulate(1, (node) => void (node.connect(echo).onframe = 1 as never))).rejects.toThrow(
    'onframe must be a function or undefined, got 1',
  ))
