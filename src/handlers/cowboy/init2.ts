// The handshake of 2.0.0-pre.1 and 2.x: init/2 upgrades or answers by itself, before the 101, in the socket's process.
// A crash is a 500, and `terminate` hears it with the route's options as state. Entered by cowboy20pre and cowboy2.
import { BadReturnError } from '../../base/errors.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { attempt, mapped } from '../../sockets/callbacks.js'
import type { SocketSelf } from '../../sockets/handler.js'
import { CowboyReq, isReq } from '../../sockets/req.js'
import { accept, reject, type SocketRequest, type Upgrade, type UpgradeOptions } from '../../sockets/request.js'
import type { Cause } from '../../sockets/reason08.js'
import type { Both } from './loop.js'
import { causeOfThrown } from './reasons.js'

/** What a generation gives to the handshake. */
export interface Init2 {
  readonly init: (req: CowboyReq, opts: any, self: SocketSelf) => unknown
  /** `normal` is the end of a request that was answered without an upgrade. */
  readonly terminate: (cause: Cause | 'normal', req: unknown, state: unknown, self: SocketSelf) => unknown
  /** Reads what stands behind the state: the socket's options, and what is kept of the request. Undefined if it is wrong. */
  readonly accepts: (answer: readonly unknown[]) => { readonly req: unknown; readonly options?: UpgradeOptions } | undefined
  /** What `init` may answer, in words. */
  readonly allowed: string
}
/** An answer without a reply of its own: nothing to say. */
const NO_CONTENT = 204

type Decided = { readonly upgrade: Upgrade } | { readonly refuse: CowboyReq; readonly state: unknown }

export function upgrade2(
  parts: Init2,
  opts: unknown,
  request: SocketRequest,
  self: SocketSelf,
  params: object,
): MaybePromise<Upgrade> {
  const req = new CowboyReq(request)._opened(false, params)
  const decided = attempt(
    () => mapped(parts.init(req, opts, self), (answer) => decide(parts, answer)),
    (thrown): MaybePromise<Decided> =>
      mapped(parts.terminate(causeOfThrown(thrown), req, opts, self), () => {
        throw thrown
      }),
  )
  return mapped(decided, (decision) => {
    if ('upgrade' in decision) return decision.upgrade
    const { refuse, state } = decision
    return mapped(parts.terminate('normal', refuse, state, self), () => reject(...refuse._refusal(NO_CONTENT)))
  })
}

function decide({ accepts, allowed }: Init2, answer: unknown): Decided {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  const [tag, req, state] = given
  if (isReq(req) && given.length > 2) {
    if (tag === 'ok' && given.length === 3) return { refuse: req, state }
    const accepted = tag === 'cowboy_websocket' ? accepts(given) : undefined
    if (accepted !== undefined) {
      const both: Both = { req: accepted.req, state }
      return { upgrade: accept(both, req._accept(accepted.options)) }
    }
  }
  throw new BadReturnError('init', `${allowed} or ['ok', req, state]`, answer)
}
