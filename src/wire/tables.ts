// A side of a contract for the runtime: schemas by name, and the methods that send. Made once for each contract. Pure. Entered by
// contract, and by both ends.
import type { CallSchema, Side } from './contract-types.js'
import { type AnySchema, isSchema } from './standard-schema.js'
import { IS_TOKEN } from './token.js'

/** What the methods do. On the server that is the peer itself, so that a socket needs no closures for it. */
export interface Says {
  say(name: string, schema: AnySchema, message: unknown): unknown
}
export interface Asks {
  ask(name: string, call: CallSchema, request: unknown, options: unknown): unknown
}
type Made<U> = new (user: U) => object

/** One side of a contract. */
export class Table {
  readonly messages: ReadonlyMap<string, AnySchema>
  readonly calls: ReadonlyMap<string, CallSchema>
  /** A class with a method for each message: what it does is up to its user, so that a socket costs one small object. */
  readonly Messages: Made<Says>
  readonly Calls: Made<Asks>

  constructor(where: string, side: Side) {
    must(isObject(side), `${where} must be an object with messages and calls`)
    knows(where, side, ['messages', 'calls'])
    this.messages = new Map(Object.entries(side.messages ?? {}))
    this.calls = new Map(Object.entries(side.calls ?? {}))
    for (const [name, schema] of this.messages) checkSchema(`${where}.messages`, name, schema)
    for (const [name, call] of this.calls) {
      checkCall(`${where}.calls`, name, call)
      must(!this.messages.has(name), `${where}: ${name} is a message and a call`)
    }
    this.Messages = methods(this.messages, (user: Says, name, schema, message) => user.say(name, schema, message))
    this.Calls = methods(this.calls, (user: Asks, name, call, request, options) => user.ask(name, call, request, options))
  }
}

function methods<S, U>(
  named: ReadonlyMap<string, S>,
  use: (user: U, name: string, schema: S, first: unknown, second: unknown) => unknown,
): Made<U> {
  const kUser = Symbol('user')
  class Methods {
    readonly [kUser]: U
    constructor(user: U) {
      this[kUser] = user
    }
  }
  for (const [name, schema] of named) {
    const method = function (this: Methods, first: unknown, second: unknown): unknown {
      return use(this[kUser], name, schema, first, second)
    }
    Object.defineProperty(Methods.prototype, name, { value: method, enumerable: true })
  }
  return Methods
}

/** A name is a property, too: one with a meaning of its own in every object would be a trap. */
const NAME = /^[A-Za-z][\w.:/-]{0,63}$/
const TRAPS = [
  'then',
  'constructor',
  'toString',
  'toLocaleString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
]
const DELIVERIES = ['atMostOnce', 'atLeastOnce']

function checkSchema(where: string, name: string, schema: unknown): void {
  must(
    NAME.test(name) && !TRAPS.includes(name),
    `${where}: a name must begin with a letter, have at most 64 letters, digits and _ . : / - and not be ${TRAPS.join(', ')}, got ${name}`,
  )
  must(isSchema(schema), `${where}.${name} must be a Standard Schema, as those of zod, valibot and arktype`)
}
function checkCall(where: string, name: string, call: unknown): void {
  must(isObject(call), `${where}.${name} must be an object with request and reply`)
  const { request, reply, errors = {}, delivery = 'atMostOnce' } = call as CallSchema
  knows(`${where}.${name}`, call as object, ['request', 'reply', 'errors', 'delivery'])
  checkSchema(where, name, request)
  must(isSchema(reply), `${where}.${name}.reply must be a Standard Schema`)
  must(isObject(errors), `${where}.${name}.errors must be an object: name -> schema`)
  for (const [error, schema] of Object.entries(errors)) checkSchema(`${where}.${name}.errors`, error, schema)
  must(DELIVERIES.includes(delivery), `${where}.${name}.delivery must be of ${DELIVERIES.join(', ')}, got ${delivery}`)
}

/** The version goes on the wire as a subprotocol; behind a plus stands a codec. */
export function checkVersion(version: unknown): void {
  must(
    typeof version === 'string' && IS_TOKEN.test(version) && !version.includes('+') && version.length <= 64,
    `version must be a token of RFC 9110 without +, at most 64 characters, got ${String(version)}`,
  )
}
export function knows(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  must(unknown === undefined, `${where} does not know ${unknown}; it knows ${known.join(', ')}`)
}
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
export function must(isSo: boolean, what: string): void {
  if (!isSo) throw new TypeError(`gensock: ${what}`)
}
