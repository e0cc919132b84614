// Whatever happens to the requests of a connection, every frame arrives once and in order, both ways: requests that are
// cut, answers that are lost, bodies that are sent twice or in half, sockets that do not read for a while. Real
// requests; drawn by fast-check.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { pushTo, type SocketHandler, type SocketPid, text } from 'gensock/socket'
import { InOrder } from '../../src/wire/numbering.js'
import { type Asked, plainWorld } from './plain-world.js'

const world = plainWorld()
type Down = readonly [number: number, kind: string, data: string]

interface Run {
  readonly pid: SocketPid
  readonly heard: string[]
}
const runs = new Map<string, Run>()
const handler: SocketHandler<Run, any, any, any> = {
  init({ request }, self) {
    const run: Run = { pid: self.pid, heard: [] }
    runs.set(request.query.get('run') as string, run)
    return ['ok', run]
  },
  handle([, data], run) {
    run.heard.push(String(data))
    return ['ok', run]
  },
}

/** One client, which does what it is told to, however unwise. */
class Client {
  readonly said: string[] = []
  readonly pushed: string[] = []
  readonly got: string[] = []
  readonly #run: Run
  readonly #id: string
  readonly #order = new InOrder()
  #sure = 0
  isPaused = false

  constructor(id: string, run: Run) {
    this.#id = id
    this.#run = run
  }

  push(count: number): void {
    for (let n = 0; n < count; n++) {
      this.pushed.push(`down ${this.pushed.length}`)
      pushTo(this.#run.pid, text(this.pushed.at(-1) as string))
    }
  }
  say(count: number): void {
    for (let n = 0; n < count; n++) this.said.push(`up ${this.said.length}`)
  }
  read(isOn: boolean): void {
    this.isPaused = !isOn
    pushTo(this.#run.pid, ['active', isOn])
  }

  #body(): string {
    const frames = this.said.slice(this.#sure).map((data, index) => [this.#sure + index + 1, 't', data])
    return JSON.stringify({ ack: this.#order.last, frames })
  }
  #post(body: string, open = false): Asked {
    return world.begin(`?gensock=send&id=${this.#id}`, { method: 'POST', body, open })
  }
  /** All that may not have arrived. */
  async send(fate: 'whole' | 'answerLost' | 'halfABody' | 'twice' | 'cut'): Promise<void> {
    const upTo = this.said.length
    const body = this.#body()
    if (fate === 'halfABody') {
      const half = world.begin(`?gensock=send&id=${this.#id}`, {
        method: 'POST',
        headers: { 'Content-Length': String(Buffer.byteLength(body)) },
        body: body.slice(0, body.length >> 1),
        open: true,
      })
      await this.#later()
      return half.cut()
    }
    const posts = [this.#post(body), ...(fate === 'twice' ? [this.#post(body)] : [])]
    if (fate === 'cut' || this.isPaused) {
      await this.#later()
      for (const post of posts) post.cut()
      return
    }
    const statuses = await Promise.all(posts.map(async ({ answer }) => (await answer).status))
    expect(statuses).toEqual(posts.map(() => 204))
    if (fate === 'whole') this.#sure = upTo
  }

  async poll(fate: 'whole' | 'answerLost' | 'cut'): Promise<void> {
    const asked = world.begin(`?gensock=poll&id=${this.#id}&ack=${this.#order.last}`)
    if (fate === 'cut' || this.got.length === this.pushed.length) {
      await this.#later()
      return asked.cut()
    }
    const { status, body } = await asked.answer
    expect(status).toBe(200)
    if (fate === 'whole') this.#take(JSON.parse(body) as Down[])
  }
  /** Sees at least so many events, if there are so many, then its connection breaks. */
  async sse(count: number): Promise<void> {
    const asked = world.begin(`?gensock=sse&id=${this.#id}&ack=${this.#order.last}`)
    const wanted = Math.min(count, this.pushed.length - this.got.length)
    const events = (): Down[] =>
      [...asked.text().matchAll(/^data: ([^\n]+)\n\n/gm)].map((match) => JSON.parse(match[1] as string) as Down)
    await world.until(() => asked.text().startsWith(':\n\n') && events().length >= wanted)
    this.#take(events())
    asked.cut()
  }
  #take(items: readonly Down[]): void {
    for (const [number, , data] of items) {
      const turn = this.#order.take(number)
      expect(turn).not.toBe('gap')
      if (turn === 'next') this.got.push(data)
    }
  }
  async #later(): Promise<void> {
    for (let n = 0; n < 4; n++) await world.turn()
  }

  async conclude(): Promise<void> {
    this.read(true)
    await this.send('whole')
    while (this.got.length < this.pushed.length) await this.poll('whole')
    // What was pushed has been taken in the order in which it was pushed, and so on: compared as a whole.
    expect([this.#run.heard, this.got]).toEqual([this.said, this.pushed])
  }
}

const count = fc.integer({ min: 1, max: 4 })
const step = fc.oneof(
  fc.tuple(fc.constant('push' as const), count),
  fc.tuple(fc.constant('say' as const), count),
  fc.tuple(fc.constant('read' as const), fc.boolean()),
  fc.tuple(fc.constant('send' as const), fc.constantFrom('whole', 'answerLost', 'halfABody', 'twice', 'cut')),
  fc.tuple(fc.constant('poll' as const), fc.constantFrom('whole', 'answerLost', 'cut')),
  fc.tuple(fc.constant('sse' as const), fc.integer({ min: 0, max: 5 })),
)

test('every frame arrives once and in order, both ways', async () => {
  await world.serve(handler)
  let number = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const name = String(++number)
      const { body } = await world.ask(`?gensock=open&via=sse&run=${name}`, { method: 'POST' })
      const client = new Client((JSON.parse(body) as { id: string }).id, runs.get(name) as Run)
      for (const [what, value] of steps) await (client[what] as (value: unknown) => unknown)(value)
      await client.conclude()
    }),
    { numRuns: 60 },
  )
}, 60_000)
