// Handlers of every generation from one script, served on 127.0.0.1, and what happened to them.
import { createNode, type ExitReason, type Node, type Pid, silentLogger } from 'gensock'
import {
  cowboy08,
  cowboy10,
  cowboy2,
  cowboy20pre,
  type Cowboy08,
  type Cowboy2,
  type Cowboy2Options,
  type Cowboy20Pre,
} from 'gensock/cowboy'
import {
  type Listener,
  listen,
  type RouteOptions,
  route,
  type SocketHandler,
  type SocketPid,
  type SocketSelf,
} from 'gensock/socket'
import { cutClients, type OpenOptions, RawClient } from './raw-client.js'

export const GENERATIONS = ['0.8', '1.0', '2.0-pre', '2.x'] as const
export type Generation = (typeof GENERATIONS)[number]
/** How a callback answers, in the words of its generation. */
export interface Answers {
  ok(state: unknown, ...more: 'hibernate'[]): any
  reply(frames: unknown, state: unknown, ...more: 'hibernate'[]): any
  stop(state: unknown): any
}
type Callback = (what: any, state: any, answers: Answers, self: SocketSelf<any>) => any
/** What a handler does, whatever its generation. Its first state is 0; without `handle` it answers a text with '<kind> <data>'. */
export interface Script {
  /** After the open: `websocketInit` of 0.8, 1.0 and 2.x, `init` of pre.1. */
  readonly start?: (self: SocketSelf<any>) => void
  readonly handle?: Callback
  readonly info?: Callback
  readonly terminate?: (reason: unknown, state: unknown) => void
  /** Of `init` of 2.x. */
  readonly options?: Cowboy2Options<any>
  /** The third element of a start's answer, before 2.x. */
  readonly timeout?: number | 'infinity'
}
export interface Recorded {
  readonly handler: SocketHandler<any, any>
  /** Every [reason, state, req] that terminate heard. */
  readonly terminated: (readonly [reason: unknown, state: unknown, req: unknown])[]
  /** Every [callback, frame or message, state]. */
  readonly calls: (readonly [callback: string, what: unknown, state: unknown])[]
}

const answersWith = (req: unknown): Answers => ({
  ok: (state, ...more) => ['ok', req, state, ...more],
  reply: (frames, state, ...more) => ['reply', frames, req, state, ...more],
  stop: (state) => ['shutdown', req, state],
})
const ANSWERS_2: Answers = {
  ok: (state, ...more) => [[], state, ...more],
  reply: (frames, state, ...more) => ['reply', frames, state, ...more],
  stop: (state) => ['stop', state],
}
const echo: Callback = (frame, n: number, answers) => {
  const [kind, data] = typeof frame === 'string' ? [frame, ''] : frame
  return answers.reply(['text', `${kind} ${data}`], n + 1)
}

/** A handler of this generation that does what the script says and keeps a record. */
export function handlerOf(generation: Generation, script: Script = {}): Recorded {
  const terminated: (readonly [unknown, unknown, unknown])[] = []
  const calls: (readonly [string, unknown, unknown])[] = []
  const { start, handle = echo, info = (_message, state, answers) => answers.ok(state), timeout } = script
  const run = (callback: string, script: Callback, what: unknown, state: unknown, answers: Answers, self: SocketSelf): any => {
    calls.push([callback, what, state])
    return script(what, state, answers, self)
  }
  const ended = (reason: unknown, req: unknown, state: unknown): void => {
    terminated.push([reason, state, req])
    script.terminate?.(reason, state)
  }
  const withReq = {
    websocketHandle: (frame: any, req: any, state: any, self: any) => run('handle', handle, frame, state, answersWith(req), self),
    websocketInfo: (message: any, req: any, state: any, self: any) => run('info', info, message, state, answersWith(req), self),
  }
  const more = timeout === undefined ? [] : [timeout]
  if (generation === '2.x') {
    const handler: Cowboy2<any, any, any, any> = {
      init: (req) => ['cowboy_websocket', req, 0, script.options ?? {}],
      websocketInit(state, self) {
        start?.(self)
        return [[], state]
      },
      websocketHandle: (frame, state, self) => run('handle', handle, frame, state, ANSWERS_2, self),
      websocketInfo: (message, state, self) => run('info', info, message, state, ANSWERS_2, self),
      terminate: ended,
    }
    return { handler: cowboy2(handler), terminated, calls }
  }
  if (generation === '2.0-pre') {
    const handler: Cowboy20Pre<any> = {
      ...withReq,
      init(req, _opts, self) {
        start?.(self)
        return ['cowboy_websocket', req, 0, ...more] as never
      },
      terminate: ended,
    }
    return { handler: cowboy20pre(handler), terminated, calls }
  }
  const handler: Cowboy08<any> = {
    ...withReq,
    init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
    websocketInit(_transport, req, _opts, self) {
      start?.(self)
      return ['ok', req, 0, ...more] as never
    },
    websocketTerminate: ended,
  }
  return { handler: generation === '0.8' ? cowboy08(handler) : cowboy10(handler), terminated, calls }
}

export interface World {
  readonly port: number
  readonly node: Node
  readonly listener: Listener
  /** A handshake that succeeds. */
  open(options?: OpenOptions): Promise<RawClient>
  /** The only socket. */
  socket(): SocketPid<any, any>
  /** Resolves with its reason when it has ended. */
  ended(pid?: Pid<any>): Promise<ExitReason>
}
const worlds: { listener: Listener; node: Node }[] = []

/** Serves a handler at /ws, or at other paths. */
export async function serve(
  handler: SocketHandler<any, any, any, any>,
  options: RouteOptions<any> = {},
  path = '/ws',
): Promise<World> {
  const node = createNode({ logger: silentLogger })
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route(path, handler, options)] })
  worlds.push({ listener, node })
  const socket = (): SocketPid<any, any> => {
    const [only, other] = listener.sockets()
    if (only === undefined || other !== undefined) throw new Error(`there are ${listener.sockets().length} sockets`)
    return only as SocketPid<any, any>
  }
  return {
    port: listener.port,
    node,
    listener,
    open: (given) => RawClient.open(listener.port, given),
    socket,
    ended: (pid: Pid<any> = socket()) => endOf(node, pid),
  }
}

function endOf(node: Node, pid: Pid<any>): Promise<ExitReason> {
  return new Promise((resolve) => {
    node.spawn(async (self) => {
      self.monitor(pid)
      const down = (await self.receive('DOWN')) as { reason: ExitReason }
      resolve(down.reason)
    })
  })
}

/** Ends everything that a test has started: for `afterEach`. */
export async function endWorlds(): Promise<void> {
  cutClients()
  for (const { listener, node } of worlds.splice(0)) {
    await listener.drain({ deadlineMs: 100 })
    await node.stop()
  }
}

/** Runs a scene in a world of each of these generations, one after the other. */
export async function inEach(
  generations: readonly Generation[],
  script: Script,
  scene: (world: World, recorded: Recorded, generation: Generation) => Promise<void>,
  options: RouteOptions<any> = {},
): Promise<void> {
  for (const generation of generations) {
    const recorded = handlerOf(generation, script)
    await scene(await serve(recorded.handler, options), recorded, generation)
    await endWorlds()
  }
}
