// Several versions of a contract at one path: each client gets the handler of the version that it speaks. Entered by users; calls the
// handlers that protocolHandler has made.
import { BadArgError } from '../../base/errors.js'
import type { AnySocketHandler, SocketHandler, SocketSelf } from '../../sockets/handler.js'
import type { Codec } from '../../wire/codec.js'
import { agree, type Agreed, notSpoken, offeredBy } from './agreed.js'
import { kPlan } from './handler.js'
import type { Plan } from './plan.js'
import type { ProtocolHandler } from './types.js'

const kChosen = Symbol('chosen')
interface Chosen {
  [kChosen]?: AnySocketHandler
}
interface Version {
  readonly handler: AnySocketHandler
  readonly plan: Plan
}

/**
 * Makes one handler of several that speak different versions: each client gets the one of the version that it offers. For a
 * deployment, while pages of the version before are still open.
 *
 * @param handlers - what `protocolHandler` has answered, the newest first: the first that a client offers is taken; the options
 * of the routes are those of the first, and so is its `coalesce`, which sees the messages of the others too
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - none, one is not of `protocolHandler`, or two speak the same version in the
 * same codec
 * @example
 * const v1 = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } })
 * const line = z.object({ text: z.string() })
 * const v2 = defineProtocol({ version: 'news.2', toServer: {}, toClient: { messages: { line } } })
 * const one = protocolHandler<null>()(v1, { init: () => ['ok', null] })
 * const two = protocolHandler<null>()(v2, { init: () => ['ok', null] })
 * route('/news', protocolVersions(two, one)).path // => '/news'
 * @see RFC 6455 section 1.9, "Subprotocols Using the WebSocket Protocol"
 */
export function protocolVersions<M, A>(...handlers: readonly ProtocolHandler<any, M, A>[]): SocketHandler<unknown, M, {}, A> {
  const versions = handlers.map(versionOf)
  const spoken = new Map<string, Version & { readonly codec: Codec }>()
  for (const version of versions) {
    for (const [subprotocol, codec] of version.plan.codecs) {
      if (spoken.has(subprotocol)) throw new BadArgError('protocolVersions: handlers', 'of different versions', subprotocol)
      spoken.set(subprotocol, { ...version, codec })
    }
  }
  const [newest] = versions
  if (newest === undefined)
    throw new BadArgError('protocolVersions: handlers', 'at least one handler of protocolHandler', handlers)
  const codecs = new Map([...spoken].map(([subprotocol, { codec }]) => [subprotocol, codec]))
  const handler: AnySocketHandler = {
    upgrade: (request, _self, _params, transport) => agree(codecs, offeredBy(request, transport)),
    init(args, self) {
      const { offered, codec } = args.seed as Agreed
      const chosen = spoken.get(args.subprotocol ?? '')
      if (chosen === undefined || codec === undefined) {
        newest.plan.counters.refusedVersions++
        return ['push', notSpoken(spoken, offered), undefined]
      }
      ;(self as Chosen)[kChosen] = chosen.handler
      return chosen.handler.init(args, self)
    },
    handle: (frame, state, self) => (chosenOf(self) as AnySocketHandler).handle(frame, state, self),
    info: (message, state, self) => chosenOf(self)?.info?.(message, state, self) ?? ['ok', state],
    terminate: (reason, state, self) => chosenOf(self)?.terminate?.(reason, state, self),
    ...(versions.every((version) => version.handler.event === undefined)
      ? {}
      : { event: (event, state, self) => chosenOf(self)?.event?.(event, state, self) ?? ['ok', state] }),
    defaults: newest.plan.defaults,
  }
  return handler as SocketHandler<unknown, M, {}, A>
}

function versionOf(handler: ProtocolHandler<any, any, any>): Version {
  const plan = (handler as { readonly [kPlan]?: Plan } | undefined)?.[kPlan]
  if (plan === undefined) throw new BadArgError('protocolVersions: handlers', 'what protocolHandler answers', handler)
  return { handler, plan }
}
function chosenOf(self: SocketSelf): AnySocketHandler | undefined {
  return (self as Chosen)[kChosen]
}
