// A CarriedTransport without HTTP: a sink and carriers that record, in virtual time.
import { afterEach, beforeEach } from '@jest/globals'
import { type TestNode, testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import type { RouteOptions } from 'gensock/socket'
import { routeOptions } from '../../src/sockets/options.js'
import type { Sink } from '../../src/sockets/transport.js'
import { CarriedTransport, type Carrier } from '../../src/transports/carried.js'
import { itemText, type UpFrame, upFrames } from '../../src/transports/items.js'
import type { Item } from '../../src/wire/carrier.js'

/** A carrier that takes what there is whenever it is asked to. */
export class FakeCarrier implements Carrier {
  readonly by = 'longPoll'
  /** The frames of each time that it was asked, as JSON. */
  readonly pieces: string[] = []
  left: 'replaced' | 'gone' | undefined = undefined
  readonly #transport: CarriedTransport
  #written: number

  constructor(transport: CarriedTransport, acknowledged = 0) {
    this.#transport = transport
    this.#written = acknowledged
  }
  carry(): void {
    const items = [...this.#transport.after(this.#written)]
    if (items.length === 0) return
    this.#written = this.#transport.newest
    this.pieces.push(`[${items.map(([number, tail]) => itemText(number, tail)).join()}]`)
  }
  leave(isGone: boolean): void {
    this.left = isGone ? 'gone' : 'replaced'
  }
}

export interface CarriedWorld {
  node(): TestNode
  /** What the sink has heard, in order. */
  readonly heard: string[]
  /** How often the table was told to forget it. */
  forgotten(): number
  /** A transport, resumed unless said otherwise, with a request under way. */
  make(options?: RouteOptions<any> & { readonly graceMs?: number; readonly paused?: boolean }): CarriedTransport
  /** Called for each text that is delivered. */
  onText(hear: (text: string) => void): void
}

/** Call it at the top of a test file. */
export function carriedWorld(): CarriedWorld {
  let node: TestNode
  let forgotten = 0
  let hear: (text: string) => void = () => undefined
  const heard: string[] = []
  beforeEach(() => {
    node = testNode()
    heard.length = forgotten = 0
    hear = () => undefined
  })
  afterEach(() => node.stop())
  const sink: Sink = {
    deliver(opcode, data, bytes) {
      heard.push(`deliver ${opcode} ${typeof data === 'string' ? data : Buffer.from(data).toString('hex')} ${bytes}`)
      if (typeof data === 'string') hear(data)
    },
    received: () => undefined,
    beat: () => true,
    remoteClosed: (code, reason) => void heard.push(`closed ${code} ${reason}`),
    failed: (error, code) => void heard.push(`failed ${error} ${code}`),
    lost: () => void heard.push('lost'),
    progressed: () => void heard.push('progressed'),
    drained: (bytes) => void heard.push(`drained ${bytes}`),
    carried: (type, by) => void heard.push(`${type} ${by}`),
    gone: () => void heard.push('gone'),
  }
  return {
    node: () => node,
    heard,
    forgotten: () => forgotten,
    make({ graceMs = 10_000, paused = false, ...options } = {}) {
      const checked = routeOptions('test', options)
      const transport = new CarriedTransport(kernelOf(node), sink, checked, graceMs, () => void forgotten++)
      transport.begins()
      if (!paused) transport.resume()
      return transport
    },
    onText(given) {
      hear = given
    },
  }
}

/** Text frames of the peer, by number. */
export function texts(...items: readonly (readonly [number: number, text: string])[]): readonly UpFrame[] {
  return upFrames(
    items.map(([number, text]): Item => [number, 't', text]),
    true,
  ) as readonly UpFrame[]
}
