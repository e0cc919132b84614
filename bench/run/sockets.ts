// The socket loads: all servers side by side on one core, the client on the other one, which loads them in turn, round after
// round. What counts is the server's CPU time per message.
import type { SocketRow } from '../report/results.js'
import type { Server } from './children.js'
import { idleRow } from './idle.js'
import { LOADS, type Load } from './loads.js'
import { RECORDED } from './recorded.js'
import { compared, noSamples, type Samples } from './samples.js'
import { type Kind, kinds, load, serveKind, type SocketOptions } from './servers.js'

const WARM_UP_SECONDS = 1

export async function sockets(options: SocketOptions): Promise<SocketRow[]> {
  const all = kinds(options.peers)
  const servers: (readonly [Kind, Server])[] = []
  const found = new Map<Load, Samples>(LOADS.map((one) => [one, noSamples(all)]))
  try {
    for (const kind of all) servers.push([kind, await serveKind(kind)])
    if (!options.quick) await warmUp(options, servers)
    for (let round = 0; round < options.rounds; round++) await oneRound(options, round, servers, found)
  } finally {
    for (const [, server] of servers) await server.stop()
  }
  const rows = [...found].map(([{ load, what, goal }, samples]): SocketRow => {
    return { load, what, unit: 'us', goal, ...compared(samples), recorded: RECORDED[load] ?? {} }
  })
  return [...rows, await idleRow(options, all)]
}

async function warmUp(options: SocketOptions, servers: readonly (readonly [Kind, Server])[]): Promise<void> {
  options.say('sockets: warm-up')
  for (const one of LOADS) for (const [kind, server] of servers) await load(options, one, kind, server, WARM_UP_SECONDS)
}

/** Each load on each server; another server is first in the next round. */
async function oneRound(
  options: SocketOptions,
  round: number,
  servers: readonly (readonly [Kind, Server])[],
  found: ReadonlyMap<Load, Samples>,
): Promise<void> {
  options.say(`sockets: round ${round + 1} of ${options.rounds}`)
  const first = round % servers.length
  const turn = [...servers.slice(first), ...servers.slice(0, first)]
  for (const [one, samples] of found) {
    for (const [kind, server] of turn) {
      const { usPerMessage } = await load(options, one, kind, server, options.quick ? 0.3 : 2)
      if (usPerMessage === undefined) throw new Error(`${one.load} on ${kind.name}: no message came back`)
      samples.get(kind.name)?.push(usPerMessage)
    }
  }
}
