// The context of a request or socket, Zotonic's z_context: what the rule says, what the request asks, whose session and page it
// is, and what handlers put in. One mutable object, in every callback the same. Entered by dispatch, controller and ensure-all;
// calls nobody.
import { BadArgError } from '../../base/errors.js'
import type { PagePid, SessionPid } from '../../sessions/pids.js'
import type { SocketRequest } from '../../sockets/request.js'

/**
 * What handlers and checks of a rule know of a request: the same object in every callback of a socket.
 *
 * @example
 * const greet = (context: Context): string => `${context.get('greeting')} ${context.getQ('name')}`
 * typeof greet // => 'function'
 * @see Zotonic 0.10, `z_context`. Differs: it changes in place, where Erlang's is a value
 */
export interface Context {
  /**
   * What `set` has put under this key, else the option of the rule, `wsHandler` and `ws_handler` alike; undefined if there is
   * neither.
   */
  get(key: string): unknown
  /** Puts a value under a key, in place of an option of the rule too. Answers the context itself. */
  set(key: string, value: unknown): Context
  /**
   * A variable of the path, else of the query, decoded. `*` and `star` are what a `'*'` took, `zotonic_dispatch` the rule's
   * name, `zotonic_dispatch_path` the path that was asked for, without its first slash.
   */
  getQ(name: string): string | undefined
  /** The request: path, headers, cookies, and whether it came over TLS. */
  readonly req: SocketRequest
  /** The visitor's session; undefined without one. */
  readonly sessionPid: SessionPid | undefined
  /** The page that the socket is attached to, or that `ensureAll` made; undefined without one. */
  readonly pagePid: PagePid | undefined
  /** The id by which a browser knows that page. A secret of this visitor: never log it. */
  readonly pageId: string | undefined
}

/** What a rule gives to its contexts. */
export interface ContextRule {
  readonly name: string
  /** Options as they were given: Zotonic's by our names, own ones by their key. */
  readonly values: ReadonlyMap<string, unknown>
}

/** Zotonic's names of options whose spelling differs here. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['ws_handler', 'wsHandler'],
  ['require_session', 'requireSession'],
  ['no_session', 'noSession'],
])
/** The one spelling of a key: `ws_handler` is `wsHandler`. */
export function keyOf(key: string): string {
  return NAMES.get(key) ?? key
}

/** Shared by the ESM and the CommonJS copy of the library. */
const kContext = Symbol.for('gensock.zotonicContext')

/** Refuses what is no context of ours, of whichever copy of the library. */
export function requireContext(where: string, value: unknown): asserts value is ZotonicContext {
  const isOurs = typeof value === 'object' && value !== null && (value as { [kContext]?: true })[kContext] === true
  if (!isOurs) throw new BadArgError(`${where}: context`, 'the context of a callback or of ensureAll', typeof value)
}

/** The one implementation of `Context`. Nothing of it is a field: ids and cookies appear in no log and no JSON. */
export class ZotonicContext implements Context {
  readonly #request: SocketRequest
  readonly #params: Readonly<Record<string, string | undefined>>
  readonly #rule: ContextRule | undefined
  readonly #values = new Map<string, unknown>()
  #sessionPid: SessionPid | undefined = undefined
  #page: { readonly id: string; readonly pid: PagePid } | undefined = undefined

  /** `params`: what the rule's path spec has taken of the path. Without a rule: a page that no rule serves. */
  constructor(request: SocketRequest, params: object = {}, rule?: ContextRule) {
    this.#request = request
    this.#params = params as Record<string, string>
    this.#rule = rule
  }

  get [kContext](): true {
    return true
  }
  get req(): SocketRequest {
    return this.#request
  }
  get sessionPid(): SessionPid | undefined {
    return this.#sessionPid
  }
  get pagePid(): PagePid | undefined {
    return this.#page?.pid
  }
  get pageId(): string | undefined {
    return this.#page?.id
  }

  get(key: string): unknown {
    const own = keyOf(key)
    return this.#values.has(own) ? this.#values.get(own) : this.#rule?.values.get(own)
  }
  set(key: string, value: unknown): this {
    if (typeof key !== 'string') throw new BadArgError('context.set: key', 'a string', key)
    this.#values.set(keyOf(key), value)
    return this
  }
  getQ(name: string): string | undefined {
    if (name === 'zotonic_dispatch') return this.#rule?.name
    if (name === 'zotonic_dispatch_path')
      return this.#request.path
        .split('/')
        .filter((segment) => segment !== '')
        .join('/')
    const variable = name === 'star' && !Object.hasOwn(this.#params, 'star') ? '*' : name
    if (Object.hasOwn(this.#params, variable)) return this.#params[variable]
    return this.#request.query.get(name) ?? undefined
  }

  /** Whose session it is from now on; undefined: nobody's. @internal */
  _setSession(pid: SessionPid | undefined): void {
    this.#sessionPid = pid
  }
  /** Which page it is from now on. @internal */
  _setPage(page: { readonly id: string; readonly pid: PagePid } | undefined): void {
    this.#page = page
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const facts = [
      ...(this.#rule === undefined ? [] : [`rule: ${JSON.stringify(this.#rule.name)}`]),
      ...(this.#sessionPid === undefined ? [] : ['a session']),
      ...(this.#page === undefined ? [] : ['a page']),
    ]
    return facts.length === 0 ? 'Context {}' : `Context { ${facts.join(', ')} }`
  }
}
