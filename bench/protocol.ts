// `npm run bench:protocol [seconds]`: what a contract costs a socket beside a handler that reads and writes its JSON itself: per message
// and call without a network (for so many seconds, 30), over real sockets, per socket of a group, and bytes of an idle socket. Prints
// tables of markdown. It is compiled with the sources of the library in it, not the package: no door of that has a socket without a network.
import { createNode } from '../src/runtime/node.js'
import { groups } from './protocol/groups.js'
import { heap } from './protocol/heap.js'
import { network, SERVE, serve } from './protocol/network.js'
import { speed } from './protocol/speed.js'

/** More of these says no more. */
const MAX_SECONDS = 8
const [GROUP, IDLE] = [1000, 10_000]

async function main(seconds: number): Promise<void> {
  const node = createNode({ drainMs: 1000 }) // nothing else runs here that would want a turn
  const short = Math.min(seconds, MAX_SECONDS)
  console.log(`${await heap(node, IDLE)}\n`)
  console.log(`${await speed(node, seconds)}\n`)
  console.log(`${await network(short)}\n`)
  console.log(await groups(node, GROUP, short))
  await node.stop()
}

const given = process.argv[2] ?? '30'
if (given === SERVE) await serve()
else if (/^[1-9]\d{0,2}$/.test(given)) await main(Number(given))
else {
  console.error(`bench:protocol: the number of seconds must be 1 to 999, got ${given}`)
  process.exitCode = 2
}
