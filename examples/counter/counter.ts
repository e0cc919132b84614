// Processes, calls, links and timers, without a socket: a counter that can break, a ticker linked to it, and a boss that
// traps exits and starts both anew. `boss(print)` is the whole program; main.ts spawns it.
import { inspect } from 'node:util'
import { type Call, type Exit, isCall, isCrash, type Pid, type ProcessModule, type Receiver, reply, type Self } from 'gensock'

const TICK_MS = 100
type Request = { type: 'get' } | { type: 'add'; by: number }
type CounterMessage = Call<Request, number> | { type: 'tick' } | { type: 'break' }

// One state, one callback: calls are answered, ticks count, a break is a bug.
const counter: ProcessModule<number, CounterMessage> = {
  init: () => 0,
  message(message, count) {
    if (isCall(message)) {
      const next = message.request.type === 'add' ? count + message.request.by : count
      reply(message.from, next)
      return ['ok', next]
    }
    if (message.type === 'break') throw new Error('the counter broke')
    return ['ok', count + 1]
  },
}

// A function process: it has its own loop, and lives as long as the counter that it is linked to.
async function tick(self: Self<never>, target: Pid<CounterMessage>): Promise<void> {
  self.link(target)
  for (;;) {
    await self.sleep(TICK_MS)
    self.send(target, { type: 'tick' })
  }
}

/** What main.ts and the test spawn: prints what happens, then ends. */
export function boss(print: (line: string) => void): (self: Receiver<Exit>) => Promise<void> {
  return async (self) => {
    self.trapExit(true)
    for (const life of ['first', 'second']) {
      const pid = self.spawnProcess(counter, { link: true })
      const ticker = self.spawn<never>((its) => tick(its, pid))
      print(`${life} counter: ${String(pid)}, its ticker: ${String(ticker)}`)

      await self.sleep(3.5 * TICK_MS)
      print(`after three ticks: ${await self.call<number>(pid, { type: 'get' })}`)
      print(`and ten more: ${await self.call<number>(pid, { type: 'add', by: 10 })}`)

      if (life === 'first') self.sendAfterTo(TICK_MS, pid, { type: 'break' })
      else self.exit(pid, 'shutdown')
      const { reason } = await self.receive('EXIT')
      print(`the counter ended: ${isCrash(reason) ? reason.toString() : inspect(reason)}`)
      print(`the ticker is ${self.isAlive(ticker) ? 'still alive' : 'gone with it'}`)
    }
  }
}
