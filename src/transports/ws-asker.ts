// A peer that asks by an upgrade: what it sends before its 101 is kept for the socket. Entered by door; calls ws-server and refuse.
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { AcceptOptions } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import type { Asker } from './asker.js'
import { type Refusal, refuse } from './refuse.js'
import { offeredSubprotocols } from './upgrade.js'
import type { Upgrade, WsServers } from './ws-server.js'

/** What a peer may send before its 101; more of it waits in the network. */
const EARLY_BYTES = 65_536

/** One handshake of RFC 6455. */
export class WsAsker implements Asker {
  readonly kind = 'ws'
  readonly #servers: WsServers
  readonly #upgrade: Upgrade
  #gone: (() => void) | null = null
  /** What came while we wait; null: nobody waits. */
  #early: Buffer[] | null = null
  #earlyBytes = 0

  constructor(servers: WsServers, upgrade: Upgrade) {
    this.#servers = servers
    this.#upgrade = upgrade
  }

  get offered(): readonly string[] {
    return offeredSubprotocols(this.#upgrade.request) ?? []
  }
  begin(gone: () => void): void {
    this.#gone = gone
    this.#upgrade.socket.once('close', gone)
  }
  watch(): void {
    if (this.#early !== null || this.#gone === null) return
    this.#early = []
    this.#upgrade.socket.on('data', this.#onEarly)
    this.#upgrade.socket.once('end', this.#gone)
  }
  readonly #onEarly = (chunk: Buffer): void => {
    this.#early?.push(chunk)
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes > EARLY_BYTES) this.#upgrade.socket.pause()
  }
  /** The socket is left as it came: not flowing. */
  end(): void {
    const { socket } = this.#upgrade
    if (this.#gone === null) return
    socket.off('close', this.#gone)
    if (this.#early === null) return
    socket.off('data', this.#onEarly)
    socket.off('end', this.#gone)
    socket.pause()
  }

  accept(options: AcceptOptions, sink: Sink, route: CheckedRouteOptions): Transport | null {
    const { request, socket, head } = this.#upgrade
    const early = this.#early === null ? head : Buffer.concat([head, ...this.#early])
    this.#early = null
    try {
      return this.#servers.upgrade({ request, socket, head: early }, options, sink, route)
    } catch (error) {
      socket.destroy() // ours, not the peer's: the process will report it, and nobody else would end the connection
      throw error
    }
  }
  refuse(refusal: Omit<Refusal, 'reason'>): void {
    refuse(this.#upgrade.socket, refusal)
  }
  destroy(): void {
    this.#upgrade.socket.destroy()
  }
}
