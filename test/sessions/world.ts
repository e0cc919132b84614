// Sessions on a test node: a browser that keeps cookies, and stores that count, fail or wait.
import type { Node } from 'gensock'
import { defineHandler } from 'gensock/socket'
import {
  memoryStore,
  type SessionCookies,
  type SessionOptions,
  type SessionRecord,
  type Sessions,
  type SessionStore,
  startSessions,
  type Visit,
} from 'gensock/session'
import type { TestNode } from 'gensock/testing'

/** Does nothing with what comes: pages push, tests look. */
export const silent = defineHandler({ init: () => ['ok', null], handle: (_frame, state) => ['ok', state] })

export const SECRET = 'a secret for tests only'
export function begin(node: Node, options: SessionOptions = {}): Promise<Sessions> {
  return startSessions({ node, secret: SECRET, ...options })
}

/** Keeps cookies as a browser does, without paths and dates. */
export class Browser {
  readonly cookies: { z_sid?: string; z_pid?: string } = {}

  take(lines: readonly string[]): this {
    for (const line of lines) {
      const [, name, value] = /^(z_sid|z_pid)=([^;]*)/.exec(line) as unknown as [string, 'z_sid' | 'z_pid', string]
      if (/; Max-Age=0\b/.test(line)) delete this.cookies[name]
      else this.cookies[name] = value
    }
    return this
  }
  async visit(sessions: Sessions): Promise<Visit> {
    const visit = await sessions.ensure(this.cookies, { secure: true })
    this.take(visit.cookies)
    return visit
  }
}
export const only = (cookies: SessionCookies, ...names: readonly (keyof SessionCookies)[]): SessionCookies =>
  Object.fromEntries(names.map((name) => [name, cookies[name]]))

/** The frames that a socket got, as text. */
export const texts = (socket: { readonly sent: readonly (readonly unknown[])[] }): unknown[] =>
  socket.sent.map(([kind, data]) => (kind === 'text' ? data : [kind, data]))

/** A store in memory that records its calls, and answers as it is told. */
export class SpyStore implements SessionStore {
  readonly calls: string[] = []
  readonly records = new Map<string, SessionRecord>()
  /** What is asked fails while this is set. */
  failing: Error | undefined = undefined
  /** Answers wait until `release`, while true. */
  isSlow = false
  readonly #waiting: (() => void)[] = []

  readonly load = (key: string): any => this.#do('load', () => this.records.get(key))
  readonly save = (key: string, record: SessionRecord): any => this.#do('save', () => void this.records.set(key, record))
  readonly remove = (key: string): any => this.#do('remove', () => void this.records.delete(key))

  get waiting(): number {
    return this.#waiting.length
  }
  release(): void {
    for (const answer of this.#waiting.splice(0)) answer()
  }
  /** One of those that wait, to be released alone. */
  take(index: number): () => void {
    return this.#waiting.splice(index, 1)[0] as () => void
  }
  #do<T>(call: string, act: () => T): T | Promise<T> {
    this.calls.push(call)
    const { failing } = this
    if (!this.isSlow) {
      if (failing !== undefined) throw failing
      return act()
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => (failing === undefined ? resolve(act()) : reject(failing)))
    })
  }
}

/** Crashes of sessions, pages and visitors are reported: the test says how many it has made. */
export function expectCrashes(node: TestNode, count: number, reason?: Parameters<TestNode['expectCrash']>[0]): void {
  for (let i = 0; i < count; i++) node.expectCrash(reason)
}
export { memoryStore }
