// One process that is request and connection at once: a WebSocket, or a plain request that carries a connection as in Bullet.
// Entered by bullet; calls the handler.
import { isExitSignal } from '../../base/exit-reason.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { attempt, mapped } from '../../sockets/callbacks.js'
import type { Frame } from '../../sockets/frames.js'
import type { Result, SocketSelf } from '../../sockets/handler.js'
import { CowboyReq, type Req } from '../../sockets/req.js'
import { accept, reject, type SocketRequest, type Upgrade } from '../../sockets/request.js'
import { INTERNAL_ERROR, NORMAL } from '../../wire/close-codes.js'
import { saidBy, saidByInit } from './results.js'
import type { BulletTransport, Parts } from './types.js'

/** What carries the connection: a WebSocket, or one request. */
export type Carrier = 'ws' | 'sse' | 'poll' | 'post'
/** What `init` hears of it: how many replies it takes. */
const ACTIVE = { ws: true, sse: true, poll: 'once', post: false } as const

/** The socket's state: the request beside the handler's own. */
export interface Alone {
  readonly carrier: Carrier
  readonly req: Req
  readonly state: unknown
}

/** How a request came, in Cowboy's words. */
export function transportOf({ secure }: SocketRequest, carrier: Carrier): BulletTransport {
  const name = secure ? 'ssl' : 'tcp'
  return carrier === 'ws' ? name : [name, 'http']
}

/** `init`, before the peer is let in. A POST takes as long as the handler does: nothing more can come from its peer. */
export function upgradeAlone(
  { handler, opts }: Parts,
  carrier: Carrier,
  request: SocketRequest,
  self: SocketSelf,
  params: object,
): MaybePromise<Upgrade> {
  const given = new CowboyReq(request)._opened(false, params)
  const answer = handler.init(transportOf(request, carrier), given, opts, ACTIVE[carrier], self)
  return mapped(answer, (settled): MaybePromise<Upgrade> => {
    const { tag, req, state } = saidByInit(settled)
    if (tag === 'ok') return accept({ carrier, req, state }, req._accept(carrier === 'post' ? { idleTimeoutMs: 0 } : undefined))
    if (carrier === 'ws') return reject(...req._refusal(400))
    return mapped(
      self.run(() => handler.terminate(req, state, self)),
      () => reject(...req._refusal(204)),
    )
  })
}

/** A frame of the peer: a text, as everything else does not come to the handler. */
export function streamAlone(
  { handler }: Parts,
  [kind, data]: Frame,
  alone: Alone,
  self: SocketSelf,
): MaybePromise<Result<Alone>> {
  if (kind === 'binary') return ['ok', alone]
  return answered(() => handler.stream(data, alone.req, alone.state, self), 'stream', alone, self)
}

/** A message of a process or timer. As in Bullet, the process of a POST is not there to get any. */
export function infoAlone({ handler }: Parts, message: unknown, alone: Alone, self: SocketSelf): MaybePromise<Result<Alone>> {
  if (alone.carrier === 'post') return ['ok', alone]
  return answered(() => handler.info(message, alone.req, alone.state, self), 'info', alone, self)
}

function answered(
  call: () => unknown,
  callback: 'stream' | 'info',
  { carrier }: Alone,
  self: SocketSelf,
): MaybePromise<Result<Alone>> {
  return attempt(
    () => mapped(call(), (answer) => resultOf(carrier, callback, answer)),
    (thrown) => {
      // For the peer `exit` is a crash as well, whatever its reason: as in Cowboy, on which Bullet stands.
      if (isExitSignal(thrown)) self.push(['close', INTERNAL_ERROR])
      throw thrown
    },
  )
}

/** A poll takes one reply, a POST what its one callback has answered. */
function resultOf(carrier: Carrier, callback: 'stream' | 'info', answer: unknown): Result<Alone> {
  const { tag, data, req, state } = saidBy(callback, answer, carrier !== 'post')
  const after: Alone = { carrier, req, state }
  const isLast = tag === 'shutdown' || carrier === 'post' || (carrier === 'poll' && data !== undefined)
  if (data === undefined) return isLast ? ['stop', 'normal', after] : ['ok', after]
  return [
    'push',
    isLast
      ? [
          ['text', data],
          ['close', NORMAL],
        ]
      : ['text', data],
    after,
  ]
}
