// Resident bytes of a connection that does nothing: each measurement on a server process of its own, because memory that a load
// has taken before does not go back. The kinds of servers take turns.
import type { SocketRow } from '../report/results.js'
import { thousands } from '../report/table.js'
import { IDLE } from './loads.js'
import { connections } from './machine.js'
import { RECORDED } from './recorded.js'
import { compared, noSamples } from './samples.js'
import { type Kind, load, serveKind, type SocketOptions } from './servers.js'

const ROUNDS = 3
const QUICK = { conns: 200, seconds: 0.2 }
const SECONDS = 5

export async function idleRow(options: SocketOptions, kinds: readonly Kind[]): Promise<SocketRow> {
  const { rounds, quick, say } = options
  const conns = connections(quick ? QUICK.conns : IDLE.conns)
  if (!quick && conns < IDLE.conns) say(`sockets: ulimit -n allows ${conns} idle connections, not ${IDLE.conns}`)
  const samples = noSamples(kinds)
  const seconds = quick ? QUICK.seconds : SECONDS
  const times = Math.min(rounds, ROUNDS)
  for (let round = 0; round < times; round++) {
    say(`sockets: idle connections, round ${round + 1} of ${times}`)
    for (const kind of kinds) {
      const server = await serveKind(kind)
      try {
        const { bytesPerConnection } = await load(options, { mode: 'idle', conns }, kind, server, seconds)
        samples.get(kind.name)?.push(bytesPerConnection)
      } finally {
        await server.stop()
      }
    }
  }
  return {
    load: IDLE.load,
    what: `idle connection, resident, ${thousands(conns)} open`,
    unit: 'bytes',
    goal: IDLE.goal,
    ...compared(samples),
    recorded: RECORDED[IDLE.load] ?? {},
  }
}
