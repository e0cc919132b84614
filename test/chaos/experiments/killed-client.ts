// kill -9 of a client program in the middle of its frames. Entered by main and by the tests.
import { Program } from '../../soak/programs.js'
import { Bystanders, ms, type Outcome, percentile, type World } from '../world.js'

/** `limitMs`: so long a socket may take to end. */
export async function killedClient(world: World, sockets: number, limitMs?: number): Promise<Outcome> {
  const others = await Bystanders.start(world, 10)
  const victim = new Program('victim', world.built.path('victim'), [String(world.ports.free), String(sockets)])
  await victim.hear('ready')
  const killed = performance.now()
  victim.kill()
  const ids = Array.from({ length: sockets }, (_, i) => `victim-${i}`)
  const { ends, broken: wrong } = await world.ends(ids, limitMs)
  const broken = [...wrong]
  await victim.ended()
  for (const { id, handled, reason } of ends) {
    if (reason.type !== 'error' || reason.error !== 'closed') broken.push(`${id}: terminate heard ${JSON.stringify(reason)}`)
    if (handled !== 1) broken.push(`${id}: ${handled} messages were delivered, 1 was whole`)
  }
  const lost = await others.stop()
  if (lost > 0) broken.push(`${lost} messages of others had no answer`)
  const left = await world.until(({ open }) => open === 0, 2000)
  if (left.open !== 0) broken.push(`${left.open} sockets are left`)
  broken.push(...(await world.endedAgain(ids)))
  return {
    name: 'kill -9 of a client in the middle of a frame',
    promised: "`terminate` hears `{ type: 'error', error: 'closed' }` once; nothing of half a message is delivered; others go on",
    seen: [
      `${sockets} sockets of the program stood somewhere in a frame: ${ends.length} ended, ` +
        `with ${[...new Set(ends.map(({ reason }) => reason.error ?? reason.type))].join(', ')}, ` +
        `${Math.max(...ends.map(({ handled }) => handled))} message of each was delivered, the whole one`,
      `from the kill to the last terminate: ${ms(Math.max(...ends.map(({ at }) => at - killed)))}`,
      `10 others: ${others.delays.length} messages, all answered; p99 ${ms(percentile(others.delays, 99))}`,
    ],
    broken,
  }
}
