// The part of the server below a supervisor: servers with timers that are killed at random, and what sockets ask of them.
// Entered by main and by the handlers.
import { child, defineServer, exit, genServer, named, supervisor, type SupervisorPid, unwrap, whereis } from 'gensock'

const SERVERS = 8
const TICK_MS = 50
const FAR_MS = 3_600_000

type Tick = { readonly type: 'tick' }
interface State {
  readonly ticks: number
}

/** Two timers are pending at any time; a third is set and cancelled with each tick. */
const worker = defineServer<State, Tick>()({
  init(_arg: void, self) {
    self.sendAfter(TICK_MS, { type: 'tick' })
    self.sendAfter(FAR_MS, { type: 'tick' })
    return ['ok', { ticks: 0 }]
  },
  handleCall: {
    double: ({ n }: { n: number }, _from, state) => ['reply', 2 * n, state],
  },
  handleInfo(tick, { ticks }, self) {
    self.cancelTimer(self.sendAfter(FAR_MS, tick))
    self.sendAfter(TICK_MS, tick)
    return ['noreply', { ticks: ticks + 1 }]
  },
})
const nameOf = (index: number): string => `worker ${index % SERVERS}`

/** Asks one of them; undefined if it was killed meanwhile. */
export async function double(n: number): Promise<number | undefined> {
  try {
    return await genServer.call(named<typeof worker>(nameOf(n)), { type: 'double', n })
  } catch {
    return undefined // it was killed, or is not back yet: the one who asks is told so
  }
}

export interface Tree {
  readonly pid: SupervisorPid
  /** Kills one of them. */
  kill(index: number): void
  killed(): number
  restarted(): number
}

/** Starts all of them. Run it on the node that they are to live on. */
export async function startTree(): Promise<Tree> {
  let starts = 0
  let killed = 0
  const children = Array.from({ length: SERVERS }, (_, index) => {
    const spec = child(nameOf(index), worker, undefined, { name: nameOf(index) })
    const start: typeof spec.start = (...args) => {
      starts++
      return spec.start(...args)
    }
    return { ...spec, start }
  })
  const pid = unwrap(await supervisor.start({ intensity: 1000, periodMs: 1000, children }))
  return {
    pid,
    kill(index) {
      const victim = whereis(nameOf(index))
      if (victim === undefined) return
      killed++
      exit(victim, 'kill')
    },
    killed: () => killed,
    restarted: () => starts - SERVERS,
  }
}
