// The connection that many requests carry, without HTTP and in virtual time.
import { describe, expect, test } from '@jest/globals'
import { BINARY, PING, SharedFrame, TEXT } from '../../src/sockets/frames.js'
import type { CarriedTransport, Fate } from '../../src/transports/carried.js'
import { upFrames } from '../../src/transports/items.js'
import { carriedWorld, FakeCarrier, texts } from './carried-world.js'

const world = carriedWorld()
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
function attached(transport: CarriedTransport, acknowledged = 0): FakeCarrier {
  const carrier = new FakeCarrier(transport, acknowledged)
  transport.attach(carrier)
  return carrier
}
const write = (transport: CarriedTransport, text: string): boolean => transport.send(TEXT, text, false)
const bytesOfTail = (text: string): number => Buffer.byteLength(`,"t",${JSON.stringify(text)}]`)

describe('frames to the peer', () => {
  test('all of one turn leave together, numbered from 1', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    write(transport, 'a')
    transport.send(BINARY, Uint8Array.of(1, 2), false)
    transport.send(PING, 'hi', false)
    transport.sendShared(new SharedFrame(TEXT, 'b'), false)
    expect(carrier.pieces).toEqual([])
    await turn()
    write(transport, 'c')
    await turn()
    expect(carrier.pieces).toEqual(['[[1,"t","a"],[2,"b","AQI="],[3,"p","aGk="],[4,"t","b"]]', '[[5,"t","c"]]'])
  })

  test('are kept until they are acknowledged, and come again in the next request', async () => {
    const transport = world.make()
    attached(transport)
    for (const text of ['a', 'b', 'c']) write(transport, text)
    await turn()
    expect(transport.acknowledge(1)).toBe(true)
    const again = attached(transport, 1)
    await turn()
    expect(again.pieces).toEqual(['[[2,"t","b"],[3,"t","c"]]'])
    expect(transport.acknowledge(3)).toBe(true)
    const nothing = attached(transport, 3)
    await turn()
    expect([nothing.pieces, transport.bufferedBytes]).toEqual([[], 0])
  })

  test('an acknowledgement of what was never sent is refused and changes nothing', () => {
    const transport = world.make()
    write(transport, 'a')
    expect([transport.acknowledge(2), transport.acknowledge(1), transport.acknowledge(0)]).toEqual([false, true, true])
  })

  test('count as untaken, short ones 128 bytes each, until they are acknowledged', () => {
    const transport = world.make()
    write(transport, 'a')
    write(transport, 'b')
    expect(transport.bufferedBytes).toBe(256)
    write(transport, 'ü'.repeat(1000))
    expect(transport.bufferedBytes).toBe(bytesOfTail('a') * 2 + bytesOfTail('ü'.repeat(1000)))
    transport.acknowledge(3)
    expect(transport.bufferedBytes).toBe(0)
  })

  test('a text with half a surrogate pair goes out with U+FFFD, as over a WebSocket', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    write(transport, 'a\ud800b')
    await turn()
    expect(carrier.pieces).toEqual(['[[1,"t","a\ufffdb"]]'])
  })

  test('bytes are copied: what their owner does to them later is not sent', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    const bytes = Uint8Array.of(1, 2)
    transport.send(BINARY, bytes.subarray(1), false)
    bytes.fill(9)
    await turn()
    expect(carrier.pieces).toEqual(['[[1,"b","Ag=="]]'])
  })
})

describe('a peer that is behind', () => {
  const marks = { outboundHighBytes: 1000, outboundLowBytes: 300, maxBufferedBytes: 5000 }

  test('one turn may bring more than the high mark, the next may not until all but the low mark is acknowledged', async () => {
    const transport = world.make(marks)
    expect(['a'.repeat(900), 'b'.repeat(900)].map((text) => write(transport, text))).toEqual([true, true])
    expect(transport.isBehind()).toBe(true)
    await turn()
    expect([write(transport, 'c'), transport.newest]).toEqual([false, 2])
    expect(transport.send(TEXT, 'even so', false, true)).toBe(true)
    transport.acknowledge(1)
    expect(world.heard).toEqual(['progressed'])
    transport.acknowledge(2)
    expect(world.heard).toEqual(['progressed', 'progressed', 'drained 128'])
    expect(write(transport, 'd')).toBe(true)
  })

  test('above maxBufferedBytes it is cut', async () => {
    const transport = world.make(marks)
    const carrier = attached(transport)
    write(transport, 'a'.repeat(5001))
    await turn()
    expect(transport.send(TEXT, 'b', false, true)).toBe(true)
    expect(world.heard).toEqual(['attached longPoll', 'failed slow_peer undefined', 'detached longPoll', 'gone'])
    expect([carrier.left, world.forgotten(), transport.newest]).toEqual(['gone', 1, 1])
  })

  test('a flood of pings without an acknowledgement gets 512 answers, then the newest when one comes', () => {
    const transport = world.make()
    for (let n = 1; n <= 600; n++) transport.pong(String(n))
    expect(transport.newest).toBe(512)
    transport.acknowledge(512)
    expect([...transport.after(0)]).toEqual([[513, ',"q","NjAw"]']])
  })
})

describe('frames of the peer', () => {
  test('nothing is delivered before resume', () => {
    const transport = world.make({ paused: true })
    const fates: Fate[] = []
    expect(transport.take(texts([1, 'a']), (fate) => fates.push(fate))).toBe(true)
    expect([world.heard, fates]).toEqual([[], []])
    transport.resume()
    expect([world.heard, fates]).toEqual([['deliver 1 a 1'], ['taken']])
  })

  test('a frame that pauses holds the rest back, and the answer with it', () => {
    const transport = world.make()
    const fates: Fate[] = []
    world.onText((text) => (text === 'b' ? transport.pause() : undefined))
    transport.take(texts([1, 'a'], [2, 'b'], [3, 'c']), (fate) => fates.push(fate))
    expect([world.heard, fates]).toEqual([['deliver 1 a 1', 'deliver 1 b 1'], []])
    transport.resume()
    expect([world.heard.at(-1), fates]).toEqual(['deliver 1 c 1', ['taken']])
  })

  test('frames that stop and go while they are delivered change no order, and fill no stack', () => {
    const transport = world.make()
    world.onText(() => {
      transport.pause()
      transport.resume()
    })
    const numbers = Array.from({ length: 20_000 }, (_, index) => index + 1)
    transport.take(texts(...numbers.map((number) => [number, 'a'] as const)), () => undefined)
    expect(world.heard).toEqual(numbers.map(() => 'deliver 1 a 1'))
  })

  test('what is repeated counts once, whole or in part', () => {
    const transport = world.make()
    const fates: Fate[] = []
    for (const frames of [texts([1, 'a'], [2, 'b']), texts([1, 'a'], [2, 'b']), texts([2, 'b'], [3, 'c'])])
      transport.take(frames, (fate) => fates.push(fate))
    expect([world.heard, fates]).toEqual([
      ['deliver 1 a 1', 'deliver 1 b 1', 'deliver 1 c 1'],
      ['taken', 'taken', 'taken'],
    ])
  })

  test.each([
    ['before the first', texts([2, 'b'])],
    ['in the middle', texts([1, 'a'], [3, 'c'])],
  ])('a gap %s is refused, and nothing is delivered', (_where, frames) => {
    expect(world.make().take(frames, () => undefined)).toBe(false)
    expect(world.heard).toEqual([])
  })

  test('new ones take the place of those that wait, which are still taken once', () => {
    const transport = world.make({ paused: true })
    const fates: string[] = []
    transport.take(texts([1, 'a'], [2, 'b']), (fate) => fates.push(`first ${fate}`))
    transport.take(texts([1, 'a'], [2, 'b'], [3, 'c']), (fate) => fates.push(`second ${fate}`))
    transport.resume()
    expect(fates).toEqual(['first replaced', 'second taken'])
    expect(world.heard).toEqual(['deliver 1 a 1', 'deliver 1 b 1', 'deliver 1 c 1'])
  })

  test('frames that were all taken before do not wait for a socket that does not read', () => {
    const transport = world.make()
    transport.take(texts([1, 'a']), () => undefined)
    transport.pause()
    const fates: Fate[] = []
    transport.take(texts([1, 'a']), (fate) => fates.push(fate))
    expect(fates).toEqual(['taken'])
  })

  test('nothing comes after a close frame', () => {
    const transport = world.make()
    const frames = upFrames(
      [
        [1, 'c', 4001, 'bye'],
        [2, 't', 'late'],
      ],
      true,
    )
    transport.take(frames ?? [], () => undefined)
    expect(world.heard).toEqual(['closed 4001 bye'])
  })

  test('after the close frame of the socket they are nobody’s, whatever their numbers', () => {
    const transport = world.make()
    transport.close(1000, undefined)
    const fates: Fate[] = []
    expect(transport.take(texts([7, 'a']), (fate) => fates.push(fate))).toBe(true)
    expect([world.heard, fates]).toEqual([[], ['taken']])
  })
})

describe('requests', () => {
  test('a newer one that takes frames ends the one before it', () => {
    const transport = world.make()
    const first = attached(transport)
    const second = attached(transport)
    expect([first.left, second.left]).toEqual(['replaced', undefined])
    expect(world.heard).toEqual(['attached longPoll', 'detached longPoll', 'attached longPoll'])
    transport.detach(first) // its connection closes later: that is no news
    expect(world.heard).toHaveLength(3)
  })

  test('without one under way for the grace time the peer is lost', async () => {
    const transport = world.make({ graceMs: 5000 })
    await world.node().advance(60_000)
    transport.begins()
    transport.ends()
    transport.ends()
    await world.node().advance(4999)
    transport.begins()
    await world.node().advance(60_000)
    expect(world.heard).toEqual([])
    transport.ends()
    await world.node().advance(4999)
    expect(world.heard).toEqual([])
    await world.node().advance(1)
    expect([world.heard, world.forgotten()]).toEqual([['lost', 'gone'], 1])
  })
})
