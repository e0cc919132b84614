// What transports, timers and senders put into a socket's mailbox, beside the messages of users. Branded, so that the ESM and
// the CommonJS copy of the library understand each other, and nothing that only looks alike is taken for mail.

export const kMail = Symbol.for('gensock.mail')
/** The brand of a program that is a socket. */
export const kSocket = Symbol.for('gensock.socket')

/** The brands: of transports and timers, a frame for many, commands of another process. */
export const MAIL = 1
export const SHARED = 2
export const ORDER = 3

/** Which mail this is; undefined for a message of a user. */
export function mailOf(message: unknown): number | undefined {
  return typeof message === 'object' && message !== null ? (message as { [kMail]?: number })[kMail] : undefined
}

/** Kinds below 16 are the opcodes of frames. */
export class Mail {
  readonly kind: number
  readonly data: unknown
  /** Bytes of a frame. */
  readonly size: number
  constructor(kind: number, data: unknown, size: number) {
    this.kind = kind
    this.data = data
    this.size = size
  }
  get [kMail](): typeof MAIL {
    return MAIL
  }
}
/** The end that `data` describes. */
export const OVER = 16
/** The idle timeout may be over. */
export const IDLE = 17
/** What the library has to say: `data` is the event. */
export const EVENT = 18
/** Only wakes the process: its end has been decided. */
export const WAKE = new Mail(19, null, 0)
