// What a transport needs to run the shared suite: peers that connect over it. Types, and what the facts share.
import { deepStrictEqual } from 'node:assert/strict'
import type { OutFrame } from '../sockets/frames.js'
import type { SocketHandler, SocketPid, TerminateReason } from '../sockets/handler.js'
import type { RouteOptions } from '../sockets/options.js'

/**
 * The peer of one socket, over one transport. It answers pings by itself.
 *
 * @example
 * const lastOf = async (peer: TransportPeer): Promise<OutFrame | 'cut'> => {
 *   peer.close(1000)
 *   return peer.next()
 * }
 * lastOf.name // => 'lastOf'
 * @see RFC 6455 section 5
 */
export interface TransportPeer {
  /** The status of the refusal; undefined if it has been let in. */
  readonly refused: number | undefined
  /** The one that was agreed on. */
  readonly subprotocol: string | undefined
  /** Of the socket. */
  readonly pid: SocketPid
  /** Sends a text frame, or bytes. */
  send(frame: string | Uint8Array): void
  /** The next frame that is no ping or pong, 'cut' for an end without a close frame. */
  next(): Promise<OutFrame | 'cut'>
  /** Sends its close frame, without a code an empty one. */
  close(code?: number, reason?: string): void
  /** Breaks its connection; resolves when the server's side may have noticed. */
  lose(): Promise<void>
  /** Takes nothing from now on. */
  stall(): void
}
/**
 * Where the peers of a transport come from: made for one fact, ended by whoever made it. In virtual time, so that
 * nothing ends by itself.
 *
 * @example
 * const fits = (bench: TransportBench, fact: TransportFact): boolean => !fact.needsDoor || bench.drain !== undefined
 * const bench: TransportBench = { connect: () => Promise.reject(new Error('no network')), expectCrash: () => undefined }
 * transportSuite().every((fact) => fits(bench, fact)) // => false
 * @see {@link transportSuite}
 */
export interface TransportBench {
  /** Serves a handler with these options, and connects a peer that offers these subprotocols. */
  connect(
    handler: SocketHandler<any, any, any, any>,
    options?: RouteOptions<any>,
    offers?: readonly string[],
  ): Promise<TransportPeer>
  /** Is told of one crash that is on purpose, as `expectCrash` of a test node. */
  expectCrash(): void
  /** Drains the listener. Without it the facts that need a handshake or a listener do not apply. */
  readonly drain?: () => Promise<void>
}
/**
 * One fact of the suite.
 *
 * @example
 * const [first] = transportSuite() as [TransportFact]
 * first.title // => 'frames arrive in order, and answers leave in order'
 * @see {@link transportSuite}
 */
export interface TransportFact {
  /** What holds. */
  readonly title: string
  /** Does it need a handshake or a listener? */
  readonly needsDoor: boolean
  /** Throws if it does not hold; may wait for ever then, so give it a limit. */
  readonly run: (bench: TransportBench) => Promise<void>
}

// ---- What the facts share

export function fact(title: string, run: (bench: TransportBench) => Promise<void>): TransportFact {
  return { title, needsDoor: false, run }
}
export function factOfDoor(title: string, run: (bench: TransportBench) => Promise<void>): TransportFact {
  return { title, needsDoor: true, run }
}

/** Something that has yet to happen. */
export interface Later<T> {
  promise: Promise<T>
  resolve: (value: T) => void
}
export function later<T = void>(): Later<T> {
  const made = {} as Later<T>
  made.promise = new Promise((resolve) => {
    made.resolve = resolve
  })
  return made
}

/** A handler that echoes, and tells how it ends. */
export interface Ending {
  readonly handler: SocketHandler<null, any, any, any>
  readonly ended: Promise<TerminateReason>
}
export function echoes(more: Partial<SocketHandler<null, any, any, any>> = {}): Ending {
  const { promise: ended, resolve } = later<TerminateReason>()
  const handler: Ending['handler'] = {
    init: () => ['ok', null],
    handle: (frame) => ['push', frame, null],
    terminate: (reason) => resolve(reason),
    ...more,
  }
  return { handler, ended }
}

/** The next frames of a peer are these. */
export async function expectFrames(peer: TransportPeer, ...frames: readonly (OutFrame | 'cut')[]): Promise<void> {
  const got: string[] = []
  while (got.length < frames.length) got.push(shown(await peer.next()))
  deepStrictEqual(got, frames.map(shown))
}
/** As text, in which a Buffer is as good as any Uint8Array, and an empty reason as good as none. */
function shown(frame: OutFrame | 'cut'): string {
  if (frame === 'cut') return frame
  const [kind, data, reason] = frame as readonly [kind: string, data?: string | number | Uint8Array, reason?: string]
  const text = data instanceof Uint8Array ? Buffer.from(data).toString('hex') : String(data ?? '')
  return kind === 'close' ? `close ${text} ${reason ?? ''}`.trimEnd() : `${kind} ${text}`
}
