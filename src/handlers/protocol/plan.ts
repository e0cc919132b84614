// A handler of a contract, checked and made ready once for all its sockets. Entered by handler; read by every peer.
import { rejectUnknown, requireBoolean, requireFunction, requireInt, MAX_MS } from '../../base/check.js'
import { BadArgError } from '../../base/errors.js'
import { requireCallbacks } from '../../sockets/callbacks.js'
import type { RouteOptions } from '../../sockets/options.js'
import { areCodecs, type Codec, jsonCodec, subprotocolOf } from '../../wire/codec.js'
import type { Contract } from '../../wire/contract.js'
import type { CallSchema } from '../../wire/contract-types.js'
import { isDevelopment } from '../../wire/development.js'
import type { AnySchema } from '../../wire/standard-schema.js'
import { coalescing, type KeysOf } from './coalesce.js'
import { AnsweredCalls } from './answered-calls.js'
import type { ProtocolOptions } from './types.js'

type Callback = (...given: any[]) => any
/** The callbacks of a user's handler, of which only the runtime knows the types. */
export interface AnyShape {
  readonly init: Callback
  readonly on?: Callback | Readonly<Record<string, Callback>>
  readonly calls?: Readonly<Record<string, Callback>>
  readonly info?: Callback
  readonly event?: Callback
  readonly terminate?: Callback
  readonly coalesce?: KeysOf
  readonly defaults?: object
}
export interface MessageEntry {
  readonly schema: AnySchema
  readonly clause: Callback
}
export interface CallEntry {
  readonly call: CallSchema
  readonly clause: Callback
}

const PARTS = ['init', 'on', 'calls', 'info', 'event', 'terminate', 'coalesce', 'defaults']
const OPTIONS = ['onBadFrame', 'validateIn', 'validateOut', 'codecs', 'answered']
const MAX_ANSWERED = 1000
const KEEP_MS = 600_000

export class Plan {
  readonly contract: Contract
  readonly handler: AnyShape
  readonly messages: ReadonlyMap<string, MessageEntry>
  readonly calls: ReadonlyMap<string, CallEntry>
  readonly onBadFrame: 'answer' | 'drop' | { readonly closeAfter: number }
  readonly validateIn: boolean
  readonly validateOut: boolean
  /** Subprotocol -> codec, the best first. */
  readonly codecs: ReadonlyMap<string, Codec>
  readonly answered: AnsweredCalls
  /** Options that its routes have unless they say otherwise. */
  readonly defaults: Partial<RouteOptions<any>>
  readonly counters = { badFrames: 0, repeatedCalls: 0, refusedVersions: 0 }

  constructor(contract: Contract, handler: AnyShape, options: ProtocolOptions) {
    requireCallbacks('protocolHandler', handler, ['init'], ['info', 'event', 'terminate'])
    rejectUnknown('protocolHandler: handler', handler, PARTS)
    rejectUnknown('protocolHandler', options, OPTIONS)
    const {
      onBadFrame = 'answer',
      validateIn = true,
      validateOut = isDevelopment(),
      codecs = [jsonCodec],
      answered = {},
    } = options
    checkOnBadFrame(onBadFrame)
    requireBoolean('protocolHandler: validateIn', validateIn)
    requireBoolean('protocolHandler: validateOut', validateOut)
    checkCodecs(codecs)
    rejectUnknown('protocolHandler: answered', answered, ['max', 'keepMs'])
    const { max = MAX_ANSWERED, keepMs = KEEP_MS } = answered
    requireInt('protocolHandler: answered.max', max, 1)
    requireInt('protocolHandler: answered.keepMs', keepMs, 1, MAX_MS)
    this.contract = contract
    this.handler = handler
    this.messages = messagesOf(contract, handler)
    this.calls = callsOf(contract, handler)
    this.onBadFrame = onBadFrame
    this.validateIn = validateIn
    this.validateOut = validateOut
    this.codecs = new Map(codecs.map((codec) => [subprotocolOf(contract.version, codec), codec]))
    this.answered = new AnsweredCalls(max, keepMs)
    const onSlowPeer = coalescing(handler.coalesce, [...contract._toClient.messages.keys()], codecs)
    this.defaults = { ...(onSlowPeer === undefined ? {} : { onSlowPeer }), ...handler.defaults }
  }
}

function messagesOf({ _toServer }: Contract, { on = {} }: AnyShape): Map<string, MessageEntry> {
  if (typeof on !== 'function') checkClauses('on', on, [..._toServer.messages.keys()])
  return new Map(
    [..._toServer.messages].map(([name, schema]) => {
      if (typeof on !== 'function') return [name, { schema, clause: on[name] as Callback }]
      return [name, { schema, clause: (message, state, self) => on(eventOf(name, message), state, self) }]
    }),
  )
}
function callsOf({ _toServer }: Contract, { calls = {} }: AnyShape): Map<string, CallEntry> {
  checkClauses('calls', calls, [..._toServer.calls.keys()])
  return new Map([..._toServer.calls].map(([name, call]) => [name, { call, clause: calls[name] as Callback }]))
}
/** The name wins: it is what the contract says. */
function eventOf(name: string, message: unknown): object {
  const isFields = typeof message === 'object' && message !== null && !Array.isArray(message) && !ArrayBuffer.isView(message)
  return isFields ? { ...message, type: name } : { type: name, data: message }
}

/** Each name of the contract has its clause, and no other. */
function checkClauses(what: string, clauses: object, names: readonly string[]): void {
  rejectUnknown(`protocolHandler: ${what}`, clauses, names)
  for (const name of names) requireFunction(`protocolHandler: ${what}.${name}`, (clauses as Record<string, unknown>)[name])
}
function checkOnBadFrame(given: unknown): void {
  if (given === 'answer' || given === 'drop') return
  if (typeof given !== 'object' || given === null)
    throw new BadArgError('protocolHandler: onBadFrame', "'answer', 'drop' or { closeAfter }", given)
  rejectUnknown('protocolHandler: onBadFrame', given, ['closeAfter'])
  requireInt('protocolHandler: onBadFrame.closeAfter', (given as { closeAfter?: unknown }).closeAfter, 1)
}
function checkCodecs(codecs: unknown): void {
  const allowed = 'a list of codecs: { name, encode, decode }, no name twice'
  if (!areCodecs(codecs)) throw new BadArgError('protocolHandler: codecs', allowed, codecs)
}
