// The ring holds what an array holds, whatever is pushed, shifted and taken from the middle.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { Fifo } from '../../src/base/fifo.js'

type Step = { readonly do: 'push' | 'shift' | 'removeAt' | 'at'; readonly where: number }

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'push', where: 0 }) },
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'shift', where: 0 }) },
    { weight: 2, arbitrary: fc.record<Step>({ do: fc.constantFrom('removeAt', 'at'), where: fc.nat(1000) }) },
  ),
  { maxLength: 200 },
)

describe('fifo', () => {
  test('does what an array does, for any sequence of steps', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const ring = new Fifo<number>()
        const model: number[] = []
        let next = 0
        for (const step of sequence) {
          if (step.do === 'push') {
            ring.push(next)
            model.push(next++)
          } else if (model.length === 0) continue
          else if (step.do === 'shift') expect(ring.shift()).toBe(model.shift())
          else {
            const index = step.where % model.length
            if (step.do === 'at') expect(ring.at(index)).toBe(model[index])
            else expect(ring.removeAt(index)).toBe(model.splice(index, 1)[0])
          }
          expect(ring.length).toBe(model.length)
        }
        expect(ring.toArray()).toEqual(model)
      }),
      { numRuns: 300 },
    )
  })

  test('holds undefined and null as any other item', () => {
    const ring = new Fifo<unknown>()
    for (const item of [undefined, null, 0, '']) ring.push(item)
    expect(ring.toArray()).toEqual([undefined, null, 0, ''])
    expect(ring.removeAt(1)).toBeNull()
    expect(ring.shift()).toBeUndefined()
    expect(ring.length).toBe(2)
  })

  test('keeps the order when it grows while its head is in the middle', () => {
    const ring = new Fifo<number>(4)
    for (let i = 0; i < 4; i++) ring.push(i)
    ring.shift()
    ring.shift()
    for (let i = 4; i < 40; i++) ring.push(i)
    expect(ring.toArray()).toEqual(Array.from({ length: 38 }, (_, i) => i + 2))
  })

  test('is small up to 64 slots, and no longer beyond', () => {
    const ring = new Fifo<number>()
    for (let i = 0; i < 64; i++) ring.push(i)
    expect(ring.small).toBe(true)
    ring.push(64)
    expect(ring.small).toBe(false)
  })
})
