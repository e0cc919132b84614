// protocolHandler: a contract and its callbacks as a SocketHandler. Entered by users; calls plan once, and a peer for each socket.
import { BadArgError } from '../../base/errors.js'
import { mapped } from '../../sockets/callbacks.js'
import type { InitArgs, SocketHandler } from '../../sockets/handler.js'
import type { HandlerSelf } from '../../sockets/self.js'
import { isContract } from '../../wire/contract.js'
import type { Protocol, ProtocolShape } from '../../wire/contract-types.js'
import { agree, type Agreed, notSpoken, offeredBy } from './agreed.js'
import { Peer, peerAt, RunAgain } from './peer.js'
import { type AnyShape, Plan } from './plan.js'
import type { ProtocolHandler, ProtocolHandlerShape, ProtocolOptions } from './types.js'

/** Of a handler what it was made of: for protocolVersions. */
export const kPlan = Symbol.for('gensock.protocolPlan')

/**
 * Makes a SocketHandler of a contract and a callback for each of its messages and calls. A frame is decoded and checked before
 * its callback sees it; what does not fit is answered with what was expected. State and messages of processes are named once,
 * all else follows from the contract: `protocolHandler<State, Message>()(protocol, handler, options)`.
 *
 * @returns a function of the contract, the handler and options (default none); it answers the handler for `route`. It throws
 * `GensockError`: `GENSOCK_ERR_BADARG` - no contract, a callback is missing, a bad option; `GENSOCK_ERR_UNKNOWN_OPTION` -
 * a callback or an option that there is not
 * @example
 * const chat = defineProtocol({
 *   version: 'chat.1',
 *   toServer: { messages: { say: z.object({ line: z.string() }) } },
 *   toClient: { messages: { said: z.object({ line: z.string() }) } },
 * })
 * const handler = protocolHandler<number>()(chat, {
 *   init: () => ['ok', 0],
 *   on: {
 *     say({ line }, count, self) {
 *       self.push.said({ line })
 *       return ['ok', count + 1]
 *     },
 *   },
 * })
 * const socket = fakeTransport(node, handler, { request: { headers: { 'sec-websocket-protocol': 'chat.1' } } })
 * socket.send('["say",{"line":"hi"}]')
 * await node.settle()
 * socket.sent // => [['text', '["said",{"line":"hi"}]']]
 * @see RFC 6455 section 1.9, "Subprotocols Using the WebSocket Protocol"; docs/protocol.md
 */
export function protocolHandler<State, Message = never>(): <P extends ProtocolShape, Args = InitArgs>(
  protocol: Protocol<P>,
  handler: ProtocolHandlerShape<P, State, Message, Args>,
  options?: ProtocolOptions,
) => ProtocolHandler<State, Message, Args> {
  return (protocol, handler, options = {}) => {
    if (!isContract(protocol)) throw new BadArgError('protocolHandler: protocol', 'what defineProtocol answers', protocol)
    return made(new Plan(protocol, handler as unknown as AnyShape, options)) as ProtocolHandler<any, any, any>
  }
}

function made(plan: Plan): ProtocolHandler<unknown, any, any> {
  const { handler: own } = plan
  const handler: SocketHandler<unknown, any, {}, InitArgs> = {
    upgrade: (request, _self, _params, transport) => agree(plan.codecs, offeredBy(request, transport)),
    init(args, self) {
      const { codec, offered } = args.seed as Agreed
      if (codec === undefined) {
        plan.counters.refusedVersions++
        return ['push', notSpoken(plan.codecs, offered), undefined]
      }
      Peer.begin(plan, codec, self as unknown as HandlerSelf)
      return own.init(args, self)
    },
    handle: (frame, state, self) => (peerAt(self) as Peer).frame(frame, state),
    info(message, state, self) {
      if (message instanceof RunAgain) return (peerAt(self) as Peer).again(message, state)
      return own.info === undefined ? ['ok', state] : own.info(message, state, self)
    },
    ...(own.event === undefined ? {} : { event: (event, state, self) => own.event?.(event, state, self) }),
    terminate(reason, state, self) {
      const ended = peerAt(self)
      // A client of another version has never been in.
      if (ended === undefined) return undefined
      return mapped(own.terminate?.(reason, state, self), () => ended.end())
    },
    defaults: plan.defaults,
  }
  const counted = { ...handler, counters: () => ({ ...plan.counters }), [kPlan]: plan }
  return counted
}
