// What the compiler says of handlers, routes and sockets. Checked by tsc, never run.
import { genServer, pg } from 'gensock'
import {
  accept,
  broadcast,
  broadcastToGroup,
  type CallClauses,
  defineHandler,
  type InitArgs,
  type Listener,
  listen,
  listenerChild,
  pushTo,
  reject,
  route,
  type SocketEvent,
  type SocketHandler,
  type SocketPid,
  text,
} from 'gensock/socket'
import { expectTypeOf } from 'expect-type'

type State = { readonly n: number; readonly phase: 'new' | 'busy' }
type Tick = { readonly type: 'tick' }
type Calls = { add(fields: { by: number }): number; later(): 'done' }
type User = { readonly user: string }

export const room: SocketHandler<State, Tick, Calls, InitArgs<{ room: string }, User>> = {
  init({ params, claims }, self) {
    self.sendAfter(1, { type: 'tick' })
    // @ts-expect-error - not a message of this handler
    self.sendAfter(1, { type: 'tock' })
    // @ts-expect-error - not a variable of the path
    void params.id
    return ['push', text(`${claims.user} in ${params.room}`), { n: 0, phase: 'new' }]
  },
  handle: (frame, state) => ['push', [frame, ['setOptions', { expiresAt: 1, claims: 'x' }]], { ...state, phase: 'busy' }],
  info: (_tick, state) => ['ok', state],
  event(event, state) {
    if (event.type === 'lowWater') expectTypeOf(event.dropped).toEqualTypeOf<number>()
    if (event.type === 'rateExceeded') expectTypeOf(event.limit).toEqualTypeOf<'messages' | 'bytes'>()
    return ['ok', state]
  },
  call: {
    add: ({ by }, _from, state) => ['reply', state.n + by, state],
    later: (_request, _from, state) => ['noreply', state],
  },
}
export const badState: SocketHandler<State> = {
  // @ts-expect-error - 'full' is no phase
  init: () => ['ok', { n: 0, phase: 'full' }],
  handle: (_frame, state) => ['ok', state],
}
// @ts-expect-error - a reply of the wrong type
export const badReply: CallClauses<State, Calls>['add'] = (_request, _from, state) => ['reply', 'one', state]
export const badOption: SocketHandler<number> = {
  init: () => ['ok', 0],
  // @ts-expect-error - setOptions knows no such key
  handle: (_frame, n) => ['push', ['setOptions', { idle: 1 }], n],
}
expectTypeOf<SocketEvent['type']>().toEqualTypeOf<
  'ping' | 'pong' | 'highWater' | 'lowWater' | 'rateExceeded' | 'claimsExpiring' | 'attached' | 'detached'
>()

// ---- routes: the path and authorize must fit what init asks for
const authorize = (): ReturnType<typeof accept<User>> => accept({ user: 'u' }, { expiresAt: 0, subprotocol: 'v1' })
export const good = route('/rooms/:room', room, { authorize })
// @ts-expect-error - the path has no variable `room`
export const noVariable = route('/rooms/:id', room, { authorize })
// @ts-expect-error - authorize is required: init asks for claims
export const noAuthorize = route('/rooms/:room', room)
// @ts-expect-error - authorize accepts other claims
export const otherClaims = route('/rooms/:room', room, { authorize: () => accept({ name: 'u' }) })
export const mayReject = route('/rooms/:room', room, {
  authorize: async () => (Date.now() > 0 ? accept({ user: 'u' }) : reject(401)),
})

const echo = defineHandler({ init: () => ['ok', 0], handle: (frame, n: number) => ['push', frame, n + 1] })
route('/ws', echo, {
  onSlowPeer: { coalesce: ([, data]) => String(data) },
  rate: { messages: { perSecond: 10, burst: 20 }, bytes: { perSecond: 1e6 } },
  compress: { serverNoContextTakeover: true, clientMaxWindowBits: 10 },
  origins: ['same', 'https://app.example'],
})
// @ts-expect-error - no such policy
route('/ws', echo, { onSlowPeer: 'drop' })
// @ts-expect-error - a bucket needs its rate
route('/ws', echo, { rate: { messages: { burst: 1 } } })
// @ts-expect-error - no such option
route('/ws', echo, { idleTimeout: 1 })

// ---- sockets from outside
declare const pid: SocketPid<Calls, Tick>
expectTypeOf(genServer.call(pid, { type: 'add', by: 2 })).toEqualTypeOf<Promise<number>>()
expectTypeOf(genServer.call(pid, { type: 'later' })).toEqualTypeOf<Promise<'done'>>()
// @ts-expect-error - no such call
await genServer.call(pid, { type: 'sub', by: 2 })
// @ts-expect-error - a field is missing
await genServer.call(pid, { type: 'add' })
pushTo(pid, [text('a'), ['close', 4000, 'bye']])
broadcast([pid], text('a'))
// @ts-expect-error - a command is no frame
broadcast([pid], ['active', false])
broadcastToGroup('lobby', text('a'))
broadcastToGroup({ any: 'value' }, text('a'), 'scope')
pg.join('lobby', pid)

declare const anySocket: SocketPid
expectTypeOf(genServer.call(anySocket, { type: 'add', by: 2 })).resolves.toBeAny()

// ---- listeners
declare const listener: Listener
expectTypeOf(listener.ready).toEqualTypeOf<boolean>()
expectTypeOf(listener.counters().refused.origin).toEqualTypeOf<number | undefined>()
// @ts-expect-error - no such reason
void listener.counters().refused.weather
listenerChild('web', () => listen({ port: 0, routes: [good], trustProxy: ['10.0.0.0/8'], drainMs: 1 }))
// @ts-expect-error - a listener is needed
listenerChild('web', () => 1)
