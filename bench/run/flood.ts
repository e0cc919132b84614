// One socket echoes one message at a time while another one floods the same server: how long a round trip takes. The
// flood shares its core with the prober and gives way to it, so that what is measured is the wait in the server.
import type { Flood } from '../report/results.js'
import { type Command, run, serve, compiled } from './children.js'
import { CLIENT_CORE, SERVER_CORE } from './machine.js'
import { FLOOD_GOAL_MS } from './programs.js'
import { loadCommand } from './servers.js'

/** As fast as it can: the server always has some 150 KiB of it to read. */
const FLOOD = { mode: 'echo', conns: 1, depth: 4096, size: 32 } as const
/** The flood starts first and ends last: wsload itself waits half a second before it measures. */
const [SECONDS, QUICK_SECONDS, MARGIN] = [10, 1, 1] as const

export interface FloodOptions {
  readonly wsload: string
  readonly quick: boolean
  readonly say: (line: string) => void
}

export async function flood({ wsload, quick, say }: FloodOptions): Promise<Flood> {
  say('growth: echo under a flood')
  const seconds = quick ? QUICK_SECONDS : SECONDS
  const server = await serve(compiled('bench/growth/flood.ts'), { core: SERVER_CORE })
  try {
    const flooding = run(loadCommand(wsload, FLOOD, server, '/flood', seconds + MARGIN), { core: CLIENT_CORE, givesWay: true })
    const probe: Command = compiled('bench/growth/flood-probe.ts', String(server.port), String(seconds))
    const [probed] = await Promise.all([run(probe, { core: CLIENT_CORE }), flooding])
    const { p50_ms, p99_ms } = JSON.parse(probed) as { p50_ms: number; p99_ms: number }
    return { p50Ms: p50_ms, p99Ms: p99_ms, goalMs: FLOOD_GOAL_MS }
  } finally {
    await server.stop()
  }
}
