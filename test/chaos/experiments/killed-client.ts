// kill -9 of a client program in the middle of its frames. Entered by main and by the tests.
import { Program } from '../../soak/programs.js'
import { Bystanders, type Ended, ms, type Outcome, percentile, type World } from '../world.js'

export async function killedClient(world: World, sockets: number): Promise<Outcome> {
  const broken: string[] = []
  const others = await Bystanders.start(world, 10)
  const victim = new Program('victim', world.built.path('victim'), [String(world.ports.free), String(sockets)])
  await victim.hear('ready')
  const killed = performance.now()
  victim.kill()
  const ends: Ended[] = []
  const delays: number[] = []
  while (ends.length < sockets) {
    const end = await world.nextEnd()
    if (!end.id.startsWith('victim')) continue
    ends.push(end)
    delays.push(performance.now() - killed)
  }
  await victim.ended()
  for (const { id, handled, reason } of ends) {
    if (reason.type !== 'error' || reason.error !== 'closed') broken.push(`${id}: terminate heard ${JSON.stringify(reason)}`)
    if (handled !== 1) broken.push(`${id}: ${handled} messages were delivered, 1 was whole`)
  }
  const lost = await others.stop()
  if (lost > 0) broken.push(`${lost} messages of others had no answer`)
  const left = await world.until(({ open }) => open === 0, 2000)
  if (left.open !== 0) broken.push(`${left.open} sockets are left`)
  return {
    name: 'kill -9 of a client in the middle of a frame',
    promised: "`terminate` hears `{ type: 'error', error: 'closed' }` once; nothing of half a message is delivered; others go on",
    seen: [
      `${sockets} sockets of the program stood somewhere in a frame: all ended with \`closed\`, ` +
        `${Math.max(...ends.map(({ handled }) => handled))} message of each was delivered, the whole one`,
      `from the kill to the last terminate: ${ms(Math.max(...delays))}`,
      `10 others: ${others.delays.length} messages, all answered; p99 ${ms(percentile(others.delays, 99))}`,
    ],
    broken,
  }
}
