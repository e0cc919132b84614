// A program of its own, started by listener-child.test.ts: an application whose only child is a listener. Any frame sends SIGTERM to itself;
// the drain then waits, in the `terminate` of every socket, for the end of the standard input.
import { application, supervisor } from 'gensock'
import { listen, listenerChild, route, type SocketHandler, text } from 'gensock/socket'

const gone = new Promise<void>((resolve) => process.stdin.resume().once('end', resolve))
const handler: SocketHandler<null> = {
  init: () => ['ok', null],
  handle() {
    process.kill(process.pid, 'SIGTERM')
    return ['push', text('soon'), null]
  },
  terminate: () => gone,
}
const web = listenerChild('web', async () => {
  const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', handler)], drainMs: 20_000 })
  console.log(listener.port)
  return listener
})
await application.run({ name: 'web', start: () => supervisor.startLink({ children: [web] }) })
