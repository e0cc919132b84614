// The loads on the socket servers and their goals: gensock's CPU time per message as a ratio to bare `ws` in the same run, and
// how many bytes more than bare `ws` an idle connection may hold.
import { thousands } from '../report/table.js'

export interface Load {
  readonly load: string
  readonly what: string
  readonly mode: 'echo' | 'fan' | 'churn'
  readonly conns: number
  readonly depth: number
  readonly size: number
  readonly goal: number
}

const echo = (conns: number, depth: number, size: number, goal: number): Load => ({
  load: `echo ${conns}x${depth}x${size}`,
  what: `echo, ${conns} connections, ${depth} in flight, ${size < 1024 ? `${size} bytes` : `${size / 1024} KiB`}`,
  mode: 'echo',
  conns,
  depth,
  size,
  goal,
})
const fan = (conns: number, depth: number, size: number, goal: number): Load => ({
  load: `fan ${conns}x${depth}x${size}`,
  what: `1 to ${thousands(conns)} sockets, ${depth} in flight`,
  mode: 'fan',
  conns,
  depth,
  size,
  goal,
})

export const LOADS: readonly Load[] = [
  echo(64, 1, 32, 1.1),
  echo(64, 16, 32, 0.3),
  echo(16, 4, 16_384, 0.9),
  fan(1000, 1, 32, 0.9),
  fan(1000, 8, 32, 0.15),
  { load: 'churn 16', what: 'connect, one echo, close', mode: 'churn', conns: 16, depth: 1, size: 32, goal: 1.25 },
]

/** Resident bytes of a connection that does nothing, on a fresh server; the goal is the most above bare `ws`. */
export const IDLE = { load: 'idle 10000', conns: 10_000, goal: 1500 } as const
