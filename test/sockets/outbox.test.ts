// The frames of one slow peer, by themselves: what each policy keeps, drops, replaces and counts, and what goes out in which order.
import { describe, expect, test } from '@jest/globals'
import { BINARY, FRAME_BYTES, type Opcode, PING, PONG, SharedFrame, sharedFrame, TEXT } from '../../src/sockets/frames.js'
import type { OnSlowPeer } from '../../src/sockets/options.js'
import { Outbox } from '../../src/sockets/outbox.js'
import { Places } from '../../src/sockets/places.js'
import { take, takeCall } from '../../src/sockets/results.js'
import { NOT_YET } from '../../src/sockets/transport.js'

/** An outbox with room for `frames` frames of 10 bytes, and what it does. The transport takes `accepts.count` frames. */
function outbox(policy: OnSlowPeer, frames = 2) {
  const log: unknown[] = []
  const accepts = { count: 0 }
  const takes = (entry: unknown[], evenIfBehind: boolean): boolean => {
    if (!evenIfBehind && accepts.count-- <= 0) return false
    log.push(entry)
    return true
  }
  const transport = {
    ...NOT_YET,
    bufferedBytes: 77,
    send: (opcode: Opcode, data: string | Uint8Array, compress = false, evenIfBehind = false) =>
      takes(['send', opcode, data, compress, evenIfBehind], evenIfBehind),
    sendShared: (frame: SharedFrame, compress = false, evenIfBehind = false) =>
      takes(['shared', frame, compress, evenIfBehind], evenIfBehind),
  }
  const it = new Outbox(
    {
      transport,
      held: (isHeld) => void log.push(['held', isHeld]),
      tooSlow: () => void log.push('too slow'),
      dropped: () => void log.push('dropped'),
      event: (event) => void log.push(event),
    },
    policy,
    frames * (FRAME_BYTES + 10),
  )
  return { it, log, accepts, since: () => log.splice(0) }
}
const TEN = 'x'.repeat(10)
const HIGH = [['held', true], { type: 'highWater', bytes: 77 }]
const low = (dropped: number) => [['held', false], { type: 'lowWater', bytes: 5, dropped }]

describe('wait', () => {
  test('hands everything on, and says once that the peer is behind, and once that it has caught up', () => {
    const { it, since } = outbox('wait')
    const shared = sharedFrame(['text', 'all'])
    it.add(TEXT, 'a', true)
    it.addShared(shared, false)
    expect(since()).toEqual([...HIGH, ['send', TEXT, 'a', true, true], ['shared', shared, false, true]])
    it.drained(5)
    it.drained(5)
    expect(since()).toEqual(low(0))
    it.add(TEXT, 'b', false)
    expect(since()).toEqual([...HIGH, ['send', TEXT, 'b', false, true]])
  })
})

describe('control frames', () => {
  test.each<Opcode>([PING, PONG])('overtake data and are never dropped (opcode %i)', (opcode) => {
    const { it, since } = outbox('dropNewest')
    const shared = new SharedFrame(opcode, 'p')
    it.add(TEXT, 'a', false)
    it.add(opcode, 'p', false)
    it.addShared(shared, false)
    expect(since()).toEqual([...HIGH, 'dropped', ['send', opcode, 'p', false, true], ['shared', shared, false, true]])
  })
})

describe('close', () => {
  test('gives up at the first frame; what comes then is dropped, and nothing goes out any more', () => {
    const { it, since } = outbox('close')
    it.add(TEXT, 'a', false)
    it.add(TEXT, 'b', false)
    it.addShared(sharedFrame(['text', 'c']), false)
    expect(since()).toEqual([...HIGH, 'too slow', 'dropped', 'dropped'])
  })
})

describe('dropNewest', () => {
  test('drops data, shared or not, and tells how many when the peer has caught up; then counts anew', () => {
    const { it, since } = outbox('dropNewest')
    it.add(BINARY, Uint8Array.of(1), false)
    it.addShared(sharedFrame(['text', 'c']), false)
    expect([since(), it.bytes]).toEqual([[...HIGH, 'dropped', 'dropped'], 0])
    it.drained(5)
    expect(since()).toEqual(low(2))
    it.add(TEXT, 'a', false)
    it.drained(5)
    expect(since()).toEqual([...HIGH, 'dropped', ...low(1)])
  })
})

describe('dropOldest', () => {
  test('keeps what is new, up to the mark itself, and at least one frame', () => {
    const { it, since, accepts } = outbox('dropOldest', 2)
    it.add(TEXT, TEN, false)
    it.add(TEXT, 'y'.repeat(10), true)
    expect([since(), it.bytes]).toEqual([HIGH, 2 * (FRAME_BYTES + 10)])
    it.add(TEXT, 'z', false)
    expect([since(), it.bytes]).toEqual([['dropped'], 2 * FRAME_BYTES + 11])
    it.add(TEXT, 'w'.repeat(1000), false)
    expect([since(), it.bytes]).toEqual([['dropped', 'dropped'], FRAME_BYTES + 1000])
    accepts.count = 9
    it.drained(5)
    expect([since(), it.bytes]).toEqual([[['send', TEXT, 'w'.repeat(1000), false, false], ...low(3)], 0])
  })

  test('counts the bytes of text, not its characters', () => {
    const { it } = outbox('dropOldest', 9)
    it.add(TEXT, 'é'.repeat(10), false)
    expect(it.bytes).toBe(FRAME_BYTES + 20)
    it.add(BINARY, new Uint8Array(7), false)
    expect(it.bytes).toBe(2 * FRAME_BYTES + 27)
  })

  test('what waits is what it was when it was sent: bytes are copied, those of a shared frame are its own', () => {
    const { it, since } = outbox('dropOldest')
    const bytes = Uint8Array.of(1)
    const shared = sharedFrame(['binary', Uint8Array.of(2)])
    it.add(BINARY, bytes, false)
    it.addShared(shared, true)
    bytes[0] = 9
    since()
    it.flush()
    expect([since(), it.bytes]).toEqual([
      [
        ['send', BINARY, Uint8Array.of(1), false, true],
        ['shared', shared, true, true],
      ],
      0,
    ])
  })

  test('a peer that is behind again gets the rest the next time, in order', () => {
    const { it, since, accepts } = outbox('dropOldest', 3)
    for (const data of ['a', 'b', 'c']) it.add(TEXT, data, false)
    since()
    accepts.count = 1
    it.drained(5)
    expect([since(), it.bytes]).toEqual([[['send', TEXT, 'a', false, false]], 2 * (FRAME_BYTES + 1)])
    accepts.count = 2
    it.drained(5)
    expect(since()).toEqual([['send', TEXT, 'b', false, false], ['send', TEXT, 'c', false, false], ...low(0)])
  })
})

describe('coalesce', () => {
  const byFirst = { coalesce: (frame: readonly unknown[]) => (frame[1] === 'plain' ? undefined : String(frame[1])[0]) }

  test('what is newer takes the place of what waits under the same key, wherever it stands', () => {
    const { it, since, accepts } = outbox(byFirst as OnSlowPeer, 9)
    it.add(TEXT, 'a1', false)
    it.add(TEXT, 'b1', false)
    it.add(TEXT, 'plain', false)
    it.add(TEXT, 'plain', false)
    it.add(TEXT, 'a with more', true)
    expect([since(), it.bytes]).toEqual([[...HIGH, 'dropped'], 4 * FRAME_BYTES + 11 + 2 + 5 + 5])
    accepts.count = 9
    it.drained(5)
    expect([since(), it.bytes]).toEqual([
      [
        ['send', TEXT, 'a with more', true, false],
        ['send', TEXT, 'b1', false, false],
        ['send', TEXT, 'plain', false, false],
        ['send', TEXT, 'plain', false, false],
        ...low(1),
      ],
      0,
    ])
    it.add(TEXT, 'a2', false)
    expect([since(), it.bytes]).toEqual([HIGH, FRAME_BYTES + 2])
  })

  test('text does not replace bytes of the same key; the newer of the two has the key from then on', () => {
    const seen: unknown[] = []
    const { it, since } = outbox({ coalesce: (frame) => (seen.push(frame), 'k') }, 9)
    it.add(TEXT, 'a', false)
    it.add(BINARY, Uint8Array.of(1), false)
    it.add(BINARY, Uint8Array.of(2), false)
    expect(seen).toEqual([
      ['text', 'a'],
      ['binary', Uint8Array.of(1)],
      ['binary', Uint8Array.of(2)],
    ])
    it.flush()
    expect(since()).toEqual([
      ...HIGH,
      'dropped',
      ['send', TEXT, 'a', false, true],
      ['send', BINARY, Uint8Array.of(2), false, true],
    ])
  })

  test('the frame that had the key before goes out, and the key stays with the newer one', () => {
    const { it, since, accepts } = outbox({ coalesce: () => 'k' }, 9)
    it.add(TEXT, 'a', false)
    it.add(BINARY, Uint8Array.of(1), false)
    accepts.count = 1
    it.drained(5)
    it.add(BINARY, Uint8Array.of(2), false)
    since()
    it.flush()
    expect(since()).toEqual([['send', BINARY, Uint8Array.of(2), false, true]])
  })

  test('a shared frame is replaced by a plain one and the other way round', () => {
    const { it, since } = outbox({ coalesce: () => 'k' }, 9)
    const shared = sharedFrame(['text', 'all'])
    it.addShared(shared, false)
    it.add(TEXT, 'mine', true)
    it.flush()
    expect(since()).toEqual([...HIGH, 'dropped', ['send', TEXT, 'mine', true, true]])
    it.add(TEXT, 'mine', true)
    it.addShared(shared, false)
    it.flush()
    expect(since()).toEqual(['dropped', ['shared', shared, false, true]])
  })

  test('gives up above the mark, not at it', () => {
    const { it, since } = outbox({ coalesce: () => undefined }, 2)
    it.add(TEXT, TEN, false)
    it.add(TEXT, TEN, false)
    expect(since()).toEqual(HIGH)
    it.add(TEXT, '', false)
    expect(since()).toEqual(['too slow'])
    it.add(TEXT, 'late', false)
    expect(since()).toEqual(['dropped'])
  })
})

describe('who waits for the peer', () => {
  test('goes on when it has caught up, or at the end, and is forgotten then', async () => {
    const { it } = outbox('wait')
    const done: string[] = []
    const wait = (who: string): void => void it.caughtUp().then(() => done.push(who))
    wait('a')
    wait('b')
    await Promise.resolve()
    expect(done).toEqual([])
    it.drained(5)
    wait('c')
    await Promise.resolve()
    expect(done).toEqual(['a', 'b'])
    it.release()
    await Promise.resolve()
    expect(done).toEqual(['a', 'b', 'c'])
  })
})

describe('places', () => {
  test('are counted in all and for each address, and given back once', () => {
    const places = new Places({ maxConnections: 3, maxConnectionsPerAddress: 2 })
    const reserved = [places.reserve('a'), places.reserve('a')]
    expect(places.reserve('a')).toBe('maxConnectionsPerAddress')
    const b = places.reserve('b')
    expect(places.reserve('c')).toBe('maxConnections')
    for (const place of [...reserved, b]) {
      if (typeof place === 'string') throw new Error(place)
      expect([place.release(), place.release()]).toEqual([true, false])
    }
    for (const address of ['a', 'a', 'c']) expect(places.reserve(address)).toMatchObject({ release: expect.any(Function) })
    expect(places.reserve('a')).toBe('maxConnections')
    places.leave('c')
    expect(places.reserve('a')).toBe('maxConnectionsPerAddress')
  })
})

describe('what a callback may answer', () => {
  function taken(result: unknown, call = false): unknown[] {
    const log: unknown[] = []
    const target = {
      push: (commands: unknown) => void log.push(['push', commands]),
      keep: (state: unknown) => void log.push(['keep', state]),
      stopWith: (reason: unknown) => void log.push(['stop', reason]),
      remember: () => void log.push('remember'),
    }
    if (call) takeCall(target, 'call', result, undefined as never)
    else take(target, 'handle', result)
    return log
  }

  test.each<[unknown, unknown[]]>([
    [['ok', 1], [['keep', 1]]],
    [['ok', 1, 'hibernate'], [['keep', 1]]],
    [
      ['push', [], 1],
      [
        ['push', []],
        ['keep', 1],
      ],
    ],
    [
      ['push', [], 1, 'hibernate'],
      [
        ['push', []],
        ['keep', 1],
      ],
    ],
    [
      ['stop', 'r', 1],
      [
        ['stop', 'r'],
        ['keep', 1],
      ],
    ],
  ])('%j', (result, expected) => {
    expect(taken(result)).toEqual(expected)
  })

  test.each([
    [['ok']],
    [['ok', 1, 'other']],
    [['ok', 1, 'hibernate', 1]],
    [['push', []]],
    [['push', [], 1, 'other']],
    [['push', [], 1, 'hibernate', 1]],
    [['stop', 'r']],
    [['stop', 'r', 1, 2]],
    [['other', 1]],
    ['ok'],
    [undefined],
  ])('not %j', (result) => {
    expect(() => taken(result)).toThrow(
      "handle must return ['ok', state], ['push', commands, state] or ['stop', reason, state], got",
    )
  })

  test.each<[unknown, unknown[]]>([
    [
      ['noreply', 1],
      ['remember', ['keep', 1]],
    ],
    [
      ['noreply', 1, 'hibernate'],
      ['remember', ['keep', 1]],
    ],
    [
      ['stop', 'r', 1],
      [
        ['stop', 'r'],
        ['keep', 1],
      ],
    ],
  ])('of a call %j', (result, expected) => {
    expect(taken(result, true)).toEqual(expected)
  })

  test.each([
    [['noreply']],
    [['noreply', 1, 'other']],
    [['noreply', 1, 'hibernate', 1]],
    [['reply', 1]],
    [['reply', 1, 2, 'other']],
    [['reply', 1, 2, 'hibernate', 1]],
    [['stop', 'r']],
    [['stop', 'r', 1, 2, 3]],
  ])('of a call not %j', (result) => {
    expect(() => taken(result, true)).toThrow(
      "call must return ['reply', value, state], ['noreply', state] or ['stop', reason, value?, state], got",
    )
  })
})
