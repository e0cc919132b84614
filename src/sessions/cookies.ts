// The cookies z_sid and z_pid: their Set-Cookie lines, and what they say when they come back. Entered by sessions.
import { stringifySetCookie } from 'cookie'
import { BadArgError } from '../base/errors.js'
import type { SessionLimits } from './options.js'
import type { SecretId } from './session-id.js'
import type { Signed, Signer } from './token.js'

/** The session, and the visitor who returns. */
export type CookieName = 'z_sid' | 'z_pid'

/** How the cookies of one site are written and read. */
export class Cookies {
  /** Lines that make a browser forget both. */
  readonly toForget: readonly string[]
  readonly #signer: Signer
  readonly #limits: SessionLimits

  constructor(where: string, signer: Signer, limits: SessionLimits) {
    this.#signer = signer
    this.#limits = limits
    try {
      this.toForget = Object.freeze((['z_sid', 'z_pid'] as const).map((name) => this.#line(name, '', { maxAge: 0 })))
    } catch {
      // The signs that `cookie` refuses are those of RFC 6265 section 4.1.1.
      const { domain, path } = limits
      throw new BadArgError(`${where}: domain and path`, 'a domain name and a path as Set-Cookie has them', { domain, path })
    }
  }

  line(name: CookieName, id: SecretId, secure: boolean): string {
    const age = name === 'z_pid' ? { maxAge: this.#limits.persistMaxAgeS } : {}
    return this.#line(name, this.#signer.sign(name, id), secure ? { ...age, secure } : age)
  }
  read(name: CookieName, value: unknown): Signed | undefined {
    return this.#signer.verify(name, value)
  }

  #line(name: CookieName, value: string, more: { readonly maxAge?: number; readonly secure?: boolean }): string {
    const { path, domain, sameSite } = this.#limits
    const where = domain === undefined ? { path } : { path, domain }
    return stringifySetCookie({ name, value, httpOnly: true, sameSite, ...where, ...more })
  }
}
