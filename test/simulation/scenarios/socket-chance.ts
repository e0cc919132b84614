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
    call: { ask: around('ask', inner.call.ask, ({ value }) => watch.limits.takesCall(value)) },
    terminate: around('terminate', inner.terminate, (reason) => watch.terminates(reason)),
  }
}

/** What acts have in common. */
interface Tools {
  readonly next: () => ReturnType<typeof text>
  readonly sleeps: () => Promise<void>
  readonly pushes: (n: number) => Answer
}
function toolsOf(watch: Watch): Tools {
  const { node } = watch
  const { chance } = node
  const next = (): ReturnType<typeof text> => text(`s${++watch.pushed}${'.'.repeat(chance.int(40))}`)
  return { next, sleeps: () => after(node, chance.int(200)), pushes: (n) => ['push', next(), n + 1] }
}

function chanceHandler(watch: Watch) {
  const { node } = watch
  const { chance } = node
  const tools = toolsOf(watch)
  const { sleeps, pushes } = tools
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
      return (ACT_OF[act] ?? nothing)({ watch, n, self, ms: chance.int(400), ...tools })
    },
    info(message: any, n: number, self: SocketSelf): Answer {
      if (message.type === 'ring' && message.wakes === true) {
        watch.limits.reads(true)
        return ['push', ['active', true], n]
      }
      for (const from of waiting) reply(from, from.said)
      waiting.clear()
      if (chance.is(0.3)) return sleeps().then(() => pushes(n))
      if (chance.is(0.1)) self.trapExit(chance.is(0.5))
      return chance.is(0.5) ? pushes(n) : ['ok', n]
    },
    event: (_event: unknown, n: number): Answer => (chance.is(0.2) ? sleeps().then(() => ['ok', n]) : ['ok', n]),
    call: { ask: ({ value }: { readonly value: number }, from: any, n: number) => answer(watch, tools, waiting, value, from, n) },
    terminate: (): Promise<void> | undefined => (chance.is(0.3) ? sleeps() : undefined),
  }
}

function answer({ node }: Watch, { sleeps }: Tools, waiting: Set<any>, value: number, from: any, n: number): Answer {
  const { chance } = node
  if (chance.is(0.4)) return ['reply', value, n]
  if (chance.is(0.3)) return sleeps().then(() => ['reply', value, n])
  if (chance.is(0.1)) return ['stop', 'normal', value, n]
  if (chance.is(0.3)) return fails(chance.is(0.5) ? sleeps() : undefined)
  if (chance.is(0.6)) waiting.add(Object.assign(from, { said: value })) // the others wait in vain, unless it crashes
  return ['noreply', n]
}
function fails(first: Promise<void> | undefined): Promise<never> {
  const error = new Error('on purpose')
  if (first === undefined) throw error
  return first.then(() => {
    throw error
  })
}

/** One frame with an act is handled; `ms` is by lot. */
interface Turn extends Tools {
  readonly watch: Watch
  readonly n: number
  readonly self: SocketSelf
  readonly ms: number
}
type Act = (turn: Turn) => Answer

const ring = ({ watch }: Turn, ms: number, wakes = false): Ring => ({
  type: 'ring',
  life: watch.life,
  dueMs: watch.node.now() + ms,
  wakes,
})
const nothing: Act = ({ n }) => ['ok', n]
const closeAfter: Act = async ({ watch, self, sleeps, n }) => {
  await sleeps()
  if (watch.node.isAlive(self.pid)) watch.closedWith ??= 4001
  return ['push', close(4001), n]
}
const hang: Act = ({ watch }) => {
  watch.hangs = true
  return new Promise(() => undefined)
}
const inactive: Act = (turn) => {
  turn.watch.limits.reads(false)
  turn.self.sendAfter(turn.ms, ring(turn, turn.ms, true))
  return ['push', ['active', false], turn.n]
}
const options: Act = ({ watch, ms, n }) => {
  watch.limits.setIdle(3000 + ms)
  return ['push', ['setOptions', { idleTimeoutMs: 3000 + ms }], n]
}
const pushLater: Act = async ({ self, next, sleeps, pushes, n }) => {
  self.push(next())
  await sleeps()
  self.push(next())
  return pushes(n)
}
const drain: Act = async ({ self, next, n }) => {
  for (let i = 0; i < 3; i++) {
    self.push(next())
    await self.drained()
  }
  return ['ok', n]
}

/** What is not here does nothing. */
const ACT_OF: Readonly<Record<string, Act>> = {
  throw: () => fails(undefined),
  reject: ({ sleeps }) => fails(sleeps()),
  badReturn: () => ['on purpose'],
  badFrame: ({ n }) => ['push', [text('on purpose'), ['on purpose']], n],
  stop: ({ n }) => ['stop', 'normal', n],
  stopShutdown: ({ n }) => ['stop', 'shutdown', n],
  exit: ({ self }) => self.exit('normal'),
  exitOdd: ({ self }) => self.exit('on purpose'),
  close: ({ watch, next, n }) => ((watch.closedWith ??= 4000), ['push', [next(), close(4000)], n]),
  closeAfter,
  hang,
  timer: (turn) => (turn.self.sendAfter(turn.ms, ring(turn, turn.ms)), turn.pushes(turn.n)),
  start: (turn) => (turn.self.startTimer(turn.ms * 5, ring(turn, turn.ms * 5)), ['ok', turn.n]),
  child: ({ watch, n, self }) => child(watch, n, self),
  inactive,
  options,
  big: ({ next, n }) => ['push', Array.from({ length: 6 }, next), n],
  two: ({ next, n }) => ['push', [next(), next()], n],
  later: ({ sleeps, pushes, n }) => sleeps().then(() => pushes(n)),
  slow: ({ watch, ms, n }) => after(watch.node, 2000 + 3 * ms).then(() => ['ok', n]),
  pushLater,
  drain,
  join: ({ watch, self, n }) => (joins(watch, self), ['ok', n]),
  push: ({ pushes, n }) => pushes(n),
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
