// Signs ids for cookies and reads them back: HMAC-SHA256, compared in constant time, several keys so that one can be replaced.
// What does not verify is undefined, never an error. Entered by cookies.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { BadArgError } from '../base/errors.js'
import { SecretId } from './session-id.js'

/** An id of 128 bits, a dot, a MAC of 256 bits; both in base64url. */
const IS_TOKEN = /^([\w-]{22})\.([\w-]{43})$/
const MIN_CHARACTERS = 16
const SECRET_BYTES = 32

const kShared = Symbol.for('gensock.session.secret')
/** One secret for the program, also if the ESM and the CommonJS copy of the library are both in it. */
function programSecret(): string {
  const shared = globalThis as { [kShared]?: () => string }
  if (shared[kShared] === undefined) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    // In a function, and not enumerable: who inspects the global object shall not read it.
    Object.defineProperty(shared, kShared, { value: () => secret })
  }
  return (shared[kShared] as () => string)()
}

/** What a token says that verifies. */
export interface Signed {
  readonly id: SecretId
  /** It was signed with a key that is on its way out. */
  readonly isOld: boolean
}

/** The keys of one site. */
export class Signer {
  readonly #secrets: readonly string[]

  constructor(where: string, secret: unknown) {
    this.#secrets = secret === undefined ? [programSecret()] : checkSecrets(where, secret)
  }

  /** `purpose` is the name of the cookie: one is no use as the other. */
  sign(purpose: string, { text }: SecretId): string {
    return `${text}.${mac(this.#secrets[0] as string, purpose, text)}`
  }
  verify(purpose: string, token: unknown): Signed | undefined {
    const found = typeof token === 'string' ? IS_TOKEN.exec(token) : null
    if (found === null) return undefined
    const [, text, given] = found as unknown as [string, string, string]
    // All keys are tried, so that the time taken does not tell which one it was.
    let index = -1
    for (const [i, secret] of this.#secrets.entries()) if (isSame(mac(secret, purpose, text), given) && index < 0) index = i
    return index < 0 ? undefined : { id: SecretId.of(text), isOld: index > 0 }
  }
}

function mac(secret: string, purpose: string, text: string): string {
  return createHmac('sha256', secret).update(`${purpose}=${text}`).digest('base64url')
}
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

function checkSecrets(where: string, secret: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const good = secrets.length > 0 && secrets.every((one) => typeof one === 'string' && one.length >= MIN_CHARACTERS)
  // The value itself must not get into a log.
  if (!good) throw new BadArgError(where, `a string of at least ${MIN_CHARACTERS} characters, or a list of some`, typeof secret)
  return [...(secrets as readonly string[])]
}
