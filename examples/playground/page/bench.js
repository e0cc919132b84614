// A bench: one handler or program of the list, its socket, its log, and what can be done to it. Nothing here is drawn but the log;
// controls.js shows the bench that is chosen.

import { runBurst } from './burst.js'
import { CODES, randomKey } from './card.js'
import { randomName } from './names.js'
import { addRow } from './rows.js'

/** A little less than the server holds a process: the page says so first. */
const HOLD_MS = 9500
const HINT = 'How many are answered, how long does that take, how much mail waits?'

export class Bench {
  state = 'idle'
  key = ''
  /** Of its socket, once the server has said so. */
  pid
  isHeld = false
  result = HINT
  log = document.createElement('ol')
  #host
  #socket
  #burst
  #timer

  /** `host` has { server, changed(bench), holds(bench), announce(text) }; `server.ask(order)` answers what the server says. */
  constructor(entry, host) {
    this.entry = entry
    this.#host = host
    this.log.className = 'log'
    this.log.tabIndex = 0
    this.log.setAttribute('aria-label', `Log of ${entry.title}`)
  }
  #set(changes) {
    Object.assign(this, changes)
    this.#host.changed(this)
  }
  row(kind, way, op, text) {
    addRow(this.log, kind, way, text, new Date(), op)
  }

  get isAlive() {
    return this.state === 'open' || this.state === 'connecting'
  }
  connect() {
    const { path, subprotocol, first } = this.entry.socket
    const key = randomKey()
    const address = new URL(path.replace('NICK', randomName()), location.href)
    address.protocol = address.protocol.replace('http', 'ws')
    address.searchParams.set('key', key)
    const socket = new WebSocket(address, subprotocol ?? [])
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    this.#set({ state: 'connecting', key, pid: undefined, isHeld: false, result: HINT })
    socket.addEventListener('open', () => {
      this.row('note', '·', 'open', `connected to ${address.pathname}`)
      this.#set({ state: 'open' })
      this.#host.announce(`${this.entry.title} is connected`)
      if (first !== undefined) this.send(first.replace('NICK', randomName()))
    })
    socket.addEventListener('message', ({ data }) => {
      if (this.#burst?.takes(data)) return
      if (typeof data === 'string') this.row('in', '←', 'text', data)
      else this.row('in', '←', 'binary', `${data.byteLength} bytes`)
    })
    socket.addEventListener('close', (event) => this.#closed(event))
  }
  #closed({ code, reason }) {
    const what = reason === '' ? CODES[code] : reason
    this.row(code === 1000 ? 'note' : 'bad', '×', 'close', what === undefined ? `${code}` : `${code}, ${what}`)
    this.#set({ state: code === 1011 ? 'crashed' : 'closed', pid: undefined, isHeld: false })
    this.#host.announce(`${this.entry.title} ${code === 1011 ? 'crashed' : 'is closed'}, close code ${code}`)
    this.#burst?.closed(code)
  }
  disconnect() {
    this.#socket.close(1000, 'closed by the page')
  }
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#socket.send(text)
    this.row('out', '→', 'text', text)
  }
  crash() {
    this.send(this.entry.crash.text)
  }

  /** Holds its process still, or lets it go on. */
  async hold() {
    const isHeld = !this.isHeld
    const { pid } = this
    const answer = await this.#host.server.ask(isHeld ? { type: 'hold', pid } : { type: 'release' })
    if (answer !== 'ok' || this.pid !== pid) return
    if (isHeld) this.#host.holds(this)
    this.#held(isHeld)
  }
  /** Another one is held now: the server holds one at a time. */
  goesOn() {
    if (this.isHeld) this.#held(false)
  }
  #held(isHeld) {
    this.row('note', '·', 'sys', `${this.pid} ${isHeld ? 'is held: its mail waits, 10 s at most' : 'goes on'}`)
    this.#set({ isHeld })
    clearTimeout(this.#timer)
    if (isHeld) this.#timer = setTimeout(() => this.isHeld && this.hold(), HOLD_MS)
  }
  async burst(count) {
    if (this.#burst !== undefined) return
    const told = (result) => this.#set({ result })
    this.#burst = runBurst({ count, socket: this.#socket, bench: this, ask: this.#host.server.ask, told })
    await this.#burst.done
    this.#burst = undefined
  }
  async run() {
    if (this.state === 'running') return
    const answer = await this.#host.server.ask({ type: 'run', program: this.entry.id })
    if (!answer?.startsWith('<')) return this.row('bad', '!', 'run', answer ?? 'the server does not answer')
    this.row('note', '·', 'run', `${this.entry.id}, process ${answer}`)
    this.#set({ state: 'running', pid: answer })
    this.#host.server.pin(this)
  }

  // ---- What the server tells

  /** Who its socket's process is, or how that has ended. Answers whether it is another one than before. */
  known({ pid, terminated, down }) {
    if (down !== undefined) {
      this.row(
        'note',
        '·',
        'exit',
        `${pid} is gone; terminate ${terminated === undefined ? 'did not run' : `ran: ${terminated}`}`,
      )
      this.key = '' // nothing more will be told of it
    }
    if (down !== undefined || pid === this.pid || !this.isAlive) return false
    this.#set({ pid })
    return true
  }
  /** A process of the server has crashed: its own, or one that it may have to do with. */
  report({ pid, text }) {
    if (this.isAlive || this.state === 'running' || this.pid === pid) this.row('bad', '!', 'report', `${pid} crashed: ${text}`)
  }
  printed({ pid, text }) {
    if (pid === this.pid) this.row('note', '·', 'print', text)
  }
  line(text) {
    this.row('in', '←', 'print', text)
  }
  ended(reason) {
    this.row(reason === 'normal' ? 'note' : 'bad', '×', 'end', reason)
    this.#set({ state: 'idle', pid: undefined })
  }
  /** The server has gone, and the programs with it. */
  lost() {
    if (this.state === 'running') this.#set({ state: 'idle' })
  }
}
