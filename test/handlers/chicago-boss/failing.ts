// A service that keeps a list of its users, writes down what it is called with, and fails as it is told to: what the tests of
// failures share. In virtual time.
import { exit, type ExitReason, isCrash, link, nocatch, self as selfPid, spawn } from 'gensock'
import { type Boss, type BossOptions, type Service, type ServiceModule, services } from 'gensock/chicago-boss'
import type { SocketHandler, SocketPid } from 'gensock/socket'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, type TestNode } from 'gensock/testing'

/** Who has joined. */
export type Users = readonly string[]
/**
 * What one call of a callback does instead of its work: an exception now or in 10 ms, one that is its answer, no answer at all,
 * an answer after so many ms or of its own; `ok` does the work.
 */
export type Way = 'ok' | 'throw' | 'reject' | 'nocatch' | 'hang' | number | readonly unknown[]
export interface Failing {
  readonly module: ServiceModule<Users, string, any>
  /** Each call: `init`, `join ann`, `text ann hi`, `close ann error killed`, `news hi`, `info hi`, `terminate oops of ann`. */
  readonly log: string[]
  /** What was written since the last time. */
  take(): string[]
  /** What the next calls of this line do, one after the other. */
  fails(line: string, ...ways: Way[]): void
}

/** `name` stands in front of its lines. */
export function failing(node: TestNode, name = '', concurrency: 'service' | 'socket' = 'service'): Failing {
  const log: string[] = []
  const plans = new Map<string, Way[]>()
  let taken = 0
  function run<T>(what: string, state: Users, work: () => T): any {
    const line = name + what
    log.push(line)
    return act(node, plans.get(line)?.shift() ?? 'ok', state, work)
  }
  const module: ServiceModule<Users, string, any> = (_req, user = '') => ({
    concurrency,
    init: () => run('init', [], () => ['ok', []] as const),
    handleJoin: (_url, _webSocket, users) => run(`join ${user}`, users, () => ['noreply', [...users, user]]),
    handleIncoming: (_url, webSocket, text, users) =>
      run(`text ${user} ${text}`, users, () => {
        node.send(webSocket, ['text', `${users.join(' ')}: ${text}`])
        return ['noreply', users]
      }),
    handleClose: (reason, _url, _webSocket, users) =>
      run(`close ${[user, ...reason].join(' ').trim()}`, users, () => ['noreply', users.filter((one) => one !== user)]),
    handleBroadcast: (news, users) => run(`news ${news}`, users, () => ['noreply', users]),
    handleInfo: (info, users) => run(`info ${textOf(info)}`, users, () => ['noreply', users]),
    terminate: (reason, users) => run(`terminate ${reasonText(reason)} of ${users.join(' ')}`.trim(), users, () => 'ok'),
  })
  function take(): string[] {
    const fresh = log.slice(taken)
    taken = log.length
    return fresh
  }
  const fails = (line: string, ...ways: Way[]): void => {
    plans.set(name + line, [...(plans.get(name + line) ?? []), ...ways])
    for (const way of ways) if (way === 'throw' || way === 'reject') node.expectCrash(/boom/)
  }
  return { module, log, take, fails }
}

function reasonText(reason: ExitReason): string {
  return typeof reason === 'string' ? reason : isCrash(reason) ? reason.toString() : 'something else'
}
function textOf(info: unknown): string {
  if (typeof info === 'string') return info
  const { type, reason } = info as { readonly type: string; readonly reason?: ExitReason }
  return reason === undefined ? type : `${type} ${reasonText(reason)}`
}

function act<T>(node: TestNode, way: Way, state: Users, work: () => T): unknown {
  if (way === 'ok') return work()
  if (way === 'throw') throw new Error('boom')
  if (way === 'nocatch') return nocatch(work())
  if (way === 'hang') return new Promise(() => undefined)
  if (way === 'reject') return after(node, 10).then(() => Promise.reject(new Error('boom')))
  if (typeof way === 'number') return after(node, way).then(work)
  return way[0] === 'stop' ? [...way, state] : way
}

/** Resolves after so many ms of virtual time. */
export function after(node: TestNode, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.spawn(async (self) => {
      await self.sleep(ms)
      resolve()
    })
  })
}

/** Starts a service as `myapp_chat_websocket`, and others by their names. */
export function boot(
  node: TestNode,
  chat: { readonly module: ServiceModule<any> },
  options: BossOptions = {},
  others: Readonly<Record<string, { readonly module: ServiceModule<any> }>> = {},
): Promise<Boss> {
  const all = Object.entries({ chat, ...others }).map(([name, { module }]) => [`myapp_${name}_websocket`, module] as const)
  return services(Object.fromEntries(all), { node, ...options })
}

/** A socket of a user, at the service in this place. */
export function open(node: TestNode, boss: Boss, user: string, place = 0, options: FakeTransportOptions = {}): FakeTransport {
  const route = boss.routes[place]
  if (route === undefined) throw new Error(`there is no service ${place}`)
  return fakeTransport(node, route, { ...options, request: { cookies: { _boss_session: user } } })
}
/** A socket with which something happens in the very turn in which it joins. */
export function openAnd(node: TestNode, boss: Boss, user: string, happens: (pid: SocketPid) => void): FakeTransport {
  const { handler } = boss.routes[0] as unknown as { readonly handler: SocketHandler<any, any> }
  const joining: SocketHandler<any, any> = {
    ...handler,
    init(args, self) {
      const answer = handler.init(args, self)
      happens(self.pid)
      return answer
    },
  }
  return fakeTransport(node, joining, { request: { cookies: { _boss_session: user } } })
}
/** Sockets of these users at the first service, which have joined. */
export async function join(node: TestNode, boss: Boss, ...users: string[]): Promise<FakeTransport[]> {
  const sockets = users.map((user) => open(node, boss, user))
  await node.settle()
  return sockets
}
/** What `boss.services()` says of the service in this place. */
export async function infoOf(node: TestNode, boss: Boss, place = 0): Promise<any> {
  const asked = node.run(() => boss.services())
  await node.settle()
  return (await asked)[place]
}
/** Links the running process to one that ends with this reason. */
export function linkToOneThatEnds(reason: ExitReason): void {
  const me = selfPid()
  spawn(() => {
    link(me)
    exit(reason)
  })
}
/** A service of the module alone, without some callbacks. */
export function without({ module }: Failing, ...callbacks: (keyof Service<any>)[]): { readonly module: ServiceModule<any> } {
  return {
    module: (req, user) =>
      Object.fromEntries(
        Object.entries(module(req, user)).filter(([name]) => !callbacks.includes(name as keyof Service<any>)),
      ) as unknown as Service<any>,
  }
}
