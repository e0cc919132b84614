// A handler of Bullet that keeps a record of its callbacks, and the servers that run it on 127.0.0.1.
import { createNode, type ExitReason, type Node, type Pid, self, silentLogger } from 'gensock'
import { bullet, type BulletHandler } from 'gensock/bullet'
import { type Listener, listen, type RouteOptions, route, type SocketHandler, type SocketPid } from 'gensock/socket'
import { cutClients } from '../cowboy/raw-client.js'
import { cutRequests } from './raw-http.js'

export interface Recorded {
  readonly handler: SocketHandler<any, any>
  /** [callback, active, data or message, state], as far as it has them. The state is 0, and one more after each callback. */
  readonly calls: (readonly unknown[])[]
  /** Of each callback the process that ran it. */
  readonly pids: Pid[]
  /** Waits until there have been so many calls; answers the process of the last of them. */
  called(count: number): Promise<Pid>
}

/** Without `script` a text is echoed, a message is said, and 'bye' is the end of both. */
export function recorded(script: Partial<BulletHandler<number>> = {}, opts?: unknown): Recorded {
  const calls: (readonly unknown[])[] = []
  const pids: Pid[] = []
  const said = (data: unknown, req: any, state: number): any =>
    data === 'bye' ? ['shutdown', req, state + 1] : ['reply', String(data), req, state + 1]
  const handler: BulletHandler<number> = {
    init: (_t, req) => ['ok', req, 0],
    stream: said,
    info: said,
    terminate: () => 'ok',
    ...script,
  }
  let wake = (): void => undefined
  const record = (...call: unknown[]): void => {
    calls.push(call)
    pids.push(self())
    wake()
  }
  async function called(count: number): Promise<Pid> {
    while (pids.length < count) await new Promise<void>((resolve) => (wake = resolve))
    return pids[count - 1] as Pid
  }
  const whole: BulletHandler<number> = {
    init(...given) {
      record('init', given[3])
      return handler.init(...given)
    },
    stream(...given) {
      record('stream', given[0], given[2])
      return handler.stream(...given)
    },
    info(...given) {
      record('info', given[0], given[2])
      return handler.info(...given)
    },
    terminate(...given) {
      record('terminate', given[1])
      return handler.terminate(...given)
    },
  }
  return { handler: bullet(whole, opts) as SocketHandler<any, any>, calls, pids, called }
}

export interface World<N extends Node = Node> {
  readonly port: number
  readonly url: string
  readonly node: N
  readonly listener: Listener
  /** The only connection. */
  socket(): SocketPid<any, any>
}
const worlds: { listener: Listener; node: Node }[] = []

/** Serves a handler at /bullet; on a test node in virtual time. */
export async function serve<N extends Node = Node>(
  handler: SocketHandler<any, any>,
  options: RouteOptions<any> = {},
  node: N = createNode({ logger: silentLogger }) as N,
): Promise<World<N>> {
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route('/bullet', handler, options)] })
  worlds.push({ listener, node })
  const socket = (): SocketPid<any, any> => {
    const [only, other] = listener.sockets()
    if (only === undefined || other !== undefined) throw new Error(`there are ${listener.sockets().length} connections`)
    return only as SocketPid<any, any>
  }
  return { port: listener.port, url: `http://127.0.0.1:${listener.port}/bullet`, node, listener, socket }
}

/** Resolves with its reason when a process has ended. */
export function endOf(node: Node, pid: Pid<any>): Promise<ExitReason> {
  return new Promise((resolve) => {
    node.spawn(async (me) => {
      me.monitor(pid)
      const down = (await me.receive('DOWN')) as { reason: ExitReason }
      resolve(down.reason)
    })
  })
}

/** Ends everything that a test has started: for `afterEach`. */
export async function endWorlds(): Promise<void> {
  cutClients()
  cutRequests()
  for (const { listener, node } of worlds.splice(0)) {
    await listener.drain({ deadlineMs: 100 })
    await node.stop()
  }
}
