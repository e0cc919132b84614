// The body of a POST: read up to a limit, as long as it keeps coming, and as text. Entered by sends and carry.
import type { IncomingMessage } from 'node:http'
import type { Kernel } from '../runtime/process.js'
import { Alarm } from './alarm.js'

/** Why there is no text: too long, nothing came for a while, the peer has gone, no UTF-8. */
export type NoBody = 'tooLong' | 'late' | 'gone' | 'notUtf8'
export interface BodyOptions {
  readonly maxBytes: number
  /** Without it, what is no UTF-8 becomes U+FFFD. */
  readonly strict: boolean
  /** Bytes came. */
  readonly received: () => void
  readonly done: (text: string | undefined, why?: NoBody) => void
}

/** So long a body may stand still. */
const STILL_MS = 10_000
const FIRST_BYTES = 1024
const NOTHING = Buffer.alloc(0)

/** One body that is being read. `done` is called once, but not after `stop`. */
export class BodyReader {
  readonly #request: IncomingMessage
  readonly #options: BodyOptions
  readonly #still: Alarm
  /** What has come, and room for more: a chunk may be one byte, and a Buffer for each would cost hundreds. */
  #text = NOTHING
  #bytes = 0
  #isOver = false

  constructor(kernel: Kernel, request: IncomingMessage, options: BodyOptions) {
    this.#request = request
    this.#options = options
    this.#still = new Alarm(kernel, () => this.#end(undefined, 'late'))
  }

  begin(): void {
    if (Number(this.#request.headers['content-length'] ?? 0) > this.#options.maxBytes) return this.#end(undefined, 'tooLong')
    this.#still.set(STILL_MS)
    this.#request.on('data', this.#onData)
    this.#request.once('end', this.#onEnd)
    this.#request.once('close', this.#onClose)
  }
  /** Nobody wants it any more. */
  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#text = NOTHING
    this.#still.clear()
    this.#request.off('data', this.#onData)
    this.#request.off('end', this.#onEnd)
    this.#request.off('close', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#options.received()
    const bytes = this.#bytes + chunk.length
    if (bytes > this.#options.maxBytes) return this.#end(undefined, 'tooLong')
    if (bytes > this.#text.length)
      this.#text = Buffer.concat([this.#text.subarray(0, this.#bytes)], Math.max(2 * bytes, FIRST_BYTES))
    chunk.copy(this.#text, this.#bytes)
    this.#bytes = bytes
    this.#still.set(STILL_MS)
  }
  readonly #onEnd = (): void => {
    const text = textOf(this.#text.subarray(0, this.#bytes), this.#options.strict)
    if (text === undefined) this.#end(undefined, 'notUtf8')
    else this.#end(text)
  }
  readonly #onClose = (): void => this.#end(undefined, 'gone')

  #end(text: string | undefined, why?: NoBody): void {
    if (this.#isOver) return
    this.stop()
    this.#options.done(text, why)
  }
}

function textOf(bytes: Buffer, strict: boolean): string | undefined {
  if (!strict) return bytes.toString()
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined // no UTF-8: the caller says so
  }
}
