// The client itself: from try to try, from state to state. docs/client.md draws them, test/client/chart.ts is the same as a
// machine. Entered by connect; calls the transports, the page, the heartbeat, and the handlers of whoever made it.
import { ABNORMAL, afterClose, GOING_AWAY, NORMAL } from '../wire/close-codes.js'
import { toBrowser } from '../wire/page.js'
import { address } from './address.js'
import { backoffMs } from './backoff.js'
import { Fallback } from './fallback.js'
import { ANSWER_MS, Heartbeat } from './heartbeat.js'
import { call, Inbox } from './inbox.js'
import type { Data, End, Link, LinkPlan } from './link.js'
import { checkClose, checkData, must, NEEDS, type Settings } from './options.js'
import { Order } from './order.js'
import { NEW_PAGE, PAGE_ID, Page } from './resume.js'
import type { Client, ClientState, OpenInfo, TransportName } from './types.js'
import { listen, type World } from './world.js'
import { openWs } from './ws.js'

/** A try that has not opened by then has failed. */
const OPEN_MS = 10_000
/** What held so long was a good connection: the next wait is short again. */
const HELD_MS = 5000
/** So many rounds after a good connection are of the transport that it had. */
const EARLY_ROUNDS = 2
/** Bullet begins anew so long after every transport has failed. */
const BULLET_REST_MS = 10_000

export class Connection implements Client {
  onopen: Client['onopen'] = null
  ondisconnect: Client['ondisconnect'] = null
  onclose: Client['onclose'] = null
  onheartbeat: Client['onheartbeat'] = null
  readonly #world: World
  readonly #url: URL
  readonly #settings: Settings
  readonly #order: Order
  readonly #page: Page | undefined
  readonly #inbox: Inbox
  readonly #heartbeat: Heartbeat
  readonly #deaf: (() => void)[]
  #state: ClientState = 'connecting'
  /** Goes up with each try and each end: a token that comes later is not used. */
  #turn = 0
  #link: Link | undefined
  #transport: TransportName = 'ws'
  #hasOpened = false
  #openedAt = 0
  #hasHeard = false
  /** Rounds and connections in a row that came to nothing. */
  #failures = 0
  /** Of a try, of the page's first answer, or of a wait. */
  #stopClock: () => void = () => undefined

  /** Of the connection that is open, or was last. */
  declare subprotocol: string | null | undefined

  constructor(world: World, url: URL, settings: Settings) {
    const { env } = world
    const usable = settings.transports.filter((name) => env[NEEDS[name]])
    must(usable.length > 0, 'transports must have one that there is here')
    this.#world = world
    this.#url = url
    this.#settings = settings
    this.#order = new Order(usable)
    this.#page = settings.resume ? new Page(world, url, (frame) => this.#link?.send(frame)) : undefined
    this.#inbox = new Inbox(world, (number) => this.#page?.gave(number))
    this.#heartbeat = new Heartbeat(world, settings.heartbeatMs, {
      beat: () => this.#beat(),
      test: () => this.#test(),
      dead: () => this.#over({ code: ABNORMAL, reason: 'no answer' }),
    })
    const hears = {
      online: () => this.#online(),
      offline: () => this.#heartbeat.test(),
      pagehide: () => this.#hide(),
      pageshow: ({ persisted }: PageTransitionEvent) => this.#show(persisted),
      visibilitychange: () => (env.document?.hidden === true ? this.#page?.keep() : this.#show(false)),
    }
    this.#deaf = Object.entries(hears).map(([type, run]) => listen(world, type, run))
    this.#begin()
  }

  get state(): ClientState {
    return this.#state
  }
  get onmessage(): Client['onmessage'] {
    return this.#inbox.handler
  }
  set onmessage(handler: Client['onmessage']) {
    this.#inbox.handler = handler
    queueMicrotask(() => this.#inbox.flush())
  }
  send(data: Data): boolean {
    checkData(data)
    return this.#state === 'open' && this.#link?.send(data) === true
  }
  close(code: number = NORMAL, reason = ''): void {
    checkClose(code, reason)
    if (this.#state === 'closed') return
    this.#drop(code, reason)
    this.#inbox.empty()
    this.#finish({ code, reason }, null)
  }

  // ---- Tries

  #begin(): void {
    this.#order.begin(this.#world.now(), !this.#settings.isBullet && this.#failures < EARLY_ROUNDS)
    void this.#try()
  }
  async #try(): Promise<void> {
    const name = this.#order.next()
    const turn = ++this.#turn
    this.#state = 'connecting'
    this.#transport = name
    let token: string | undefined
    try {
      // Never at once: whoever has just made the client has not set its handlers yet.
      token = (await Promise.resolve().then(this.#settings.token)) as string | undefined
    } catch (error) {
      return turn === this.#turn ? this.#over({ code: ABNORMAL, reason: `token: ${String(error)}`, isAnswer: true }) : undefined
    }
    if (turn !== this.#turn) return
    this.#stopClock = this.#world.after(OPEN_MS, () => this.#over({ code: ABNORMAL, reason: 'timeout' }))
    try {
      const plan = this.#plan(token)
      this.#link = name === 'ws' ? openWs(plan) : new Fallback(plan, name)
    } catch (error) {
      this.#over({ code: ABNORMAL, reason: String(error) }) // a browser that refuses, for example ws: in a page of https:
    }
  }
  #plan(token: string | undefined): LinkPlan {
    const page = this.#page
    const url = new URL(address(this.#url, 'http', { [PAGE_ID]: page?.id, [NEW_PAGE]: page?.own }))
    const events: LinkPlan['events'] = {
      opened: (subprotocol) => this.#opened(subprotocol),
      message: (data) => this.#message(data),
      heard: () => this.#heard(),
      moved: (name) => void (name === this.#transport || this.#works(name)),
      ended: (end) => this.#over(end),
    }
    return { world: this.#world, url, token, subprotocols: this.#settings.subprotocols, isKnown: this.#hasOpened, events }
  }
  #works(name: TransportName): void {
    this.#transport = name
    this.#order.worked(name, this.#world.now())
  }

  // ---- Open

  #opened(subprotocol: string | null | undefined): void {
    this.#stopClock()
    this.subprotocol = subprotocol
    this.#state = 'open'
    this.#hasOpened = true
    this.#hasHeard = false
    this.#openedAt = this.#world.now()
    if (this.#settings.isBullet) this.#failures = 0
    this.#works(this.#transport)
    this.#heartbeat.start()
    if (this.#page === undefined) return this.#announce('new')
    // Where nobody speaks of pages there is nothing to wait for longer than this.
    this.#stopClock = this.#world.after(ANSWER_MS, () => this.#announce('new'))
    this.#heartbeat.test()
  }
  #announce(resumed: OpenInfo['resumed']): void {
    this.#stopClock()
    this.#call(this.onopen, { resumed, transport: this.#transport })
  }
  #heard(): void {
    this.#hasHeard = true
    if (this.#page?.isKnown !== true) this.#heartbeat.answered()
  }
  #message(data: string | ArrayBuffer): void {
    const page = this.#page
    const said = page !== undefined && typeof data === 'string' ? toBrowser(data) : undefined
    if (page === undefined || said === undefined) return this.#inbox.add(data, 0)
    if (said.type === 'pong') return this.#answered(page, said)
    const turn = page.take(said.number)
    if (turn === 'next') this.#inbox.add(said.data, said.number)
    else if (turn === 'gap') this.#over({ code: ABNORMAL, reason: 'gap' })
  }
  #answered(page: Page, pong: Parameters<Page['answered']>[0]): void {
    if (pong.page !== page.id) return
    this.#heartbeat.answered()
    const then = page.answered(pong)
    if (then === 'known') return
    if (then !== 'resumed') this.#inbox.forgetAfter(then === 'gap' ? pong.from : Infinity)
    this.#announce(then)
  }

  #beat(): void {
    if (!this.#settings.isBullet || this.#transport === 'ws') this.#call(this.onheartbeat, undefined)
  }
  #test(): boolean {
    if (this.#state !== 'open') return false
    this.#page?.ping()
    return this.#page?.isKnown === true || this.#link?.test() === true
  }

  // ---- Ends

  #over(end: End): void {
    const wasOpen = this.#state === 'open'
    const { isBullet, token } = this.#settings
    this.#drop()
    const heldMs = this.#world.now() - this.#openedAt
    if (wasOpen && (heldMs >= HELD_MS || (this.#hasHeard && end.code === ABNORMAL))) this.#failures = 0
    const then = isBullet ? 'retry' : afterClose(end.code)
    if (then === 'stop' || (then === 'renew' && token === undefined)) return this.#finish(end, this.ondisconnect)
    const hasNext = !wasOpen && (isBullet || end.isAnswer !== true) && this.#order.hasNext
    if (hasNext && !isBullet) return void this.#try()
    const delayMs = isBullet && !wasOpen && !hasNext ? this.#rest() : this.#delayMs(end)
    this.#state = 'waiting'
    this.#stopClock = this.#world.after(delayMs, () => void (hasNext ? this.#try() : this.#begin()))
    if (!hasNext) this.#call(this.ondisconnect, { code: end.code, reason: end.reason, willRetry: true, delayMs })
  }
  #delayMs({ isForgotten, retryMs = 0 }: End): number {
    const failures = this.#failures++
    // What is known to be gone is asked for anew at once, but not again and again.
    if (isForgotten === true && failures === 0) return 0
    return retryMs + backoffMs(this.#settings.pace, failures, this.#world.random())
  }
  #rest(): number {
    this.#failures = 0
    return BULLET_REST_MS
  }
  /** It is over; `before` hears of it before `onclose`. */
  #finish({ code, reason }: End, before: Client['ondisconnect']): void {
    this.#drop()
    this.#state = 'closed'
    this.#page?.forget()
    for (const stop of this.#deaf) stop()
    for (const handler of [before, this.onclose]) this.#call(handler, { code, reason, willRetry: false })
  }
  /** The link ends, if it has not; nothing is heard of it any more, and no timer runs. */
  #drop(...why: Parameters<Link['close']>): void {
    this.#turn++
    this.#link?.close(...why)
    this.#link = undefined
    this.#stopClock()
    this.#heartbeat.stop()
    this.#page?.rest()
  }
  #call<T>(handler: ((what: T) => void) | null, what: T): void {
    call(this.#world, handler, what)
  }

  // ---- The page and the network come and go

  #online(): void {
    this.#order.forget()
    if (this.#state === 'waiting') this.#again()
    else this.#heartbeat.test()
  }
  /** A page that is left may come back as it was: until then it has no connection. */
  #hide(): void {
    const wasOpen = this.#state === 'open'
    this.#page?.keep()
    this.#drop()
    this.#state = 'waiting'
    if (wasOpen) this.#call(this.ondisconnect, { code: GOING_AWAY, reason: 'page hidden', willRetry: true })
  }
  #show(wasAway: boolean): void {
    this.#page?.forget()
    if (wasAway && this.#state === 'waiting') this.#again()
    else this.#heartbeat.test()
  }
  #again(): void {
    this.#stopClock()
    this.#begin()
  }
}
