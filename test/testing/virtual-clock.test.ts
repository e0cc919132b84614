// The clock that stands still: time, the one alarm, and a node that lives by it.
import { describe, expect, test } from '@jest/globals'
import { createNode } from 'gensock'
import { virtualClock } from 'gensock/testing'

describe('time', () => {
  test('starts at 0, goes where it is turned to and never back', () => {
    const clock = virtualClock()
    expect(clock.now()).toBe(0)
    clock.turnTo(1000)
    clock.turnTo(10)
    expect(clock.now()).toBe(1000)
  })

  test('refuses what is no time', () => {
    const clock = virtualClock()
    for (const bad of [Number.NaN, '5', undefined]) {
      expect(() => clock.turnTo(bad as number)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    }
    expect(clock.now()).toBe(0)
  })
})

describe('the alarm', () => {
  test('rings once, when its time has come and not before', () => {
    const clock = virtualClock()
    const rung: number[] = []
    clock.setAlarm(100, () => rung.push(clock.now()))
    expect(clock.alarmAt).toBe(100)
    clock.turnTo(99)
    expect(rung).toEqual([])
    clock.turnTo(100)
    clock.turnTo(500)
    expect(rung).toEqual([100])
    expect(clock.alarmAt).toBe(Infinity)
  })

  test('an alarm in the past rings at the next turn, even one that goes nowhere', () => {
    const clock = virtualClock()
    const rung: number[] = []
    clock.turnTo(50)
    clock.setAlarm(20, () => rung.push(clock.now()))
    expect(rung).toEqual([])
    clock.turnTo(0)
    expect(rung).toEqual([50])
  })

  test('a new alarm replaces the old one; a cleared one does not ring', () => {
    const clock = virtualClock()
    const rung: string[] = []
    clock.setAlarm(10, () => rung.push('old'))
    clock.setAlarm(20, () => rung.push('new'))
    clock.turnTo(30)
    clock.setAlarm(40, () => rung.push('cleared'))
    clock.clearAlarm()
    expect(clock.alarmAt).toBe(Infinity)
    clock.turnTo(100)
    expect(rung).toEqual(['new'])
  })

  test('an alarm that is set while it rings waits for the next turn', () => {
    const clock = virtualClock()
    const rung: number[] = []
    clock.setAlarm(10, () => {
      rung.push(1)
      clock.setAlarm(10, () => rung.push(2))
    })
    clock.turnTo(10)
    expect(rung).toEqual([1])
    clock.turnTo(10)
    expect(rung).toEqual([1, 2])
  })
})

test('a node on this clock sets the alarm to its next timer and fires it when it is turned', async () => {
  const clock = virtualClock()
  const node = createNode({ clock })
  const came = new Promise((resolve) => {
    node.spawn(async (self) => {
      self.sendAfter(700, 'late')
      self.sendAfter(300, 'early')
      resolve([await self.receive(), clock.now(), await self.receive(), clock.now()])
    })
  })
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  for (const at of [300, 700]) {
    for (let turns = 0; clock.alarmAt !== at && turns < 10; turns++) await turn()
    expect(clock.alarmAt).toBe(at)
    clock.turnTo(at)
    await turn()
  }
  expect(await came).toEqual(['early', 300, 'late', 700])
  await node.stop()
})
