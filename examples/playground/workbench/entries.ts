// The list of the workbench: what each entry is, the files whose code is shown, and how the page tries it. The files are read when the
// server starts: nothing here is a copy. `start.ts` serves those with a socket, `programs.ts` runs those without.
import { readFileSync } from 'node:fs'
import { chatProtocol } from '../../chat/contract.js'
import { cursors } from '../../cursors/contract.js'
import { turnstile } from '../../turnstile/contract.js'

export interface Entry {
  readonly id: string
  readonly title: string
  /** One sentence: what it does. */
  readonly text: string
  /** Below `examples/`. */
  readonly files: readonly string[]
  /** Starts it alone: its name for `npm run example`. */
  readonly example?: string
  /** Of those with a socket: where it is, what it offers, what is said first by itself (NICK: any name), what the text field proposes. */
  readonly socket?: { readonly path: string; readonly subprotocol?: string; readonly first?: string; readonly say: string }
  /** Texts of a burst (N: its number), how an answer to one begins or what it contains, and the text that crashes it. */
  readonly burst?: { readonly text: string; readonly answer: string }
  readonly crash?: { readonly text: string; readonly hint: string }
  /** Why there is nothing to connect to, or where its own page is. */
  readonly note?: string
  readonly page?: string
  /** Run by the server, lines into the log. */
  readonly isProgram?: boolean
}
export interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

const CRASH = { text: 'crash me', hint: 'Its handler throws: the socket closes with 1011, and nothing else happens.' }
const GUIDE = { say: 'it is alive' }
const ECHOED = { text: 'burst N', answer: 'burst ' }
const guide = (path: string) => ({ socket: { path, ...GUIDE }, burst: ECHOED, crash: CRASH })

const program = (id: string, title: string, text: string, files: readonly string[]): Entry => ({
  id,
  title,
  text,
  files: files.map((file) => `${id}/${file}`),
  example: id,
  isProgram: true,
})
const framework = (id: string, title: string): Entry => ({
  id,
  title,
  text: `Sockets beside the routes of ${title}, on one port.`,
  files: [`${id}/server.ts`],
  example: id,
  note: 'It is a server with a port of its own, so it does not run inside this one. Its handler echoes. Start it in a terminal:',
})

export const GROUPS: readonly Group[] = [
  {
    title: 'Handlers of four systems',
    entries: [
      {
        id: 'hello',
        title: 'Cowboy 0.8: its guide',
        text: 'Says “Hello!” after a second, then asks every second, and answers with what she said.',
        files: ['hello/hello.ts'],
        example: 'hello',
        ...guide('/ws/hello'),
      },
      {
        id: 'cowboy10',
        title: 'Cowboy 1.0',
        text: 'The callbacks of 0.8, in the same file. Here they are given to cowboy10: a crash before the 101 is a 500.',
        files: ['hello/hello.ts'],
        ...guide('/ws/cowboy10'),
      },
      {
        id: 'cowboy20pre',
        title: 'Cowboy 2.0-pre',
        text: 'The same handler with the callbacks of the manual of 2.0.0-pre.1.',
        files: ['playground/handlers/cowboy20pre.ts'],
        ...guide('/ws/cowboy20pre'),
      },
      {
        id: 'cowboy2',
        title: 'Cowboy 2.x',
        text: 'The same handler for 2.x: lists of commands, no request after init.',
        files: ['playground/handlers/cowboy2.ts'],
        ...guide('/ws/cowboy2'),
      },
      {
        id: 'zotonic',
        title: 'Zotonic: its manual',
        text: 'Two processes for each socket: one hears you, the other talks to you.',
        files: ['zotonic/manual.ts'],
        example: 'zotonic',
        ...guide('/socket/without-session'),
      },
      {
        id: 'bullet',
        title: 'Bullet: its demo',
        text: 'The time every second, and “pong” to each “ping”. What it prints stands in the log.',
        files: ['bullet/bullet.ts'],
        example: 'bullet',
        socket: { path: '/ws/bullet', say: 'ping' },
        burst: { text: 'ping', answer: 'pong' },
        crash: CRASH,
      },
      {
        id: 'boss-chat',
        title: 'Chicago Boss',
        text: 'One process for all sockets of its address. 20 texts at once, 5 a second: a longer burst is closed with 1008.',
        files: ['boss-chat/websocket/chat_room_websocket.ts'],
        example: 'boss-chat',
        socket: { path: '/websocket/room?name=NICK', say: 'anybody here?' },
        burst: ECHOED,
        crash: { text: '/crash', hint: 'The service throws. Its joins are replayed to the next one, and no socket closes.' },
      },
    ],
  },
  {
    title: 'Sockets',
    entries: [
      {
        id: 'echo',
        title: 'A plain SocketHandler',
        text: 'Echoes and counts, ticks every two seconds, and tells its pid.',
        files: ['playground/handlers/echo.ts'],
        ...guide('/ws/echo'),
      },
      {
        id: 'chat',
        title: 'chat',
        text: 'Rooms, nicknames, history. 20 messages at once, 5 a second: a longer burst is closed with 1008.',
        files: ['chat/chat.ts', 'chat/contract.ts'],
        example: 'chat',
        socket: {
          path: '/ws/chat/workbench',
          subprotocol: chatProtocol.version,
          first: '[1,"join",{"nick":"NICK"}]',
          say: '[2,"say",{"text":"anybody here?"}]',
        },
        burst: { text: '[N,"say",{"text":"burst"}]', answer: '"text":"burst"' },
        crash: { text: 'crash me', hint: 'Its handler throws and begins anew on the open connection (onCrash: restart).' },
      },
      {
        id: 'cursors',
        title: 'cursors',
        text: 'Many small messages: a room tells its table, row by row, and who reads slowly skips to the newest. It has a tab above.',
        files: ['cursors/cursors.ts', 'cursors/contract.ts', 'cursors/person.ts', 'cursors/crowd.ts'],
        example: 'cursors',
        socket: {
          path: '/ws/cursors',
          subprotocol: cursors.version,
          first: '[1,"enter",{"name":"NICK"}]',
          say: '["move",{"x":500,"y":500}]',
        },
        crash: { text: 'crash me', hint: 'Its handler throws and begins anew on the open connection: “hello” asks it in again.' },
      },
      {
        id: 'turnstile',
        title: 'turnstile',
        text: 'An XState machine behind a contract: each message is an event of it, what it emits goes to every client.',
        files: ['turnstile/turnstile.ts', 'turnstile/machine.ts', 'turnstile/contract.ts'],
        example: 'turnstile',
        socket: { path: '/ws/turnstile', subprotocol: turnstile.version, say: '["coin",{"cents":100}]' },
      },
      {
        id: 'notifications',
        title: 'notifications',
        text: 'A kitchen timer with a session for each browser: its bell waits for tabs that are away.',
        files: ['notifications/notifications.ts'],
        example: 'notifications',
        page: '/notifications/',
        note: 'Its socket belongs to a page with the stream tag, so it is tried on its own page:',
      },
    ],
  },
  {
    title: 'Without a socket',
    entries: [
      program('counter', 'counter', 'A counter, a ticker linked to it, and a boss that starts both anew.', ['counter.ts']),
      program('traffic-light', 'traffic-light', 'An XState machine under a supervisor. It breaks in the middle of green.', [
        'light.ts',
        'demo.ts',
      ]),
      program(
        'supervised-worker',
        'supervised-worker',
        'A worker that crashes and comes back; the same crash under three strategies.',
        ['adder.ts', 'demo.ts'],
      ),
    ],
  },
  {
    title: 'Beside a framework',
    entries: [framework('with-express', 'Express'), framework('with-fastify', 'Fastify'), framework('with-hono', 'Hono')],
  },
]

/** The list with the code of its files, as JSON for the page. */
export function entriesWithCode(): string {
  return JSON.stringify(
    GROUPS.map(({ title, entries }) => ({
      title,
      entries: entries.map((entry) => ({ ...entry, files: entry.files.map(read) })),
    })),
  )
}
function read(name: string): { readonly name: string; readonly code: string } {
  return { name, code: readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8') }
}
