// The event queue: inserted before queued, postponed before both once the state changes.
import { describe, expect, test } from '@jest/globals'
import { Event, EventQueue, kindOf, shown } from '../../src/behaviours/gen-statem-events.js'

const event = (content: string): Event => new Event('cast', content)
function drained(queue: EventQueue): unknown[] {
  const contents: unknown[] = []
  for (let next = queue.next(); next !== undefined; next = queue.next()) contents.push(next.content)
  return contents
}

describe('the event queue', () => {
  test('is empty at first', () => {
    const queue = new EventQueue()
    expect([queue.next(), queue.coming, queue.postponed]).toEqual([undefined, [], []])
  })

  test('gives inserted events in the order given, before those that were queued', () => {
    const queue = new EventQueue()
    queue.insert([event('c'), event('d')])
    queue.insert([event('a'), event('b')])
    expect(queue.coming.map(({ content }) => content)).toEqual(['a', 'b', 'c', 'd'])
    expect(drained(queue)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('keeps postponed events until the state changes; then the oldest is the next', () => {
    const queue = new EventQueue()
    queue.postpone(event('p1'))
    queue.postpone(event('p2'))
    queue.insert([event('q')])
    expect(queue.postponed.map(({ content }) => content)).toEqual(['p1', 'p2'])
    queue.stateChanged()
    queue.insert([event('i')])
    expect(queue.postponed).toEqual([])
    expect(drained(queue)).toEqual(['i', 'p1', 'p2', 'q'])
  })
})

describe('an event in a report', () => {
  test.each([
    ['cast', 'cast', 'cast'],
    ['info', 'info', 'info'],
    ['internal', 'internal', 'internal'],
    ['state_timeout', 'timeout', 'state_timeout'],
    [['timeout', 'n'], 'timeout', ['timeout', 'n']],
    [['call', { pid: '<0.81.0>', secret: 1 }], 'call', ['call', '<0.81.0>']],
  ])('%j is of the kind %s', (type, kind, type2) => {
    expect(kindOf(new Event(type, 'x'))).toBe(kind)
    expect(shown(new Event(type, 'x'))).toEqual([type2, 'x'])
  })
})
