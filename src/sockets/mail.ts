// What transports and timers put into a socket's mailbox, beside the messages of users. A class of ours: nobody can forge it.

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
}
/** The end that `data` describes. */
export const OVER = 16
/** The idle timeout may be over. */
export const IDLE = 17
/** Only wakes the process: its end has been decided. */
export const WAKE = new Mail(18, null, 0)
