// A program of its own, started by robustness.test.ts: does what must not end a program, then prints what it saw.
import { type CallError, createNode, isCrash, spawn } from 'gensock'

const { proxy, revoke } = Proxy.revocable({}, {})
revoke()
class BadMessage extends Error {
  override get message(): string {
    throw new Error('in message')
  }
}
const UNREADABLE: Readonly<Record<string, () => never>> = {
  'a revoked proxy': () => {
    throw proxy
  },
  'a message that throws': () => {
    throw new BadMessage()
  },
  'an inspect that throws': () => {
    throw {
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('in inspect')
      },
    }
  },
}
process.on('unhandledRejection', (error) => console.log('unhandled', error))

const down = (): never => {
  throw new Error('logger down')
}
for (const [name, logger] of [
  ['console', undefined],
  ['broken', { error: down, warn: down, info: down, debug: down }],
] as const) {
  const node = createNode(logger === undefined ? {} : { logger })
  for (const [what, run] of Object.entries(UNREADABLE)) {
    const pid = node.spawn(run)
    const reason = await new Promise((resolve) => {
      node.spawn(async (self) => {
        self.monitor(pid)
        resolve((await self.receive('DOWN')).reason)
      })
    })
    console.log(`${name}: ${what}: ${node.isAlive(pid) ? 'alive' : 'ended'}, ${reason === 'noproc' || isCrash(reason)}`)
  }
  await node.stop()
}

// Two calls at once: the second has failed long before it is awaited.
spawn(async (self) => {
  const silent = self.spawnProcess({ init: () => 0, message: (_message: unknown, n) => ['ok', n] })
  const dead = self.spawn(() => undefined)
  await self.sleep(1)
  const slow = self.call(silent, 'x', 20)
  const lost = self.call(dead, 'x')
  for (const one of [slow, lost]) await one.catch((error: CallError) => console.log('call', error.reason))
  self.exit(silent, 'kill')
  // A receive that nobody waits for keeps neither the mailbox nor the program.
  const idle = self.spawnProcess({
    init: (me) => void me.receive(() => false, { afterMs: 60_000 }),
    message: (message: string) => {
      console.log('message', message)
      return ['stop', 'normal']
    },
  })
  self.send(idle, 'arrives')
})
