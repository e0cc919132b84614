// A connection over plain HTTP, by server-sent events or by polls: Bullet's handler over the fallback transports. Entered by
// main.
import { type ClientRequest, request } from 'node:http'
import { type Item, itemOf } from '../../../src/wire/carrier.js'
import type { Scenario, World } from './scenarios.js'
import type { Tally } from './tally.js'

interface Answer {
  readonly status: number
  readonly body: string
}
interface Asked {
  readonly answer: Promise<Answer>
  readonly cut: () => void
}
type Via = 'sse' | 'longPoll'
/** `brief`: the server forgets it soon after its last request. Nothing is owed to such a one: it is cut, sooner or later. */
type Route = 'bullet' | 'brief'

/** One request on a connection of its own. `hear` gets each piece of the answer. */
function ask(port: number, method: string, query: string, body = '', hear?: (piece: string) => void): Asked {
  let sent: ClientRequest | undefined
  const answer = new Promise<Answer>((resolve) => {
    const options = { port, host: '127.0.0.1', method, path: `/${query}`, agent: false as const }
    sent = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (hear === undefined ? (text += piece) : hear(piece)))
      response.on('close', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    sent.on('error', () => resolve({ status: 0, body: '' }))
    sent.end(body)
  })
  return { answer, cut: () => void sent?.destroy() }
}

/** The client's side of one connection. */
class Carried {
  readonly #port: number
  readonly #id: string
  readonly #tally: Tally
  readonly #route: Route
  readonly #owed: string[] = []
  #received = 0
  #sent = 0
  #isOver = false
  #cutDown: () => void = () => undefined
  #heard: () => void = () => undefined

  constructor(port: number, id: string, tally: Tally, via: Via, route: Route) {
    this.#route = route
    this.#port = port
    this.#id = id
    this.#tally = tally
    void (via === 'sse' ? this.#stream() : this.#polls())
  }

  /** Each brings one frame down as it came up. */
  async say(...texts: readonly string[]): Promise<void> {
    if (this.#isOver) return
    this.#tally.counts.sent += texts.length
    this.#owed.push(...texts)
    const { status } = await this.#send(texts.map((text) => [++this.#sent, 't', text]))
    if (status !== 204) this.#broke(`a send was answered ${status}`)
  }
  #send(frames: readonly Item[]): Promise<Answer> {
    const body = JSON.stringify({ ack: this.#received, frames })
    return ask(this.#port, 'POST', `${this.#route}?gensock=send&id=${this.#id}`, body).answer
  }
  async settle(): Promise<void> {
    const isLate = AbortSignal.timeout(20_000)
    while (this.#owed.length > 0 && !isLate.aborted) {
      const timer = setTimeout(() => this.#heard(), 20_000)
      await new Promise<void>((resolve) => (this.#heard = resolve))
      clearTimeout(timer)
    }
    if (this.#owed.length > 0) this.#tally.lose(this.#owed.length, `${this.#owed.length} without an answer after 20 s`)
  }
  async leave(): Promise<void> {
    await this.settle()
    await this.#send([[++this.#sent, 'c', 1000, 'bye']])
    this.#end()
  }
  cut(): void {
    this.#tally.counts.cut++
    this.#tally.counts.unanswered += this.#owed.length
    this.#owed.length = 0
    this.#end()
  }
  #end(): void {
    this.#isOver = true
    this.#cutDown()
  }

  async #polls(): Promise<void> {
    while (!this.#isOver) {
      const { answer, cut } = ask(this.#port, 'GET', `${this.#route}?gensock=poll&id=${this.#id}&ack=${this.#received}`)
      this.#cutDown = cut
      const { status, body } = await answer
      if (status !== 200) return this.#broke(`a poll was answered ${status}`)
      for (const item of JSON.parse(body) as unknown[]) this.#take(item)
    }
  }
  async #stream(): Promise<void> {
    let unread = ''
    const hear = (piece: string): void => {
      const lines = (unread + piece).split('\n')
      unread = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data: [')) this.#take(JSON.parse(line.slice(6)))
    }
    const { answer, cut } = ask(this.#port, 'GET', `${this.#route}?gensock=sse&id=${this.#id}&ack=0`, '', hear)
    this.#cutDown = cut
    const { status } = await answer
    this.#broke(`its stream ended (${status})`)
  }
  #broke(how: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#route === 'brief') this.#tally.counts.unanswered += this.#owed.length
    else this.#tally.lose(Math.max(1, this.#owed.length), how)
    this.#owed.length = 0
    this.#heard()
  }
  #take(value: unknown): void {
    const item = itemOf(value)
    if (item === undefined || item[0] <= this.#received) return
    this.#received = item[0]
    if (item[1] === 'p') void this.#send([[++this.#sent, 'q', item[2]]])
    if (item[1] !== 't' || this.#isOver) return
    if (item[2] === this.#owed[0]) {
      this.#owed.shift()
      this.#tally.counts.answered++
    } else this.#tally.lose(1, `got ${item[2].slice(0, 80)}, expected ${String(this.#owed[0])}`)
    this.#heard()
  }
}

function carried(via: Via): Scenario {
  return async ({ port, chance, tallies, number }: World) => {
    const route: Route = chance.percent(30) ? 'brief' : 'bullet'
    const tally = tallies.of(`bullet, ${via === 'sse' ? 'server-sent events' : 'long poll'}`)
    tally.counts.connections++
    const { status, body } = await ask(port, 'POST', `${route}?gensock=open&via=${via}`).answer
    if (status !== 200) return tally.lose(1, `an open was answered ${status}`)
    const talk = new Carried(port, (JSON.parse(body) as { id: string }).id, tally, via, route)
    for (let left = 1 + chance.below(4); left > 0; left--) {
      await talk.say(...Array.from({ length: 1 + chance.below(5) }, (_, i) => `over ${via} ${number()}.${i}`))
      await chance.pause(200)
    }
    if (route === 'brief') talk.cut()
    else await talk.leave()
  }
}

export const CARRIED: readonly (readonly [weight: number, scenario: Scenario])[] = [
  [4, carried('sse')],
  [4, carried('longPoll')],
]
