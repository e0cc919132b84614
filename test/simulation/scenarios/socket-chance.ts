// The handler of the scenario `sockets`: each frame of the peer says what it does, now or later, well or badly. Its witness stands
// around all of it. Entered by the scenario, which makes one for each socket.
import { pg, type Pid, reply } from 'gensock'
import { close, type SocketHandler, type SocketSelf, text } from 'gensock/socket'
import type { Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import type { Watch } from './socket-watch.js'

/** What a frame `<number>:<act>` makes the handler do. Those behind come more often. */
export const ACTS = (
  'throw reject badReturn badFrame stop stopShutdown exit exitOdd close closeAfter hang timer timer start start child child ' +
  'inactive options big big join push push push push two two later later pushLater pushLater drain quiet'
).split(' ')
/** Frames of the peer and what they say beside their number. */
type Answer = any
interface Ring {
  readonly type: 'ring'
  readonly life: number
  readonly dueMs: number
  readonly wakes?: boolean
}
export const GROUP = 'sockets of the simulation'

/** Resolves once `ms` of virtual time have passed, whoever lives then. */
export function after(node: Simulation, ms: number): Promise<void> {
  const kernel = kernelOf(node)
  return new Promise((resolve) => kernel.timers.add(kernel.newRef(), ms, null, () => resolve(), undefined))
}

/** The handler, its faults, and the witness around it. */
export function watchedHandler(watch: Watch): SocketHandler<number, any, any> {
  const inner = watch.node.faulty(chanceHandler(watch))
  const around =
    (callback: string, run: (...given: any[]) => Answer, note: (...given: any[]) => void = () => undefined) =>
    (...given: any[]): Answer => {
      watch.begins(callback)
      note(...given)
      let answer: Answer
      try {
        answer = run(...given)
      } catch (error) {
        watch.ends(callback, false)
        throw error
      }
      if (!(answer instanceof Promise)) {
        watch.ends(callback, true)
        return answer
      }
      return answer.then(
        (settled) => (watch.ends(callback, true), settled),
        (error: unknown) => {
          watch.ends(callback, false)
          throw error
        },
      )
    }
  return {
    init: around('init', inner.init),
    handle: around('handle', inner.handle, ([, data]) => watch.hears(Number.parseInt(String(data), 10))),
    info: around('info', inner.info, (message: Ring) => {
      if (message.type === 'ring') watch.rings(message.life, message.dueMs)
    }),
    event: around('event', inner.event),
    call: { ask: around('ask', inner.call.ask) },
    terminate: around('terminate', inner.terminate, (reason) => watch.terminates(reason)),
  }
}

function chanceHandler(watch: Watch) {
  const { node } = watch
  const { chance } = node
  const next = (): ReturnType<typeof text> => text(`s${++watch.pushed}${'.'.repeat(chance.int(40))}`)
  const sleeps = (): Promise<void> => after(node, chance.int(200))
  const pushes = (n: number): Answer => ['push', next(), n + 1]
  const waiting = new Set<any>()
  return {
    init(_args: unknown, self: SocketSelf): Answer {
      waiting.clear()
      joins(watch, self)
      if (chance.is(0.5)) self.register(watch.name, self.pid)
      self.sendAfter(chance.int(500), { type: 'ring', life: watch.life, dueMs: node.now() } satisfies Ring)
      if (chance.is(0.3)) return sleeps().then(() => pushes(0))
      return chance.is(0.5) ? pushes(0) : ['ok', 0]
    },
    handle([, data]: readonly [string, unknown], n: number, self: SocketSelf): Answer {
      const [, act = ''] = String(data).split(':')
      return acts(watch, act, n, self, { next, sleeps, pushes })
    },
    info(message: any, n: number, self: SocketSelf): Answer {
      if (message.type === 'ring' && message.wakes === true) watch.isInactive = false
      if (message.type === 'ring' && message.wakes === true) return ['push', ['active', true], n]
      for (const from of waiting) reply(from, from.said)
      waiting.clear()
      if (chance.is(0.3)) return sleeps().then(() => pushes(n))
      if (chance.is(0.1)) self.trapExit(chance.is(0.5))
      return chance.is(0.5) ? pushes(n) : ['ok', n]
    },
    event: (_event: unknown, n: number): Answer => (chance.is(0.2) ? sleeps().then(() => ['ok', n]) : ['ok', n]),
    call: {
      ask({ value }: { readonly value: number }, from: any, n: number): Answer {
        if (chance.is(0.6)) return ['reply', value, n]
        if (chance.is(0.5)) return sleeps().then(() => ['reply', value, n])
        if (chance.is(0.1)) return ['stop', 'normal', value, n]
        waiting.add(Object.assign(from, { said: value }))
        return ['noreply', n]
      },
    },
    terminate: (): Promise<void> | undefined => (chance.is(0.3) ? sleeps() : undefined),
  }
}

interface Tools {
  readonly next: () => ReturnType<typeof text>
  readonly sleeps: () => Promise<void>
  readonly pushes: (n: number) => Answer
}
function acts(watch: Watch, act: string, n: number, self: SocketSelf, { next, sleeps, pushes }: Tools): Answer {
  const { node } = watch
  const ring = (ms: number, wakes = false): Ring => ({ type: 'ring', life: watch.life, dueMs: node.now() + ms, wakes })
  const ms = node.chance.int(400)
  switch (act) {
    case 'throw':
      throw new Error('on purpose')
    case 'reject':
      return sleeps().then(() => {
        throw new Error('on purpose')
      })
    case 'badReturn':
      return ['on purpose']
    case 'badFrame':
      return ['push', [text('on purpose'), ['on purpose']], n]
    case 'stop':
    case 'stopShutdown':
      return ['stop', act === 'stop' ? 'normal' : 'shutdown', n]
    case 'exit':
    case 'exitOdd':
      return self.exit(act === 'exit' ? 'normal' : 'on purpose')
    case 'close':
      watch.closedWith ??= 4000
      return ['push', [next(), close(4000)], n]
    case 'closeAfter':
      return sleeps().then(() => {
        if (node.isAlive(self.pid)) watch.closedWith ??= 4001
        return ['push', close(4001), n]
      })
    case 'hang':
      watch.hangs = true
      return new Promise(() => undefined)
    case 'timer':
      self.sendAfter(ms, ring(ms))
      return pushes(n)
    case 'start':
      self.startTimer(ms * 5, ring(ms * 5))
      return ['ok', n]
    case 'child':
      return child(watch, n, self)
    case 'inactive':
      watch.isInactive = true
      self.sendAfter(ms, ring(ms, true))
      return ['push', ['active', false], n]
    case 'options':
      return ['push', ['setOptions', { idleTimeoutMs: 3000 + ms }], n]
    case 'big':
      return ['push', Array.from({ length: 6 }, next), n]
    case 'two':
      return ['push', [next(), next()], n]
    case 'later':
      return sleeps().then(() => pushes(n))
    case 'pushLater':
      return (async () => {
        self.push(next())
        await sleeps()
        self.push(next())
        return pushes(n)
      })()
    case 'drain':
      return (async () => {
        for (let i = 0; i < 3; i++) {
          self.push(next())
          await self.drained()
        }
        return ['ok', n]
      })()
    case 'join':
      joins(watch, self)
      return ['ok', n]
    case 'push':
      return pushes(n)
    default:
      return ['ok', n]
  }
}

function child(watch: Watch, n: number, self: SocketSelf): Answer {
  const { chance } = watch.node
  const how = chance.int(4)
  const pid: Pid = self.spawnLink(async (own) => {
    await own.sleep(chance.int(600))
    if (how === 0) own.exit('on purpose')
    if (how === 1) await own.sleep(20_000)
  })
  watch.children.push(pid)
  return ['ok', n]
}
function joins(watch: Watch, self: SocketSelf): void {
  pg.join(GROUP, self.pid)
  watch.joins++
}
