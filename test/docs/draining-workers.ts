// A program of its own, started by cluster.test.ts: two workers of Node's cluster, whose drains wait in the `terminate` of a socket until
// they get a SIGUSR2.
import cluster from 'node:cluster'
import { application, supervisor } from 'gensock'
import { listen, listenerChild, route, type SocketHandler, text } from 'gensock/socket'

async function work(): Promise<void> {
  const handler: SocketHandler<null> = {
    init: () => ['push', text(`worker ${process.pid}`), null],
    handle: (frame, state) => ['push', frame, state],
    terminate: () => new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve())),
  }
  const options = { port: Number(process.env['PORT']), host: '127.0.0.1', routes: [route('/ws', handler)], drainMs: 20_000 }
  const web = listenerChild('web', () => listen(options))
  await application.run({ name: 'web', start: () => supervisor.startLink({ children: [web] }) }, { deadlineMs: 25_000 })
  process.disconnect()
}

if (cluster.isPrimary) {
  cluster.on('listening', ({ process: { pid } }) => console.log(`worker ${pid} listens`))
  cluster.on('exit', ({ process: { pid } }) => console.log(`worker ${pid} has ended`))
  for (let n = 0; n < 2; n++) cluster.fork()
} else await work()
