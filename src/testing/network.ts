// What lies between the sockets of a simulation and their peers: frames take their time, come in parts, get lost with their
// connection. Entered by simulation; stands between a fake transport and what a scenario's peer does.
import { BadArgError } from '../base/errors.js'
import type { Node } from '../runtime/node.js'
import type { OutFrame } from '../sockets/frames.js'
import type { AnySocketHandler, SocketHandler } from '../sockets/handler.js'
import type { Route } from '../transports/route.js'
import type { Chance } from './chance.js'
import type { LineWatcher } from './fake-line.js'
import { checkClose, keptFrame } from './fake-peer.js'
import { type FakeTransport, type FakeTransportOptions, watchedTransport } from './fake-transport.js'
import type { Trace } from './trace.js'

/**
 * A socket of a simulation, as its peer sees it: a fake transport with a network between. What the peer does takes effect when
 * it has arrived, in order; what the socket sends stands in `sent` at once and in `received` once it has come to the peer.
 * `take` answers what has come.
 *
 * @example
 * const { value } = await simulate(1, async (node) => {
 *   const socket: SimulatedTransport = node.connect(echo)
 *   socket.onframe = () => socket.close(1000)
 *   socket.send('hi')
 *   await node.settle()
 *   return [socket.received, socket.ended]
 * })
 * value // => [[['text', 'hi']], ['close', 1000]]
 * @see {@link FakeTransport}
 */
export interface SimulatedTransport extends FakeTransport {
  /** Frames that have come to the peer, oldest first, without close frames. */
  readonly received: readonly OutFrame[]
  /** How the connection ended for the peer: our side's close frame, or `cut`; undefined while it is open. */
  readonly ended: FakeTransport['closed']
  /** Called with each frame that comes to the peer. */
  onframe: ((frame: OutFrame) => unknown) | undefined
  /** Called once, when the peer hears of the end, or of a handshake that was refused: then with `refused`. */
  onend: ((how: NonNullable<FakeTransport['closed']> | 'refused') => unknown) | undefined
}

interface Parcel {
  readonly what: string
  readonly value: unknown
  readonly dueMs: number
  arrive(): void
}
/** What travels in one direction of one connection; nothing overtakes. */
class Way {
  readonly parcels: Parcel[] = []
  readonly name: string
  /** The other side takes nothing before this time. */
  notBeforeMs = 0
  constructor(name: string) {
    this.name = name
  }
  dueMs(): number {
    const first = this.parcels[0]
    return first === undefined ? Infinity : Math.max(first.dueMs, this.notBeforeMs)
  }
}
class Connection {
  readonly up: Way
  readonly down: Way
  readonly received: OutFrame[] = []
  line!: FakeTransport
  ended: FakeTransport['closed'] = undefined
  onframe: SimulatedTransport['onframe'] = undefined
  onend: SimulatedTransport['onend'] = undefined
  /** The peer has sent its last: it has closed, or it is gone. */
  isShut = false
  /** The peer has cut the connection, or heard of its end. */
  isGone = false
  /** The connection has broken; both sides are yet to hear of it, or one has made it so. */
  isBroken = false
  constructor(number: number) {
    this.up = new Way(`to socket ${number}`)
    this.down = new Way(`to peer ${number}`)
  }
}
/** One frame in so many comes in two parts. */
const ONE_IN_PARTS = 8

/** All connections of one simulation. @internal */
export class Network {
  readonly #connections: Connection[] = []
  readonly #chance: Chance
  readonly #trace: Trace
  readonly #now: () => number
  /** What a peer throws later on fails the run. */
  readonly #fail: (error: unknown) => void
  #count = 0
  /** Longest time that a frame is on its way, in ms. */
  delayMs = 0

  constructor(chance: Chance, trace: Trace, now: () => number, fail: (error: unknown) => void) {
    this.#chance = chance
    this.#trace = trace
    this.#now = now
    this.#fail = fail
  }

  /** When something arrives next, in ms; Infinity if nothing is on its way. */
  nextDueMs(): number {
    let dueMs = Infinity
    for (const { up, down } of this.#connections) dueMs = Math.min(dueMs, up.dueMs(), down.dueMs())
    return dueMs
  }

  /** Lets one parcel arrive whose time has come. False: there was none. */
  deliverOne(): boolean {
    const now = this.#now()
    const due: { readonly way: Way; readonly connection: Connection }[] = []
    for (const connection of this.#connections)
      for (const way of [connection.up, connection.down]) if (way.dueMs() <= now) due.push({ way, connection })
    if (due.length === 0) return false
    const { way, connection } = this.#chance.pick(due)
    const parcel = way.parcels.shift() as Parcel
    this.#trace.add(`${parcel.what} ${way.name}`, parcel.value)
    parcel.arrive()
    this.#forgetIfOver(connection)
    return true
  }

  /** Cuts a connection that is open, or whose socket has closed it and the peer does not know yet. */
  cutOne(): void {
    const whole = this.#connections.filter(({ isGone, isBroken, line }) => !isGone && !isBroken && line.closed !== 'cut')
    if (whole.length === 0) return
    const connection = this.#chance.pick(whole)
    const { up, down, line } = connection
    this.#trace.fault(`the connection ${up.name} breaks`)
    const before = down.parcels.length
    if (line.closed === undefined) this.#breaks(connection)
    else connection.isShut = connection.isBroken = true // the socket has ended, and hears nothing
    this.#loses(down)
    if (line.closed !== undefined && down.parcels.length === before) return // its close frame comes
    this.#put(down, 'end', 'cut', () => this.#heardOfEnd(connection, 'cut'))
  }

  /** A peer, or the way to a socket, stands still for a while. */
  stallOne(longestMs: number): void {
    const living = this.#connections.filter(({ isGone }) => !isGone)
    if (living.length === 0) return
    const connection = this.#chance.pick(living)
    const way = this.#chance.is(0.5) ? connection.up : connection.down
    const ms = 1 + this.#chance.int(longestMs)
    way.notBeforeMs = Math.max(way.notBeforeMs, this.#now() + ms)
    this.#trace.fault(`nothing gets ${way.name} for ${ms} ms`)
  }

  connect<S, M, C, A>(node: Node, handler: SocketHandler<S, M, C, A> | Route, options: FakeTransportOptions): SimulatedTransport {
    const connection = new Connection(++this.#count)
    const watcher: LineWatcher = {
      answered: ([answer]) => {
        if (answer === 'reject') this.#put(connection.down, 'refusal', '', () => this.#heardOfEnd(connection, 'refused'))
      },
      sent: (frame) => this.#sends(connection, frame),
      ended: (how) => {
        if (connection.isBroken) return
        if (how === 'cut') this.#loses(connection.down)
        this.#put(connection.down, 'end', how, () => this.#heardOfEnd(connection, how))
      },
    }
    connection.line = watchedTransport(node, handler as AnySocketHandler | Route, options, watcher)
    this.#connections.push(connection)
    return this.#peerOf(connection)
  }

  #put(way: Way, what: string, value: unknown, arrive: () => void): void {
    const dueMs = Math.max(this.#now() + this.#chance.int(this.delayMs + 1), way.parcels.at(-1)?.dueMs ?? 0)
    way.parcels.push({ what, value, dueMs, arrive })
  }

  #sends(connection: Connection, frame: OutFrame): void {
    const { line, down } = connection
    const [, data] = frame
    const bytes = 2 + (typeof data === 'string' || data instanceof Uint8Array ? Buffer.byteLength(data) : 0)
    line.bufferedBytes += bytes
    this.#put(down, 'frame', frame, () => {
      line.bufferedBytes -= bytes
      if (connection.isGone) return
      connection.received.push(frame)
      this.#tell(connection.onframe?.(frame))
    })
  }

  /** What is on its way when a connection breaks arrives up to some point, and no further. */
  #loses(way: Way): void {
    const arriving = this.#chance.int(way.parcels.length + 1)
    for (const { what, value } of way.parcels.splice(arriving)) this.#trace.add(`lost: ${what} ${way.name}`, value)
  }

  /** The way to the socket breaks, perhaps in the middle of a frame. */
  #breaks(connection: Connection): void {
    const { up, line } = connection
    connection.isShut = connection.isBroken = true
    const before = up.parcels.length
    this.#loses(up)
    if (up.parcels.length < before && this.#chance.is(0.5)) this.#put(up, 'half a frame', '', () => line.sendPart())
    this.#put(up, 'break', '', () => line.cut())
  }

  /** A peer may do things after an await, too. */
  #tell(answer: unknown): void {
    if (answer instanceof Promise) answer.catch(this.#fail)
  }

  #heardOfEnd(connection: Connection, how: NonNullable<FakeTransport['closed']> | 'refused'): void {
    if (connection.isGone) return
    connection.isShut = connection.isGone = true
    connection.ended = how === 'refused' ? 'cut' : how
    this.#tell(connection.onend?.(how))
  }

  #forgetIfOver(connection: Connection): void {
    if (connection.up.parcels.length > 0 || connection.down.parcels.length > 0 || !connection.isGone) return
    const index = this.#connections.indexOf(connection)
    if (index >= 0) this.#connections.splice(index, 1)
  }

  #peerOf(connection: Connection): SimulatedTransport {
    const own = Object.assign(seenBy(connection), this.#actsOf(connection))
    // Everything else is read from the line as it is at that moment.
    return Object.setPrototypeOf(own, connection.line) as SimulatedTransport
  }

  /** What the peer does: it takes effect when it has arrived. What it may not do is refused at once. */
  #actsOf(connection: Connection): Pick<FakeTransport, 'send' | 'sendPart' | 'close' | 'fail' | 'attach' | 'detach' | 'cut'> {
    const { line, up } = connection
    const does = (what: string, value: unknown, act: () => void): void => {
      if (!connection.isShut) this.#put(up, what, value, act)
    }
    return {
      send: (given) => {
        const frame = keptFrame(given)
        if (this.#chance.int(ONE_IN_PARTS) === 0) does('half a frame', '', () => line.sendPart())
        does('frame', frame, () => line.send(frame))
      },
      sendPart: () => does('half a frame', '', () => line.sendPart()),
      close: (code, reason = '') => {
        checkClose(code, reason)
        does('close frame', [code, reason], () => line.close(code, reason))
        connection.isShut = true
      },
      fail: (error) => does('failure', error, () => line.fail(error)),
      attach: (by) => does('attach', by, () => line.attach(by)),
      detach: (by) => does('detach', by, () => line.detach(by)),
      cut: () => {
        if (connection.isGone || connection.isBroken) return
        connection.isGone = true
        connection.ended = 'cut'
        this.#breaks(connection)
      },
    }
  }
}

function seenBy(connection: Connection): Pick<SimulatedTransport, 'received' | 'take' | 'ended' | 'onframe' | 'onend'> {
  let taken = 0
  return {
    received: connection.received,
    take() {
      const frames = connection.received.slice(taken)
      taken = connection.received.length
      return frames
    },
    get ended() {
      return connection.ended
    },
    get onframe() {
      return connection.onframe
    },
    set onframe(told) {
      connection.onframe = toldBy('onframe', told)
    },
    get onend() {
      return connection.onend
    },
    set onend(told) {
      connection.onend = toldBy('onend', told)
    },
  }
}

function toldBy<F>(name: string, told: F): F {
  if (told !== undefined && typeof told !== 'function') throw new BadArgError(name, 'a function or undefined', told)
  return told
}
