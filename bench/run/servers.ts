// The socket servers that are compared, and one load on one of them.
import { type Command, run, type Server, serve, compiled } from './children.js'
import { type Loaded, loaded } from './lines.js'
import { CLIENT_CORE, SERVER_CORE } from './machine.js'

export interface SocketOptions {
  /** The path of the load generator. */
  readonly wsload: string
  readonly rounds: number
  readonly quick: boolean
  readonly peers: boolean
  readonly say: (line: string) => void
}
export interface Kind {
  readonly name: string
  readonly command: Command
  readonly path: string
  /** What tells wsload to speak something else than plain frames. */
  readonly flags: readonly string[]
}
const GENSOCK: Kind = { name: 'gensock', command: compiled('bench/serve-load.ts', '--port', '0'), path: '/ws', flags: [] }
const BARE: Kind = { name: 'bare', command: compiled('bench/serve-bare-ws.ts', '--port', '0'), path: '/ws', flags: [] }
const SOCKET_IO: Kind = {
  name: 'socket.io',
  command: [process.execPath, 'bench/peers/serve-socket-io.mjs', '--port', '0'],
  path: '/socket.io/?EIO=4&transport=websocket',
  flags: ['-P', 'socket.io'],
}
export const kinds = (peers: boolean): readonly Kind[] => (peers ? [GENSOCK, BARE, SOCKET_IO] : [GENSOCK, BARE])

export function serveKind({ command }: Kind): Promise<Server> {
  return serve(command, { core: SERVER_CORE })
}

/** What to do to a server; `depth` and `size` only where messages are sent. */
export interface Work {
  readonly mode: string
  readonly conns: number
  readonly depth?: number
  readonly size?: number
}

/** The wsload command for this work. */
export function loadCommand(wsload: string, work: Work, server: Server, path: string, seconds: number): Command {
  const { mode, conns, depth = 1, size = 16 } = work
  const flags = { c: conns, d: depth, s: size, t: seconds, p: server.pid }
  return [
    wsload,
    mode,
    '127.0.0.1',
    String(server.port),
    path,
    ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]),
  ]
}

/** Loads a server from the other core; says so if connections failed. */
export async function load(options: SocketOptions, work: Work, kind: Kind, server: Server, seconds: number): Promise<Loaded> {
  const command: Command = [...loadCommand(options.wsload, work, server, kind.path, seconds), ...kind.flags]
  const found = loaded(await run(command, { core: CLIENT_CORE }))
  const failed = Math.max(found.failed, work.conns - found.opened)
  if (failed > 0) options.say(`sockets: ${work.mode} on ${kind.name}: ${failed} of ${found.opened} connections failed`)
  return found
}
