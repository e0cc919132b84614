// Broken variants of sockets, sessions, the wire and the services; those marked so were bugs of this library once. Entered by
// variants.test and by scripts that look for the seeds.
import type { Variant } from './variant.js'

/** Found by the scenario `sockets`. */
const OF_SOCKETS: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'terminate is called again when it crashes itself',
    file: 'src/sockets/incarnation.ts',
    from: '    this.#born = false\n    const done',
    to: '    const done',
    breaks: 'terminate once for each incarnation',
  },
  {
    name: 'a frame is handled while an async callback runs',
    file: 'src/sockets/socket.ts',
    from: 'if (isPromise(result)) return result.then(',
    to: 'if (isPromise(result)) return void result.then(',
    breaks: 'one callback at a time',
  },
  {
    name: 'a restart empties the mailbox',
    file: 'src/runtime/reset.ts',
    from: '  process.trapExit = false\n',
    to: '  process.trapExit = false\n  process.queueLength = 0\n  process.inbox = undefined\n  process.backlog = null\n',
    breaks: 'a restart keeps the frames that wait',
  },
  {
    name: 'timers are kept over a restart',
    file: 'src/runtime/reset.ts',
    from: '  kernel.timers.dropAll(process)\n',
    to: '',
    breaks: 'after the end of an incarnation nothing of it is left',
  },
  {
    name: 'group members are kept over a restart',
    file: 'src/runtime/reset.ts',
    from: 'monitor.onReset?.()',
    to: 'void monitor',
    breaks: 'after the end of an incarnation nothing of it is left',
  },
  {
    name: 'children live on over a restart',
    file: 'src/runtime/reset.ts',
    from: "    if (linked.parent === process.pid) exitSignal(linked, process.pid, 'shutdown', true)\n",
    to: '',
    breaks: 'after the end of an incarnation nothing of it is left',
  },
  {
    name: "the peer's close frame is not answered",
    file: 'src/sockets/ending.ts',
    from: "return { reason: heard, exit: 'normal', code, wire",
    to: "return { reason: heard, exit: 'normal', code: NO_CLOSE, wire",
    breaks: 'the close code is the one that is promised',
  },
  {
    name: 'a callback that hangs is waited for',
    file: 'src/sockets/departure.ts',
    from: 'if (state !== WAITING && state !== DEAD && this.#deadline === null) this.hurry()',
    to: 'void state',
    breaks: 'a socket whose connection is gone ends within its limits',
  },
  {
    name: 'keepalive goes on after the end',
    file: 'src/sockets/connection.ts',
    from: '    this.#keepalive?.stop()\n',
    to: '',
    breaks: 'after the end no timer is left',
  },
  {
    name: 'a peer that was given up gets frames again (was a bug)',
    file: 'src/sockets/outbox.ts',
    from: 'if (this.#isHeld && !this.#isGivenUp)',
    to: 'if (this.#isHeld)',
    breaks: 'what is pushed comes without a gap',
  },
  {
    name: 'who waits for a callback that crashes is told nothing',
    file: 'src/sockets/incarnation.ts',
    from: '    if (this.#calling !== null) replyError(this.#calling, crash)\n',
    to: '',
    breaks: 'who calls a socket hears of its crash at once',
  },
  {
    name: 'who waits for a later answer is told nothing of a crash',
    file: 'src/sockets/incarnation.ts',
    from: '    this.#taken?.fail(crash)\n',
    to: '',
    breaks: 'who calls a socket hears of its crash at once',
  },
  {
    name: 'reading goes on although the handler does not want it',
    file: 'src/sockets/flow.ts',
    from: 'if (this.#reasons === 0) this.#transport.resume()',
    to: 'if ((this.#reasons & ~BY_HANDLER) === 0) this.#transport.resume()',
    breaks: 'nothing is read while the handler does not want it',
  },
  {
    name: 'the handler cannot stop reading',
    file: 'src/sockets/connection.ts',
    from: '    else this.#reading?.stop(BY_HANDLER)\n',
    to: '',
    breaks: 'nothing is read while the handler does not want it',
  },
  {
    name: 'reading goes on although the mailbox is full',
    file: 'src/sockets/flow.ts',
    from: '    this.stop(BY_MAILBOX)\n',
    to: '',
    breaks: 'nothing is read while the mailbox is full',
  },
  {
    name: 'a silent peer is never found',
    file: 'src/sockets/keepalive.ts',
    from: '      this.#target.idle()\n      return\n',
    to: '      return\n',
    breaks: 'a silent peer is gone in time',
  },
  {
    name: 'all callbacks on the way out have 5 s together',
    file: 'src/sockets/departure.ts',
    from: '    if (this.#deadline !== null) this.hurry()\n',
    to: '',
    breaks: 'each callback on the way out has its own 5 s',
  },
]

/** Found by the scenario `pages`. */
const OF_PAGES: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'after a gap what waits for onmessage comes twice (was a bug)',
    file: 'src/client/client.ts',
    from: "then === 'gap' ? pong.from : Infinity",
    to: 'Infinity',
    breaks: 'a message is given once',
  },
  {
    name: 'a page that begins anew under its id has the numbers of the one before (was a bug)',
    file: 'src/sessions/page-state.ts',
    from: 'isNew && (ack > 0 || this.#birth.isNamed)',
    to: 'isNew && ack > 0',
    breaks: 'no message is lost unless the browser is told of a gap',
  },
  {
    name: 'the last message is kept after its ack',
    file: 'src/wire/numbering.ts',
    from: 'while (this.#before < upTo) this.#drop()',
    to: 'while (this.#before < upTo - 1) this.#drop()',
    breaks: 'what a browser has is forgotten',
  },
  {
    name: 'a gap is not told',
    file: 'src/wire/numbering.ts',
    from: "return number < this.#before ? 'gap' : 'resumed'",
    to: "return 'resumed'",
    breaks: 'the browser is told what it misses',
  },
  {
    name: 'a connection that was given up takes the place of the next (was a bug)',
    file: 'src/sessions/page-state.ts',
    from: '    if (ack !== undefined && this.#sockets.refusesLate(pid)) return\n',
    to: '',
    breaks: 'a client stops only because its session was ended',
  },
  {
    name: 'the numbers of a page that was restarted are those of the process before (was a bug)',
    file: 'src/sessions/page-queue.ts',
    from: 'this.#kept.beginAfter(known + JUMP)',
    to: 'this.#kept.beginAfter(JUMP - JUMP)',
    breaks: 'the browser is told what it misses',
    firstSeed: 281,
  },
  {
    name: 'a socket is let in whose session has ended twice meanwhile (was a bug)',
    file: 'src/handlers/zotonic/request-phase.ts',
    from: '    if (isUnknown()) return reject(403)\n  }\n',
    to: '  }\n',
    breaks: 'after the faults every client is open again and gets its messages',
    firstSeed: 81,
  },
  {
    name: 'a page without a socket never ends',
    file: 'src/sessions/page-state.ts',
    from: '    this.#tell(false)\n    this.#arm()\n',
    to: '    this.#tell(false)\n',
    breaks: 'when the visitor is gone, pages end in their time',
  },
  {
    name: 'a page that is killed leaves its sockets open',
    file: 'src/sessions/page-state.ts',
    from: '    this.#sockets.closeAll(SERVICE_RESTART)\n',
    to: '    void SERVICE_RESTART\n',
    breaks: 'after the faults every client is open again and gets its messages',
  },
  {
    name: 'a socket that is attached is not sent what waits',
    file: 'src/sessions/page-state.ts',
    from: '    if (this.#sockets.active === socket) this.#sendWaiting(socket)\n',
    to: '',
    breaks: 'a message comes once and in order',
  },
  {
    name: 'the browser takes what comes behind a gap',
    file: 'src/wire/numbering.ts',
    from: "    if (number > this.last + 1) return 'gap'\n",
    to: '',
    breaks: 'the browser is told what it misses',
  },
  {
    name: 'the browser takes the last message that it has seen again',
    file: 'src/wire/numbering.ts',
    from: "if (number <= this.last) return 'seen'",
    to: "if (number < this.last) return 'seen'",
    breaks: 'a message comes once and in order',
  },
]

/** Found by the scenario `services`. */
const OF_SERVICES: readonly Omit<Variant, 'scenario'>[] = [
  {
    name: 'joins are not replayed',
    file: 'src/handlers/chicago-boss/replay.ts',
    from: "if (joinsAgain(member)) events.push(new ServiceEvent('rejoin', member))",
    to: 'joinsAgain(member)',
    breaks: 'each process hears of a socket by its join first',
  },
  {
    name: 'what waits is lost with the process',
    file: 'src/handlers/chicago-boss/replay.ts',
    from: 'while (waiting.length > 0) events.push(waiting.shift())',
    to: 'while (waiting.length > 0) waiting.shift()',
    breaks: 'each text is handled once',
  },
  {
    name: 'a socket leaves twice',
    file: 'src/handlers/chicago-boss/service-queue.ts',
    from: '    if (member.hasLeft) return\n',
    to: '',
    breaks: 'handleClose is called once',
  },
  {
    name: 'the end of a killed socket is not told',
    file: 'src/handlers/chicago-boss/router.ts',
    from: 'watchEnd(router, socket, (reason) => this.#gone(member, reason))',
    to: 'watchEnd(router, socket, () => undefined)',
    breaks: 'handleClose is called once',
  },
  {
    name: 'a join may fail three times',
    file: 'src/handlers/chicago-boss/replay.ts',
    from: '++member.failures >= MAX_JOIN_FAILURES',
    to: '++member.failures > MAX_JOIN_FAILURES',
    breaks: 'a socket whose join fails twice is closed',
  },
]

function of(scenario: string, variants: readonly Omit<Variant, 'scenario'>[]): Variant[] {
  return variants.map((variant) => ({ ...variant, scenario }))
}
export const SOCKET_VARIANTS: readonly Variant[] = [
  ...of('sockets', OF_SOCKETS),
  ...of('pages', OF_PAGES),
  ...of('services', OF_SERVICES),
]
