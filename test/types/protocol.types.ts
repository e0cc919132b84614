// A contract in types: what it says of both ends compiles, and nothing else does. What the compiler says then: protocol-errors.
import { reply } from 'gensock'
import { connect, type Client, type ProtocolClient, type ProtocolClientOptions } from 'gensock/client'
import {
  type Callers,
  type CallFrom,
  type CallName,
  type CallSchema,
  type ContractError,
  type ControlCommand,
  defineProtocol,
  type EventToClient,
  type EventToServer,
  type InputOf,
  isProtocolError,
  type MessageClauses,
  type OutputOf,
  type ProtocolCallOptions,
  ProtocolError,
  type ProtocolErrorReason,
  type ProtocolFrom,
  type ProtocolHandler,
  protocolHandler,
  protocolVersions,
  type ProtocolResult,
  type ProtocolSelf,
  replyError,
  type Senders,
  type Side,
  type StandardSchema,
  toGroup,
  toSocket,
  toSockets,
} from 'gensock/protocol'
import {
  accept,
  close,
  type InitArgs,
  route,
  type SocketEvent,
  type SocketHandler,
  type SocketPid,
  type TerminateReason,
  text,
} from 'gensock/socket'
import { type } from 'arktype'
import { expectTypeOf } from 'expect-type'
import * as v from 'valibot'
import { z } from 'zod'
import { chat } from './protocol-contract.js'

declare const own: StandardSchema<string, number>

// ---- the contract

expectTypeOf(chat.version).toEqualTypeOf<'chat.1'>()
expectTypeOf<CallName<typeof chat>>().toEqualTypeOf<'history' | 'area' | 'count' | 'areYouThere' | 'ping'>()
expectTypeOf<OutputOf<typeof chat.toServer.messages.at>>().toEqualTypeOf<{ when: Date; size: number }>()
expectTypeOf<InputOf<typeof chat.toServer.messages.at>['size']>().toEqualTypeOf<string>()
const { toServer } = chat
expectTypeOf<Side>(toServer)

// nothing in a direction is said by {}
const empty = defineProtocol({ version: 'none.1', toServer: {}, toClient: {} })
expectTypeOf<CallName<typeof empty>>().toEqualTypeOf<never>()
expectTypeOf<EventToServer<typeof empty>>().toEqualTypeOf<never>()
protocolHandler<null>()(empty, { init: () => ['ok', null] })

// @ts-expect-error no version
defineProtocol({ toServer: {}, toClient: {} })
// @ts-expect-error no toClient
defineProtocol({ version: 'chat.1', toServer: {} })
// @ts-expect-error no schema
defineProtocol({ version: 'chat.1', toServer: { messages: { say: 'string' } }, toClient: {} })
// @ts-expect-error an object of schemas is none
defineProtocol({ version: 'chat.1', toServer: { messages: { say: { line: z.string() } } }, toClient: {} })
// @ts-expect-error a call needs a reply
defineProtocol({ version: 'chat.1', toServer: { calls: { get: { request: z.string() } } }, toClient: {} })
// @ts-expect-error no such delivery
defineProtocol({ version: '1', toServer: { calls: { a: { request: own, reply: own, delivery: 'once' } } }, toClient: {} })
// @ts-expect-error misspelt
defineProtocol({ version: 'chat.1', toServer: { message: { say: z.string() } }, toClient: {} })

// ---- the handler

type State = { readonly lines: readonly string[]; readonly mode: 'quiet' | 'loud' }
type Tick = { readonly type: 'tick'; readonly n: number } | { readonly type: 'idle' }
const size = { at: 0 }

export const handler = protocolHandler<State, Tick>()(chat, {
  init(args, self) {
    expectTypeOf(args).toEqualTypeOf<InitArgs>()
    self.sendAfter(1000, { type: 'tick', n: 1 })
    // @ts-expect-error no message of this socket
    self.sendAfter(1000, { type: 'tock' })
    return ['ok', { lines: [], mode: 'quiet' }]
  },
  on: {
    // what comes is what the schema makes of it
    say({ line, loud }, state, self) {
      expectTypeOf(line).toEqualTypeOf<string>()
      expectTypeOf(loud).toEqualTypeOf<boolean>()
      expectTypeOf(state).toEqualTypeOf<State>()
      expectTypeOf(self.pid).toEqualTypeOf<SocketPid<any, Tick>>()
      // what goes is what the schema takes
      expectTypeOf(self.push.said({ nick: 'me', line })).toEqualTypeOf<void>()
      self.push.said({ nick: 'me', line, loud })
      self.push.full(true)
      self.push.cleared()
      self.push.drawn({ dots: 1 })
      self.emit({ type: 'said', nick: 'me', line })
      self.emit({ type: 'full', data: true })
      self.emit({ type: 'drawn', lines: 7 })
      // @ts-expect-error no such message to the client
      self.push.say({ line })
      // @ts-expect-error nick is missing
      self.push.said({ line })
      // @ts-expect-error a number is no line
      self.push.said({ nick: 'me', line: 7 })
      // @ts-expect-error no such field
      self.push.said({ nick: 'me', line, text: line })
      // @ts-expect-error a message is given
      self.push.full()
      // @ts-expect-error nothing is given
      self.push.cleared('all')
      // @ts-expect-error data goes by a message of the contract
      self.push(text('hi'))
      // @ts-expect-error no such event
      self.emit({ type: 'say', line })
      // @ts-expect-error line is missing
      self.emit({ type: 'said', nick: 'me' })
      // @ts-expect-error what is no object is the data of its event
      self.emit({ type: 'full', full: true })
      // literals of a union state need no `as const`
      return ['ok', { ...state, mode: loud ? 'loud' : 'quiet' }]
    },
    at: ({ when, size: length }, state) => {
      expectTypeOf(when).toEqualTypeOf<Date>()
      size.at = length
      return ['ok', state, 'hibernate']
    },
    // async callbacks keep their literals, too
    async move({ x, y }, state, self) {
      expectTypeOf({ x, y }).toEqualTypeOf<{ x: number; y: number }>()
      const there = await self.call.areYouThere({ who: 'me' }, { timeoutMs: 100 })
      expectTypeOf(there).toEqualTypeOf<'yes' | 'no'>()
      expectTypeOf(await self.call.ping()).toEqualTypeOf<number>()
      await self.call.ping(undefined, { timeoutMs: 'infinity' })
      // @ts-expect-error no such call of the client
      await self.call.history({ last: 1 })
      // @ts-expect-error who is missing
      await self.call.areYouThere({})
      // @ts-expect-error what is asked is missing
      await self.call.areYouThere()
      // @ts-expect-error a time in ms
      await self.call.areYouThere({ who: 'me' }, { timeoutMs: '1 s' })
      await self.drained()
      if (there === 'no') return ['stop', 'normal', state]
      return ['ok', { ...state, mode: 'loud' }]
    },
    paint({ colour, width }, state) {
      expectTypeOf(colour).toEqualTypeOf<'red' | 'green'>()
      expectTypeOf(width).toEqualTypeOf<number | undefined>()
      return ['push', ['ping'], state]
    },
    upload(bytes, state) {
      expectTypeOf(bytes).toExtend<Uint8Array>()
      return ['push', [['setOptions', { idleTimeoutMs: 1000 }], close(4000, 'enough')], state]
    },
    words: (words, state) => ['ok', { ...state, lines: words }],
    clear: (nothing, { mode }) => {
      expectTypeOf(nothing).toEqualTypeOf<undefined>()
      return ['ok', { lines: [], mode }]
    },
  },
  calls: {
    history({ last }, from, state) {
      expectTypeOf(last).toEqualTypeOf<number>()
      expectTypeOf(from).toEqualTypeOf<ProtocolFrom<typeof chat.toServer.calls.history>>()
      if (last > 1000) return ['stop', 'normal', state]
      if (last > 100) return ['error', 'tooMany', { max: 100 }, state]
      if (last < 0) return ['error', 'closed', undefined, state]
      if (last === 0) return ['noreply', state]
      if (last === 1) return ['error', 'late', '7', { ...state, mode: 'quiet' }]
      if (last === 2) return ['stop', 'normal', ['the end'], state]
      return ['reply', state.lines.slice(-last), { ...state, mode: 'loud' }]
    },
    area: async ({ side }, _from, state) => ['reply', { area: side * side }, { ...state, mode: 'loud' }, 'hibernate'],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
  info(message, state) {
    expectTypeOf(message).toEqualTypeOf<Tick>()
    return message.type === 'tick' ? ['ok', { ...state, lines: [`${message.n}`] }] : ['ok', { ...state, mode: 'quiet' }]
  },
  event(event, state) {
    expectTypeOf(event).toEqualTypeOf<SocketEvent>()
    return ['ok', state]
  },
  terminate(reason) {
    expectTypeOf(reason).toEqualTypeOf<TerminateReason>()
  },
  defaults: { idleTimeoutMs: 30_000 },
})
expectTypeOf(handler).toEqualTypeOf<ProtocolHandler<State, Tick, InitArgs>>()
expectTypeOf(handler).toExtend<SocketHandler<State, Tick>>()
expectTypeOf(handler.counters().badFrames).toEqualTypeOf<number>()
route('/chat', handler)

// ---- clauses that do not compile, one at a time

const small = defineProtocol({
  version: 'small.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }) },
    calls: {
      add: { request: z.number(), reply: z.number(), errors: { full: z.number() } },
      now: { request: z.undefined(), reply: z.string() },
    },
  },
  toClient: {},
})
type Small = { readonly n: number; readonly mode: 'a' | 'b' }
const smallHandler = protocolHandler<Small>()
const init = (): ProtocolResult<Small> => ['ok', { n: 0, mode: 'a' }]
const on = { say: (_message: { line: string }, state: Small): ProtocolResult<Small> => ['ok', state] }
const add = (n: number, _from: unknown, state: Small): ['reply', number, Small] => ['reply', n, state]
const now = (_nothing: undefined, _from: unknown, state: Small): ['reply', string, Small] => ['reply', 'now', state]
smallHandler(small, { init, on, calls: { add, now } })

// @ts-expect-error init is missing
smallHandler(small, { on, calls: { add, now } })
// @ts-expect-error on is missing
smallHandler(small, { init, calls: { add, now } })
// @ts-expect-error calls is missing
smallHandler(small, { init, on })
// @ts-expect-error now is missing
smallHandler(small, { init, on, calls: { add } })
// @ts-expect-error say is missing
smallHandler(small, { init, on: {}, calls: { add, now } })
// @ts-expect-error no such message
smallHandler(small, { init, on: { ...on, shout: () => ['ok', { n: 0, mode: 'a' }] }, calls: { add, now } })
// @ts-expect-error no such call
smallHandler(small, { init, on, calls: { add, now, sub: add } })
// @ts-expect-error no such part
smallHandler(small, { init, on, calls: { add, now }, handle: () => undefined })
smallHandler(small, {
  // @ts-expect-error mode is missing in the first state
  init: () => ['ok', { n: 0 }],
  // @ts-expect-error no such field in the message
  on: { say: ({ text: line }, state) => ['ok', { ...state, line }] },
  // @ts-expect-error the reply is a number
  calls: { add: (n, _from, state) => ['reply', `${n}`, state], now },
})
smallHandler(small, {
  init,
  // @ts-expect-error no such mode
  on: { say: (_message, state) => ['ok', { ...state, mode: 'c' }] },
  // @ts-expect-error no such error
  calls: { add: (_n, _from, state) => ['error', 'empty', 1, state], now },
})
smallHandler(small, {
  init,
  // @ts-expect-error the state is missing
  on: { say: () => ['stop', 'normal'] },
  // @ts-expect-error another type comes with this error
  calls: { add: (_n, _from, state) => ['error', 'full', 'very', state], now },
})
smallHandler(small, {
  init,
  // @ts-expect-error data goes by self.push
  on: { say: ({ line }, state) => ['push', text(line), state] },
  // @ts-expect-error this call has no errors
  calls: { add, now: (_nothing, _from, state) => ['error', 'full', 1, state] },
})
smallHandler(small, {
  init,
  // @ts-expect-error no reason to stop
  on: { say: (_message, state) => ['stop', state] },
  // @ts-expect-error messages are answered by ok, calls are not
  calls: { add: (_n, _from, state) => ['ok', state], now },
})
smallHandler(small, {
  init,
  // @ts-expect-error a message is not replied to
  on: { say: ({ line }, state) => ['reply', line, state] },
  // @ts-expect-error the reply of a call that stops fits as well
  calls: { add: (_n, _from, state) => ['stop', 'normal', 'bye', state], now },
})
smallHandler(small, {
  init,
  on,
  calls: {
    // @ts-expect-error an async clause is held to the same
    async add(n, _from, state) {
      return ['reply', `${n}`, state]
    },
    now,
  },
})
// @ts-expect-error no such policy
smallHandler(small, { init, on, calls: { add, now } }, { onBadFrame: 'close' })
smallHandler(small, { init, on, calls: { add, now } }, { onBadFrame: { closeAfter: 3 }, validateIn: false, answered: { max: 1 } })
// @ts-expect-error not what defineProtocol answers
smallHandler({ version: 'small.1', toServer: {}, toClient: {} }, { init })
// @ts-expect-error a contract without calls has none
protocolHandler<null>()(empty, { init: () => ['ok', null], calls: { add } })
// @ts-expect-error a contract without messages has none
protocolHandler<null>()(empty, { init: () => ['ok', null], on })

// only messages, only calls: the other part is not asked for
const talk = defineProtocol({ version: 't.1', toServer: { messages: { say: z.string() } }, toClient: {} })
protocolHandler<string>()(talk, { init: () => ['ok', ''], on: { say: (line) => ['ok', line] } })
const asks = defineProtocol({
  version: 'a.1',
  toServer: { calls: { now: { request: z.null(), reply: z.number() } } },
  toClient: {},
})
protocolHandler<null>()(asks, { init: () => ['ok', null], calls: { now: (_null, _from, state) => ['reply', 1, state] } })

// ---- one function for all messages

protocolHandler<Small>()(small, {
  init,
  on(event, state, self) {
    expectTypeOf(event).toEqualTypeOf<{ readonly type: 'say'; readonly line: string }>()
    expectTypeOf(self.pid).toEqualTypeOf<SocketPid<any, never>>()
    return ['ok', { ...state, mode: 'b' }]
  },
  calls: { add, now },
})
export const toOne = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  async on(event, state) {
    switch (event.type) {
      case 'say':
        return ['ok', { ...state, lines: [event.line], mode: 'loud' }]
      case 'words':
        return ['ok', { ...state, lines: event.data }]
      case 'clear':
        expectTypeOf(event.data).toEqualTypeOf<undefined>()
        return ['ok', state]
      case 'upload':
        expectTypeOf(event.data).toExtend<Uint8Array>()
        return ['stop', 'normal', state]
      // @ts-expect-error no such message
      case 'shout':
        return ['ok', state]
      case 'move':
        // @ts-expect-error no such field
        return ['ok', { ...state, lines: [event.line] }]
      default:
        expectTypeOf(event.type).toEqualTypeOf<'at' | 'paint'>()
        return ['ok', state]
    }
  },
  calls: {
    history: (_request, _from, state) => ['noreply', state],
    area: (_request, _from, state) => ['noreply', state],
    count: (_request, _from, state) => ['noreply', state],
  },
})
expectTypeOf<EventToClient<typeof chat>>().toEqualTypeOf<
  | { readonly type: 'said'; readonly nick: string; readonly line: string; readonly loud?: boolean | undefined }
  | { readonly type: 'moved'; readonly x: number }
  | { readonly type: 'full'; readonly data: boolean }
  | { readonly type: 'cleared'; readonly data?: undefined }
  | { readonly type: 'drawn'; readonly dots: number }
  | { readonly type: 'drawn'; readonly lines: number }
>()

// ---- path variables and claims

const room = protocolHandler<string>()(talk, {
  init: ({ params, claims }: InitArgs<{ id: string }, { user: string }>) => ['ok', `${claims.user} in ${params.id}`],
  on: { say: (_line, who) => ['ok', who] },
})
expectTypeOf(room).toEqualTypeOf<ProtocolHandler<string, never, InitArgs<{ id: string }, { user: string }>>>()
route('/room/:id', room, { authorize: () => accept({ user: 'ann' }) })
// @ts-expect-error the path has no id
route('/room', room, { authorize: () => accept({ user: 'ann' }) })
// @ts-expect-error the claims have no user
route('/room/:id', room, { authorize: () => accept({ name: 'ann' }) })

// ---- several versions at one path

const talk2 = defineProtocol({ version: 't.2', toServer: { messages: { say: v.object({ line: v.string() }) } }, toClient: {} })
const newer = protocolHandler<number, Tick>()(talk2, { init: () => ['ok', 0], on: { say: (_message, n) => ['ok', n + 1] } })
const older = protocolHandler<string, Tick>()(talk, { init: () => ['ok', ''], on: { say: (said) => ['ok', said] } })
expectTypeOf(protocolVersions(newer, older)).toEqualTypeOf<SocketHandler<unknown, Tick, {}, InitArgs>>()
route('/talk', protocolVersions(newer, older))
// @ts-expect-error no handler of a contract
protocolVersions(newer, { init: () => ['ok', 0] })

// ---- functions of one's own

const greet = (self: ProtocolSelf<typeof chat, Tick>, line: string): void => self.push.said({ nick: 'me', line })
const restart = (state: State): ProtocolResult<State> => ['push', close(4000), { ...state, mode: 'quiet' }]
const bye: ControlCommand = close(4000, 'bye')
// @ts-expect-error data is no control command
export const data: ControlCommand = text('hi')
export const clauses: MessageClauses<typeof talk, string, never> = { say: (line) => ['ok', line] }
export const helped = protocolHandler<State, Tick>()(chat, {
  init(_args, self) {
    greet(self, 'hello')
    return ['push', bye, { lines: [], mode: 'quiet' }]
  },
  on: (_event, state) => restart(state),
  calls: {
    history: (_request, _from, state) => ['noreply', state],
    area: async (_request, _from, state) => ['noreply', state],
    count: (_request, _from, state) => Promise.resolve(['noreply', state]),
  },
})

// ---- answers that come later

const waiting: ProtocolFrom<typeof chat.toServer.calls.history>[] = []
expectTypeOf(waiting).items.toEqualTypeOf<
  CallFrom<string[], { readonly tooMany: { max: number }; readonly closed: undefined; readonly late: string }>
>()
for (const from of waiting) {
  reply(from, ['a', 'b'])
  replyError(from, 'tooMany', { max: 100 })
  replyError(from, 'closed')
  replyError(from, 'late', '7')
  // @ts-expect-error another reply
  reply(from, 7)
  // @ts-expect-error no such error
  replyError(from, 'tooFew')
  // @ts-expect-error other data
  replyError(from, 'tooMany', 100)
  // @ts-expect-error its data is missing
  replyError(from, 'tooMany')
}
declare const plain: ProtocolFrom<typeof chat.toServer.calls.count>
// @ts-expect-error this call has no errors
replyError(plain, 'tooMany')

// ---- from any process

declare const socket: SocketPid
toSocket(chat, socket).said({ nick: 'me', line: 'hi' })
expectTypeOf(toSockets(chat, new Set([socket])).full(true)).toEqualTypeOf<void>()
toGroup(chat, 'lobby').cleared()
toGroup(chat, { room: 1 }, 'scope').moved({ x: 1 })
// @ts-expect-error a message to the server
toSocket(chat, socket).say({ line: 'hi' })
// @ts-expect-error line is missing
toSockets(chat, [socket]).said({ nick: 'me' })
// @ts-expect-error a list
toSockets(chat, socket)
// @ts-expect-error no contract
toGroup({ version: 'chat.1' }, 'lobby')

// ---- the client

const client = connect('/chat', { protocol: chat, token: () => 's3cr3t', validateOut: false })
expectTypeOf(connect('/chat')).toEqualTypeOf<Client>()
expectTypeOf(connect('/chat', { resume: true })).toEqualTypeOf<Client>()
expectTypeOf(client).toExtend<ProtocolClient<typeof chat>>()
// @ts-expect-error no contract
connect('/chat', { protocol: { version: 'chat.1', toServer: {}, toClient: {} } })
// @ts-expect-error codecs are of contracts
connect('/chat', { codecs: [] })
// @ts-expect-error no such option
connect('/chat', { protocol: chat, reconnect: true })
const options: ProtocolClientOptions<any> = { protocol: chat }
connect('/chat', options)

expectTypeOf(client.send.say({ line: 'hi' })).toEqualTypeOf<boolean>()
client.send.at({ when: '2026-01-01', size: 'long' })
client.send.move({ x: 1 })
client.send.paint({ colour: 'red' })
client.send.clear()
// @ts-expect-error a message to the client
client.send.said({ nick: 'me', line: 'hi' })
// @ts-expect-error no such field
client.send.say({ text: 'hi' })
// @ts-expect-error what the schema makes of it is not what it takes
client.send.at({ when: new Date(), size: 4 })
// @ts-expect-error no such colour
client.send.paint({ colour: 'blue' })
// @ts-expect-error valibot: x is missing
client.send.move({ y: 1 })
// @ts-expect-error a message is given
client.send.say()
// @ts-expect-error nothing is given
client.send.clear('all')
// @ts-expect-error by name
client.send('hi')

export const lines: string[] = await client.call.history({ last: 10 })
await client.call.history({}, { timeoutMs: 100 })
expectTypeOf(await client.call.area({ side: 2 })).toEqualTypeOf<{ area: number }>()
expectTypeOf(client.call.count()).toEqualTypeOf<Promise<number>>()
await client.call.count(undefined, { timeoutMs: 'infinity' })
// @ts-expect-error a call to the client
await client.call.areYouThere({ who: 'me' })
// @ts-expect-error no message
await client.call.say({ line: 'hi' })
// @ts-expect-error a number
await client.call.history({ last: '10' })
// @ts-expect-error no such option
await client.call.history({ last: 10 }, { timeout: 100 })
// @ts-expect-error the reply is a list
export const line: string = await client.call.history({ last: 10 })

const stop = client.on.said((message) => {
  expectTypeOf(message).toEqualTypeOf<{ nick: string; line: string; loud: boolean }>()
})
expectTypeOf(stop).toEqualTypeOf<() => void>()
client.on.full((isFull) => expectTypeOf(isFull).toEqualTypeOf<boolean>())
client.on.cleared(() => undefined)
// @ts-expect-error a message to the server
client.on.say(() => undefined)
// @ts-expect-error no such field
client.on.said(({ text: said }) => said)
// @ts-expect-error a function
client.on.said('line')

expectTypeOf(client.answer.ping(() => 7)).toEqualTypeOf<() => void>()
client.answer.ping(async () => 7)
client.answer.areYouThere(({ who }) => (who === 'me' ? 'yes' : 'no'))
client.answer.areYouThere(async ({ who }, fail) => {
  if (who === '') fail('busy', 'later')
  return who === 'me' ? 'yes' : 'no'
})
client.answer.areYouThere((_request, fail) => fail('away'))
// @ts-expect-error a call to the server
client.answer.history(() => [])
// @ts-expect-error yes or no
client.answer.areYouThere(() => true)
// @ts-expect-error no such error
client.answer.areYouThere((_request, fail) => fail('gone'))
// @ts-expect-error its data is missing
client.answer.areYouThere((_request, fail) => fail('busy'))
// @ts-expect-error nothing comes with it
client.answer.areYouThere((_request, fail) => fail('away', 'far'))
// @ts-expect-error this call has no errors
client.answer.ping((_request, fail) => fail('busy', 'later'))

client.onopen = ({ resumed }) => expectTypeOf(resumed).toEqualTypeOf<'new' | 'resumed' | 'gap'>()
client.onclose = ({ code }) => expectTypeOf(code).toEqualTypeOf<number>()
client.onproblem = ({ saidBy, reason, path }) => {
  expectTypeOf(saidBy).toEqualTypeOf<'client' | 'server'>()
  expectTypeOf(reason).toExtend<ProtocolErrorReason>()
  expectTypeOf(path).toEqualTypeOf<readonly (string | number)[] | undefined>()
}
// @ts-expect-error listeners are by name
client.onmessage = () => undefined
expectTypeOf(client.close(4000, 'bye')).toEqualTypeOf<void>()

// ---- errors of calls

export async function last(): Promise<readonly string[]> {
  try {
    return await client.call.history({ last: 1000 })
  } catch (error) {
    if (isProtocolError(error, chat, 'history')) {
      expectTypeOf(error.error).toEqualTypeOf<'tooMany' | 'closed' | 'late'>()
      if (error.error === 'tooMany') expectTypeOf(error.data).toEqualTypeOf<{ max: number }>()
      if (error.error === 'closed') expectTypeOf(error.data).toEqualTypeOf<undefined>()
      // what is given as a string comes as a number
      if (error.error === 'late') expectTypeOf(error.data).toEqualTypeOf<number>()
      // @ts-expect-error no such error
      if (error.error === 'tooFew') return []
    }
    if (isProtocolError(error, chat, 'areYouThere')) expectTypeOf(error.error).toEqualTypeOf<'busy' | 'away'>()
    // @ts-expect-error no such call
    if (isProtocolError(error, chat, 'said')) return []
    if (error instanceof ProtocolError) expectTypeOf(error.reason).toEqualTypeOf<ProtocolErrorReason>()
    return []
  }
}
expectTypeOf<ContractError<typeof chat, 'count'>>().toEqualTypeOf<never>()
expectTypeOf<ContractError<typeof chat, 'areYouThere'>>().toEqualTypeOf<
  { readonly error: 'busy'; readonly data: string } | { readonly error: 'away'; readonly data: undefined }
>()

// ---- what an editor shows: plain functions

type Shown = ProtocolSelf<typeof chat>
expectTypeOf<Shown['push']['full']>().toEqualTypeOf<(message: boolean) => void>()
expectTypeOf<Shown['push']['cleared']>().toEqualTypeOf<(message?: undefined) => void>()
expectTypeOf<Shown['push']['said']>().toEqualTypeOf<
  (message: { nick: string; line: string; loud?: boolean | undefined }) => void
>()
expectTypeOf(client.call.history).toEqualTypeOf<
  (request: { last?: number | undefined }, options?: ProtocolCallOptions) => Promise<string[]>
>()
expectTypeOf(client.on.full).toEqualTypeOf<(listener: (message: boolean) => void) => () => void>()

// ---- schemas of each library alone, and one of one's own

const each = defineProtocol({
  version: 'each.1',
  toServer: { messages: { zod: z.string().transform(Number), valibot: v.string(), ark: type('string.numeric.parse'), own } },
  toClient: {},
})
expectTypeOf<EventToServer<typeof each>>().toEqualTypeOf<
  | { readonly type: 'zod'; readonly data: number }
  | { readonly type: 'valibot'; readonly data: string }
  | { readonly type: 'ark'; readonly data: number }
  | { readonly type: 'own'; readonly data: number }
>()
const eachClient = connect('/each', { protocol: each })
for (const send of [eachClient.send.zod, eachClient.send.valibot, eachClient.send.ark, eachClient.send.own])
  expectTypeOf(send).toEqualTypeOf<(message: string) => boolean>()

// ---- the types by themselves

type Shape = { calls: { double: { request: StandardSchema<number>; reply: StandardSchema<number> } } }
export const callers: Callers<Shape> = { double: async (n) => 2 * n }
export const senders: Senders<{ messages: { say: StandardSchema<string> } }, boolean> = { say: (said) => said !== '' }
export const schema: CallSchema = chat.toServer.calls.history

// ---- the sample of the design

export const chatProtocol = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }) },
    calls: { history: { request: z.object({ last: z.number() }), reply: z.array(z.string()), errors: { tooMany: z.number() } } },
  },
  toClient: {
    messages: { said: z.object({ nick: z.string(), line: z.string() }) },
    calls: { areYouThere: { request: z.object({}), reply: z.boolean() } },
  },
})
export const sample = protocolHandler<State, { type: 'idle' }>()(
  chatProtocol,
  {
    init: () => ['ok', { lines: [], mode: 'quiet' }],
    on: {
      async say({ line }, state, self) {
        self.push.said({ nick: 'me', line })
        if (!(await self.call.areYouThere({}))) return ['stop', 'normal', state]
        return ['ok', { lines: [...state.lines, line], mode: 'loud' }]
      },
    },
    calls: {
      history: ({ last }, _from, state) =>
        last > 100 ? ['error', 'tooMany', 100, state] : ['reply', state.lines.slice(-last), state],
    },
    info: (_idle, state) => ['ok', { ...state, mode: 'quiet' }],
  },
  { onBadFrame: { closeAfter: 3 } },
)
route('/chat', sample)

protocolHandler<State>()(chatProtocol, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  // @ts-expect-error say is missing
  on: {},
  calls: {
    // @ts-expect-error wrong reply
    history: (_request, _from, state) => ['reply', 7, state],
  },
})
protocolHandler<State>()(chatProtocol, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    say(_message, state, self) {
      // @ts-expect-error no such message to the client
      self.push.sayed({ nick: 'me', line: 'x' })
      // @ts-expect-error line is missing
      self.push.said({ nick: 'me' })
      return ['ok', state]
    },
  },
  calls: {
    // @ts-expect-error no such error
    history: (_request, _from, state) => ['error', 'tooFew', 1, state],
  },
})
