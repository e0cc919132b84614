// How the connection that many requests carry ends: its close frame is a frame like all others, in virtual time.
import { describe, expect, test } from '@jest/globals'
import { TEXT } from '../../src/sockets/frames.js'
import type { CarriedTransport } from '../../src/transports/carried.js'
import { upFrames } from '../../src/transports/items.js'
import { carriedWorld, FakeCarrier, texts } from './carried-world.js'

const world = carriedWorld()
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
function attached(transport: CarriedTransport): FakeCarrier {
  const carrier = new FakeCarrier(transport)
  transport.attach(carrier)
  return carrier
}

describe('a close frame', () => {
  test('goes out behind what was sent before it; nothing follows', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    transport.send(TEXT, 'a', false)
    transport.close(4000, 'bye')
    transport.send(TEXT, 'late', false)
    transport.close(1000, undefined)
    transport.pong('late')
    await turn()
    expect(carrier.pieces).toEqual(['[[1,"t","a"],[2,"c",4000,"bye"]]'])
  })

  test('without a code it holds null', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    transport.close(undefined, undefined)
    await turn()
    expect(carrier.pieces).toEqual(['[[1,"c",null,""]]'])
  })

  test('once handed over the connection is gone; for 2 s the frame can be asked for again', async () => {
    const transport = world.make()
    attached(transport)
    transport.close(4000, undefined)
    await turn()
    transport.carried(1)
    expect(world.heard).toEqual(['attached longPoll', 'gone'])
    await world.node().advance(1999)
    const again = attached(transport)
    await turn()
    expect([again.pieces, world.forgotten()]).toEqual([['[[1,"c",4000,""]]'], 0])
    await world.node().advance(1)
    expect([again.left, world.forgotten(), world.heard.filter((one) => one === 'gone')]).toEqual(['gone', 1, ['gone']])
  })

  test('handed over in part only is not handed over', () => {
    const transport = world.make()
    transport.send(TEXT, 'a', false)
    transport.close(4000, undefined)
    transport.carried(1)
    expect(world.heard).toEqual([])
    transport.carried(2)
    expect(world.heard).toEqual(['gone'])
  })

  test('acknowledged it is over at once', () => {
    const transport = world.make()
    transport.close(4000, undefined)
    expect(transport.acknowledge(1)).toBe(true)
    expect([world.heard, world.forgotten()]).toEqual([['gone'], 1])
  })

  test.each([
    ['10 s', undefined, 10_000],
    ['as long as a drain has, if that is less', 700, 700],
    ['no longer than 10 s, however long a drain has', 60_000, 10_000],
  ])('that nobody asks for waits %s', async (_title, lingerMs, ms) => {
    const transport = world.make()
    transport.ends()
    transport.close(1012, undefined, lingerMs)
    await world.node().advance(ms - 1)
    expect(world.heard).toEqual([])
    await world.node().advance(1)
    expect([world.heard, world.forgotten()]).toEqual([['gone'], 1])
  })

  test('of a peer that has closed by itself waits 2 s', async () => {
    const transport = world.make()
    transport.take(upFrames([[1, 'c', 1000, '']], true) ?? [], () => undefined)
    transport.close(1000, undefined)
    await world.node().advance(2000)
    expect(world.heard).toEqual(['closed 1000 ', 'gone'])
  })

  test('lets a send that waits have its answer', () => {
    const transport = world.make({ paused: true })
    const fates: string[] = []
    transport.take(texts([1, 'a']), (fate) => fates.push(fate))
    transport.close(1000, undefined)
    expect([world.heard, fates]).toEqual([[], ['taken']])
  })

  test('of a broken rule is followed by the reason', () => {
    const transport = world.make()
    transport.fail('badsize', 1009)
    transport.fail('badsize', 1009)
    expect([world.heard, [...transport.after(0)]]).toEqual([['failed badsize 1009'], [[1, ',"c",1009,""]']]])
  })
})

describe('a connection that is cut', () => {
  test('ends what is under way, and is gone once', () => {
    const transport = world.make({ paused: true })
    const carrier = attached(transport)
    const fates: string[] = []
    transport.take(texts([1, 'a']), (fate) => fates.push(fate))
    transport.destroy()
    transport.destroy()
    expect([carrier.left, fates, world.forgotten()]).toEqual(['gone', ['gone'], 1])
    expect(world.heard).toEqual(['attached longPoll', 'detached longPoll', 'gone'])
  })

  test('takes nothing and delivers nothing any more', () => {
    const transport = world.make()
    transport.destroy()
    world.heard.length = 0
    expect([transport.send(TEXT, 'a', false), transport.isBehind(), transport.newest]).toEqual([true, false, 0])
    transport.take(texts([1, 'a']), () => undefined)
    transport.close(1000, undefined)
    transport.ends()
    transport.fail('badsize', 1009)
    expect(world.heard).toEqual([])
  })
})

describe('when nobody comes any more', () => {
  test('a close frame without a request to take it is the end', () => {
    const transport = world.make()
    transport.last()
    transport.close(1001, undefined)
    expect([world.heard, world.forgotten()]).toEqual([['gone'], 1])
  })

  test('one that is under way still takes it', async () => {
    const transport = world.make()
    const carrier = attached(transport)
    transport.last()
    transport.close(1001, undefined)
    await turn()
    expect([carrier.pieces, world.forgotten()]).toEqual([['[[1,"c",1001,""]]'], 0])
    transport.detach(carrier)
    expect([world.heard.at(-1), world.forgotten()]).toEqual(['gone', 1])
  })

  test('one that is closing already goes at once', () => {
    const transport = world.make()
    transport.close(1012, undefined)
    transport.last()
    expect([world.heard, world.forgotten()]).toEqual([['gone'], 1])
  })
})
