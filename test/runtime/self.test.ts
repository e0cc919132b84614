// Self: right after any await; once its process has ended, it does nothing.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Pid, type Receiver, self as freeSelf, spawnLink } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** Kills a process and hands out its Self, which goes on. */
async function killed(): Promise<Receiver<any>> {
  let ghost: Receiver<any> | undefined
  const pid = node.spawn(async (self) => {
    ghost = self
    await idle(self)
  })
  await node.settle()
  node.exit(pid, 'kill')
  return ghost as Receiver<any>
}

describe('self', () => {
  test('every operation is right after an await', async () => {
    const got = await inside(node, async (self) => {
      await Promise.resolve()
      const child = self.spawnLink(idle)
      return [self.processInfo(self.pid, 'links')?.[0] === child, self.node]
    })
    expect(got).toEqual([true, 'gensock@local'])
  })

  test('run makes it the running process again, and restores what was', async () => {
    const got = await inside(node, async (self) => {
      await Promise.resolve()
      const before = thrownBy(() => freeSelf()).code
      const child = self.run(() => spawnLink(idle))
      return [before, self.run(() => freeSelf()) === self.pid, self.isAlive(child), thrownBy(() => freeSelf()).code]
    })
    expect(got).toEqual(['GENSOCK_ERR_NO_SELF', true, true, 'GENSOCK_ERR_NO_SELF'])
  })

  test('the dictionary: put answers the value before, erase takes it away', async () => {
    const got = await inside(node, (self) => [
      self.get('k'),
      self.put('k', 1),
      self.put('k', 2),
      self.get('k'),
      self.erase('k'),
      self.get('k'),
    ])
    expect(got).toEqual([undefined, undefined, 1, 2, 2, undefined])
  })

  test('trapExit answers the value before', async () => {
    expect(await inside(node, (self) => [self.trapExit(true), self.trapExit(true), self.trapExit(false)])).toEqual([
      false,
      true,
      true,
    ])
  })

  test('signal aborts when the process ends, with the exit reason', async () => {
    let signal: AbortSignal | undefined
    const pid = node.spawn(async (self) => {
      signal = self.signal
      await idle(self)
    })
    await node.settle()
    expect(signal?.aborted).toBe(false)
    node.exit(pid, 'boom')
    expect([signal?.aborted, signal?.reason]).toEqual([true, 'boom'])
  })
})

describe('the Self of a killed process', () => {
  test('sends nothing and sets no timers', async () => {
    const ghost = await killed()
    const probe = node.probe()
    ghost.send(probe.pid, 'x')
    ghost.send('nobody', 'x')
    ghost.sendAfterTo(5, probe.pid, 'x')
    ghost.startTimerTo(5, probe.pid, 'x')
    ghost.sendAfter(5, 'x')
    expect(kernelOf(node).timers.size).toBe(0)
    await node.advance(10)
    expect(probe.messages).toEqual([])
  })

  test('spawns nothing that runs, registers nothing, and ends nobody', async () => {
    const ghost = await killed()
    const other = node.spawn(idle)
    let ran = false
    const child = ghost.spawn(() => void (ran = true), { name: 'bob' })
    const linked = ghost.spawnLink(() => void (ran = true))
    const module = ghost.spawnProcess({ init: () => void (ran = true), message: (_m: never, s) => ['ok', s] })
    ghost.register('bob', other)
    ghost.exit(other, 'boom')
    await node.settle()
    expect([ran, node.isAlive(other), node.whereis('bob')]).toEqual([false, true, undefined])
    for (const pid of [child, linked, module] as Pid[]) expect(node.isAlive(pid)).toBe(false)
  })

  test('links, watches and answers nobody', async () => {
    const ghost = await killed()
    const other = node.spawn(idle)
    await node.settle()
    ghost.link(other)
    ghost.monitor(other)
    ghost.alias()
    expect(node.processInfo(other)).toMatchObject({ links: [], monitored_by: [] })
    expect(kernelOf(node).aliases.size).toBe(0)
    expect(node.processes()).toEqual([other])
  })

  test('waits for ever in receive, call and sleep, and its signal is aborted', async () => {
    const ghost = await killed()
    const probe = node.probe()
    const settled: string[] = []
    for (const promise of [ghost.receive(), ghost.receive({ afterMs: 0 }), ghost.call(probe.pid, 1, 5), ghost.sleep(1)])
      void promise.then(() => settled.push('resolved')).catch(() => settled.push('rejected'))
    await node.advance(10)
    expect([settled, probe.messages, ghost.signal.aborted]).toEqual([[], [], true])
  })

  test('exit(reason) still unwinds what runs', async () => {
    const ghost = await killed()
    expect(thrownBy(() => ghost.exit('x'))).toMatchObject({ reason: 'x' })
  })

  test('a kill in the middle of a callback lets nothing of the rest through', async () => {
    const probe = node.probe()
    const pid: Pid = node.spawnProcess({
      init: () => 0,
      async message(_message: string, state, self) {
        await self.sleep(10)
        self.send(probe.pid, 'after the kill')
        return ['ok', state]
      },
    })
    node.send(pid, 'go')
    await node.advance(5)
    node.exit(pid, 'kill')
    await node.advance(50)
    expect(probe.messages).toEqual([])
  })
})
