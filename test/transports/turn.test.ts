// Turn: what is added is what the peer reads, whoever else writes into the same block; and what the socket gets.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { BINARY, type Opcode, PING, PONG, TEXT } from '../../src/sockets/frames.js'
import { beginTurn, encode, Turn, type TurnOwner } from '../../src/transports/turn.js'
import { decode, type Done, expected, type FakeNet, flush, KIB_64, noise, type Read } from './turn-reading.js'

const around = (...middles: readonly number[]): number[] => middles.flatMap((n) => [n - 1, n, n + 1]).filter((n) => n >= 0)

/** Adds each in a turn of its own, and all of them in one. */
function expectAllBack(opcode: Opcode, all: readonly (string | Uint8Array)[]): void {
  const reads = all.map((data) => expected(opcode, data))
  const alone = all.flatMap((data) => {
    const turn = new Turn()
    turn.add(opcode, data)
    const size = turn.bytes
    const { bytes } = flush(turn)
    expect(size).toBe(bytes.length)
    return decode(bytes)
  })
  expect(alone).toEqual(reads)
  const turn = new Turn()
  for (const data of all) turn.add(opcode, data)
  expect(decode(flush(turn).bytes)).toEqual(reads)
  expect(all.map((data) => decode(Buffer.from(encode(opcode, data)))).flat()).toEqual(reads)
}

describe('every frame is read as it was added, with the shortest header', () => {
  const LENGTHS = around(1, 48, 126, 1024, 65_535, 65_536)

  test.each<[string, string]>([
    ['one byte', 'a'],
    ['two', 'é'],
    ['three', '€'],
    ['four', '🐙'],
  ])('text of characters of %s', (_name, char) => {
    const bytes = Buffer.byteLength(char)
    // so many units, and so many bytes with what is missing in ASCII before or behind
    const units = LENGTHS.map((length) => char.repeat(Math.ceil(length / char.length)).slice(0, length))
    const sized = LENGTHS.flatMap((length) => {
      const [rest, many] = ['x'.repeat(length % bytes), char.repeat(Math.floor(length / bytes))]
      return [rest + many, many + rest]
    })
    expectAllBack(TEXT, [...units, ...sized])
  })

  test('text that is shorter than 126 units and longer than 125 bytes, and all that is near', () => {
    const all: string[] = []
    for (const char of ['é', '€', '🐙']) {
      const bytes = Buffer.byteLength(char)
      for (let length = 120; length <= 132; length++) {
        for (let count = 0; count * bytes <= length; count++) all.push('x'.repeat(length - count * bytes) + char.repeat(count))
      }
    }
    const crossing = all.filter((data) => data.length < 126 && Buffer.byteLength(data) > 125)
    expect(crossing.length).toBeGreaterThan(100)
    expectAllBack(TEXT, all)
  })

  test('text of every length up to 300 units, its last character long', () => {
    for (const char of ['', 'é', '€', '🐙'])
      expectAllBack(
        TEXT,
        Array.from({ length: 300 }, (_, length) => 'x'.repeat(length) + char),
      )
  })

  test('half a character is written as U+FFFD, as everywhere in Node', () => {
    const turn = new Turn()
    for (const length of [0, 40, 48, 122, 123, 124, 1023]) turn.add(TEXT, `${'x'.repeat(length)}\ud83d`)
    expect(decode(flush(turn).bytes).map(([, payload]) => Buffer.from(payload, 'hex').toString().at(-1))).toEqual(
      Array(7).fill('\ufffd'),
    )
  })

  test('bytes', () => expectAllBack(BINARY, LENGTHS.map(noise)))

  test('pings and pongs', () => {
    for (const opcode of [PING, PONG] as const) expectAllBack(opcode, ['', 'é', 'x'.repeat(125), noise(0), noise(125)])
  })
})

describe('the block', () => {
  test('bytes are copied, of every length: their owner may change them', () => {
    for (const length of [1, 48, 125, 126, 1024, 1025, 65_536]) {
      const data = noise(length)
      const read = expected(BINARY, data)
      const turn = new Turn()
      turn.add(BINARY, data)
      data.fill(0xee)
      const net = flush(turn)
      data.fill(0xdd)
      expect(decode(net.bytes)).toEqual([read])
    }
  })

  test('a frame that has been encoded is not copied', () => {
    const frame = encode(TEXT, 'shared')
    const turn = new Turn()
    turn.addEncoded(frame)
    expect(turn.bytes).toBe(frame.length)
    expect(flush(turn).written[0]).toBe(frame)
  })

  test('frames of one turn, and nothing between them, are one view of it', () => {
    const turn = new Turn()
    for (let i = 0; i < 10; i++) turn.add(TEXT, `line ${i}`)
    const net = flush(turn)
    expect(net.calls).toEqual(['write'])
    expect(net.written[0]?.buffer.byteLength).toBeGreaterThan(net.bytes.length)
  })

  test('its end is never passed: frames of maximum size, at every place that the block is filled to', () => {
    const long = '€'.repeat(1024)
    for (let filler = 0; filler <= 1024; filler += 31) {
      const turn = new Turn()
      const reads: Read[] = []
      const add = (data: string | Uint8Array): void => {
        turn.add(typeof data === 'string' ? TEXT : BINARY, data)
        reads.push(expected(typeof data === 'string' ? TEXT : BINARY, data))
      }
      add('x'.repeat(filler))
      for (let i = 0; i < 12; i++) add(long)
      for (let i = 0; i < 20; i++) add(noise(1024))
      expect(decode(flush(turn).bytes)).toEqual(reads)
    }
  })

  test('what has been written stays as it is when later turns use the block, and the next', () => {
    const nets: [FakeNet, Read][] = []
    for (let i = 0; i < 300; i++) {
      const turn = new Turn()
      const data = `${i} ${'é'.repeat(i)}`
      turn.add(TEXT, data)
      nets.push([flush(turn), expected(TEXT, data)])
    }
    for (const [net, read] of nets) expect(decode(net.bytes)).toEqual([read])
  })

  type Step = readonly [turn: number, how: 'text' | 'bytes' | 'shared' | 'flush' | 'clear', size: number, char: string]
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.nat(130) },
    { weight: 3, arbitrary: fc.integer({ min: 900, max: 1030 }) },
    { weight: 1, arbitrary: fc.constantFrom(5000, 65_535, 65_536) },
  )
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.nat(2),
    fc.constantFrom<Step[1]>('text', 'text', 'text', 'bytes', 'bytes', 'shared', 'flush', 'clear'),
    size,
    fc.constantFrom('a', 'é', '€', '🐙'),
  )

  test('frames of three turns that take turns in it stay apart and in order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const turns = [new Turn(), new Turn(), new Turn()] as const
        const added: Read[][] = [[], [], []]
        const flushed: [FakeNet, Read[]][] = []
        const end = (which: number): void => {
          const turn = turns[which] as Turn
          const size = turn.bytes
          if (size === 0) return
          const net = flush(turn)
          expect(net.bytes.length).toBe(size)
          flushed.push([net, added[which] as Read[]])
          added[which] = []
        }
        for (const [which, how, size, char] of steps) {
          const turn = turns[which] as Turn
          const data = how === 'text' ? char.repeat(size) : noise(size)
          const opcode = how === 'text' ? TEXT : BINARY
          if (how === 'flush') end(which)
          else if (how === 'clear') {
            turn.clear()
            added[which] = []
          } else {
            if (how === 'shared') turn.addEncoded(encode(opcode, data))
            else turn.add(opcode, data)
            added[which]?.push(expected(opcode, data))
          }
        }
        for (let which = 0; which < 3; which++) end(which)
        // only now: what was flushed early must have outlived all that came after it
        for (const [net, reads] of flushed) expect(decode(net.bytes)).toEqual(reads)
      }),
      { numRuns: 300 },
    )
  })
})

describe('frames for many', () => {
  const [one, two, three] = [encode(TEXT, 'one'), encode(BINARY, noise(2000)), encode(TEXT, 'drei €')]
  const same = (...frames: readonly Uint8Array[]): FakeNet => {
    const turn = new Turn()
    for (const frame of frames) turn.addEncoded(frame)
    return flush(turn)
  }

  test('are put together once, as long as the next connection gets the very same', () => {
    const all = [same(one, two, three), same(one, two, three), same(one, two, three)]
    expect(all.map((net) => net.calls)).toEqual([['write'], ['write'], ['write']])
    expect(all[0]?.bytes).toEqual(Buffer.concat([one, two, three]))
    expect(all[1]?.written[0]).toBe(all[0]?.written[0])
    expect(all[2]?.written[0]).toBe(all[0]?.written[0])
  })

  test.each<[string, readonly Uint8Array[]]>([
    ['one less', [one, two]],
    ['one more', [one, two, three, one]],
    ['another order', [one, three, two]],
    ['another last', [one, two, two]],
    ['the same bytes in another frame', [one, two, encode(TEXT, 'drei €')]],
  ])('are not taken from the connection before if there is %s', (_name, others) => {
    const first = same(one, two, three)
    const second = same(...others)
    expect(second.written[0]).not.toBe(first.written[0])
    expect(second.bytes).toEqual(Buffer.concat(others))
    const third = same(one, two, three)
    expect(third.bytes).toEqual(Buffer.concat([one, two, three]))
  })

  test('stay in their place among frames for one, and then nothing is shared', () => {
    const nets = ['a', 'b'].map((own) => {
      const turn = new Turn()
      turn.addEncoded(one)
      turn.add(TEXT, own)
      turn.addEncoded(two)
      return flush(turn)
    })
    expect(nets.map((net) => decode(net.bytes).map(([, payload]) => payload))).toEqual(
      ['61', '62'].map((own) => [Buffer.from('one').toString('hex'), own, Buffer.from(noise(2000)).toString('hex')]),
    )
    expect(nets.map((net) => net.calls)).toEqual([['write'], ['write']])
  })

  test('one alone is written as it is to each', () => {
    expect([same(one).written[0], same(one).written[0]]).toEqual([one, one])
    expect(same(one).written[0]).toBe(one)
  })

  test('a turn that is used again does not change what it shared before', () => {
    const turn = new Turn()
    turn.addEncoded(one)
    turn.addEncoded(two)
    const first = flush(turn)
    turn.addEncoded(three)
    turn.addEncoded(one)
    expect(flush(turn).bytes).toEqual(Buffer.concat([three, one]))
    expect(same(one, two).bytes).toEqual(first.bytes)
  })
})

describe('what the socket gets', () => {
  const done: Done = () => undefined
  const half = (bytes: number): Uint8Array => encode(BINARY, new Uint8Array(bytes))

  test.each([
    [KIB_64 - 1, 1],
    [KIB_64, 1],
    [KIB_64 + 1, 18],
  ])('%d bytes in eighteen pieces are %d writes', (bytes, writes) => {
    const turn = new Turn()
    turn.add(TEXT, 'own')
    for (let i = 0; i < 16; i++) turn.addEncoded(half(4000))
    turn.addEncoded(half(bytes - turn.bytes - 4))
    expect(turn.bytes).toBe(bytes)
    const net = flush(turn, done)
    expect(net.calls).toEqual(writes === 1 ? ['write'] : ['cork', ...Array<string>(writes).fill('write'), 'uncork'])
    expect(net.bytes.length).toBe(bytes)
    expect(net.dones).toEqual([...Array<undefined>(writes - 1).fill(undefined), done]) // told once, with the last
    const lengths = [3, ...Array<number>(16).fill(4000), bytes - 5 - 16 * 4004 - 4]
    expect(decode(net.bytes).map(([, payload]) => payload.length / 2)).toEqual(lengths)
  })

  test('one large piece is not copied', () => {
    const frame = half(200_000)
    const turn = new Turn()
    turn.addEncoded(frame)
    const net = flush(turn, done)
    expect([net.calls, net.dones]).toEqual([['write'], [done]])
    expect(net.written[0]).toBe(frame)
  })

  test('without a wish to know, nobody is told', () => {
    const turn = new Turn()
    turn.add(TEXT, 'x')
    expect(flush(turn).dones).toEqual([undefined])
    turn.add(TEXT, 'x')
    expect(flush(turn, done).dones).toEqual([done])
  })

  test('bytes and pongs are 0 again, after a write and after clear', () => {
    const turn = new Turn()
    const add = (): void => {
      turn.add(PONG, 'p')
      turn.addEncoded(half(2000))
      turn.pongs = 1
    }
    add()
    expect([turn.bytes, turn.pongs]).toEqual([3 + 2004, 1])
    flush(turn)
    expect([turn.bytes, turn.pongs]).toEqual([0, 0])
    add()
    turn.clear()
    expect([turn.bytes, turn.pongs]).toEqual([0, 0])
    turn.add(TEXT, 'next')
    expect(decode(flush(turn).bytes)).toEqual([expected(TEXT, 'next')]) // what was cleared is forgotten
  })
})

describe('beginTurn', () => {
  const nextImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const log: string[] = []
  const owner = (name: string, then?: () => void): TurnOwner => ({
    _flush(turn) {
      log.push(`${name} ${decode(flush(turn).bytes).length}`)
      then?.()
    },
  })
  function begin(name: string, frames: number, then?: () => void): Turn {
    const turn = beginTurn(owner(name, then))
    for (let i = 0; i < frames; i++) turn.add(TEXT, name)
    return turn
  }

  test('each owner hears once of the end of the loop’s turn, in the order of beginning', async () => {
    log.length = 0
    begin('a', 1)
    begin('b', 2)
    const late = begin('c', 0)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    await Promise.resolve()
    late.add(TEXT, 'still in time')
    expect(log).toEqual([])
    await nextImmediate()
    expect(log).toEqual(['a 1', 'b 2', 'c 1'])
    await nextImmediate()
    expect(log).toEqual(['a 1', 'b 2', 'c 1'])
  })

  test('what begins while turns end comes behind them, and is not forgotten', async () => {
    log.length = 0
    begin('a', 1, () => void begin('d', 1))
    begin('b', 1)
    await nextImmediate()
    await nextImmediate()
    expect(log).toEqual(['a 1', 'b 1', 'd 1'])
    begin('e', 1)
    await nextImmediate()
    expect(log.at(-1)).toBe('e 1')
  })

  test('turns that are over are used again, empty, and never by two at once', async () => {
    const first = [begin('a', 1), begin('b', 1), begin('c', 1)]
    expect(new Set(first).size).toBe(3)
    for (const turn of first) {
      turn.isCorked = true
      turn.pongs = 1
    }
    await nextImmediate()
    log.length = 0
    const second = [begin('d', 0), begin('e', 0), begin('f', 0)]
    expect(new Set(second)).toEqual(new Set(first))
    expect(second.map((turn) => [turn.bytes, turn.pongs, turn.isCorked])).toEqual(first.map(() => [0, 0, false]))
    second.forEach((turn, i) => turn.add(TEXT, 'x'.repeat(i)))
    await nextImmediate()
    expect(log).toEqual(['d 1', 'e 1', 'f 1'])
  })
})

describe('what is kept alive and what is copied', () => {
  test('a turn behind others keeps no block: it has its own bytes', () => {
    const turn = new Turn()
    turn.isBehind = true
    turn.add(TEXT, 'late')
    const [bytes] = flush(turn).written
    expect([bytes?.buffer.byteLength, Buffer.from(bytes as Uint8Array).toString('latin1', 2)]).toEqual([6, 'late'])
    turn.isBehind = false
    turn.add(TEXT, 'soon')
    expect(flush(turn).written[0]?.buffer.byteLength).toBeGreaterThan(6)
  })

  test('a long frame for many is not copied for a short one beside it', () => {
    const shared = encode(BINARY, noise(5000))
    const turn = new Turn()
    turn.addEncoded(shared)
    turn.add(TEXT, 'mine')
    const { written, calls } = flush(turn)
    expect(written[0]).toBe(shared)
    expect(calls).toEqual(['cork', 'write', 'write', 'uncork'])
  })
})
