// One person in one room: the client, what it hears, and who is here, by the contract that the server has as well. Knows nothing
// of the page. Made /person.js by ../bundled.ts; entered by chat.js.
import { type Client, connect } from 'gensock/client'
import { isProtocolError, type OutputOf, ProtocolError } from 'gensock/protocol'
import type { Line } from '../../chat/contract.js'
import { type Awake, type Parrot, shownProtocol } from './chat-contract.js'

export interface Host {
  /** `isIn`, `isGone` or `people` did. */
  changed(): void
  welcome(lines: readonly Line[], isFirst: boolean): void
  line(line: Line): void
  note(text: string): void
  trouble(text: string): void
  refused(text: string): void
  parrot(one: Parrot): void
  awake(result: Awake): void
}
type Messages = typeof shownProtocol.toClient.messages
type Welcome = OutputOf<Messages['welcome']>
const POLICY = 1008
const MAY_BE_SAID: readonly string[] = ['timeout', 'failed', 'bad_reply']

/** Comes to the door of `room` and asks to be let in. */
export class Person {
  nick: string
  readonly room: string
  isIn = false
  isGone = false
  people: ReadonlySet<string> = new Set()
  readonly #host: Host
  readonly #client
  #wasIn = false
  #lastAt = 0

  constructor(nick: string, room: string, host: Host) {
    this.nick = nick
    this.room = room
    this.#host = host
    this.#client = connect(`/ws/chat/${encodeURIComponent(room)}`, { protocol: shownProtocol, transports: ['ws'] })
    this.#hear()
  }

  /** Asks to be let in, under this nick. */
  async knock(nick: string): Promise<void> {
    this.nick = nick
    try {
      await this.#client.call.join({ nick })
    } catch (error) {
      if (!isProtocolError(error, shownProtocol, 'join')) return // a connection that is lost comes back, and says so itself
      if (error.error === 'alreadyIn') this.#host.trouble(`You are ${error.data}.`)
      else this.#out(error.error)
    }
  }
  /** What is under way when the connection is lost is said over the next one, once. */
  async say(text: string): Promise<void> {
    try {
      await this.#client.call.say({ text })
    } catch (error) {
      if (!this.isGone) this.#host.trouble(`“${text.slice(0, 40)}”: ${whyNot(error)}`)
    }
  }
  /** Its handler throws on this. */
  crash(): void {
    this.#client.send.crash()
  }
  leave(): void {
    this.#change({ isIn: false, isGone: true, people: new Set() })
    this.#client.close()
  }

  #hear(): void {
    const host = this.#host
    const { on } = this.#client
    const comesAndGoes: Pick<Client, 'onopen' | 'ondisconnect' | 'onclose'> = {
      onopen: () => void this.knock(this.nick),
      ondisconnect: ({ code, reason }) => this.#lost(code, reason),
      onclose: () => (this.isGone ? undefined : this.leave()),
    }
    Object.assign(this.#client, comesAndGoes)
    on.welcome((welcome) => this.#welcome(welcome))
    on.out((why) => this.#out(why))
    on.line((line) => {
      if (this.#isNew(line)) host.line(line)
    })
    on.came(({ nick }) => {
      host.note(`${nick} came in.`)
      this.#change({ people: new Set([...this.people, nick]) })
    })
    on.left(({ nick }) => {
      host.note(`${nick} left.`)
      this.#change({ people: new Set([...this.people].filter((name) => name !== nick)) })
    })
    on.missed(({ count }) => host.trouble(`You read too slowly: ${count} messages were dropped.`))
    on.parrot((one) => host.parrot(one))
    on.awake((result) => host.awake(result))
  }
  #change(facts: Partial<Pick<Person, 'nick' | 'isIn' | 'isGone' | 'people'>>): void {
    Object.assign(this, facts)
    this.#host.changed()
  }
  #welcome({ nick, who, lines }: Welcome): void {
    const { isIn } = this
    this.#change({ nick, isIn: true, people: new Set(who) })
    this.#host.welcome(
      lines.filter((line) => this.#isNew(line)),
      !this.#wasIn,
    )
    this.#wasIn = true
    this.#host.note(isIn ? 'You are in again, on the same connection.' : `You are in ${this.room} as ${nick}.`)
  }
  #out(why: OutputOf<Messages['out']>): void {
    const isTaken = why === 'nickTaken'
    this.#change({ isIn: false, people: new Set() })
    this.#host.refused(
      isTaken
        ? `somebody here is called ${this.nick.normalize()}: take another nick`
        : 'there are too many rooms: come back later',
    )
  }
  #lost(code: number, reason: string): void {
    if (this.isGone) return
    if (this.isIn) this.#host.trouble(`The connection is lost (${code}).`)
    if (code === POLICY) this.#host.refused(this.isIn ? 'The server has closed the connection: too much at once.' : reason)
    this.#change({ isIn: false, people: new Set() })
  }
  /** A line comes once more when a welcome has overtaken it. */
  #isNew({ at }: Line): boolean {
    if (at <= this.#lastAt) return false
    this.#lastAt = at
    return true
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof ProtocolError)) throw error
  if (error.error === 'notIn') return 'not said, for you are not in the room.'
  if (error.error === 'roomCrashed') return 'not said, for the room has crashed: say it again.'
  if (MAY_BE_SAID.includes(error.reason)) return `${error.message}: perhaps it was said.`
  return `not said: ${error.problem?.expected ?? error.message}.`
}
