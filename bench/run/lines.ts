// What the programs print, read: the line with port and pid of a server, wsload's line, the rows of actor and growth programs.

export interface Listening {
  readonly port: number
  readonly pid: number
}
/** The server's one line, or undefined if this is not it. */
export function listening(text: string): Listening | undefined {
  const [, port, pid] = /listening on port (\d+) pid (\d+)\n/.exec(text) ?? []
  return port === undefined ? undefined : { port: Number(port), pid: Number(pid) }
}

export interface Loaded {
  readonly opened: number
  readonly failed: number
  readonly total: number
  /** Server CPU microseconds per message; undefined if no message came. */
  readonly usPerMessage: number | undefined
  readonly bytesPerConnection: number
}
export function loaded(text: string): Loaded {
  const line = JSON.parse(text) as Record<string, number>
  return {
    opened: line['opened'] as number,
    failed: line['failed'] as number,
    total: line['total'] as number,
    usPerMessage: line['server_us_per_msg'],
    bytesPerConnection: line['bytes_per_conn'] as number,
  }
}

interface Row {
  readonly bench: string
  readonly peer?: string
  readonly size?: number
  readonly ns_per_op?: number
  readonly bytes?: number
}
/** The name of a row: its program, and whatever tells it from the other rows of that program. */
export function rowName(
  bench: string,
  more: { readonly peer?: string | undefined; readonly size?: number | undefined } = {},
): string {
  return [bench, more.peer, more.size].filter((part) => part !== undefined).join(' ')
}

/** Nanoseconds or bytes by row name. Lines that are no rows are left out: a runtime may print its own. */
export function rows(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue
    const { bench, peer, size, ns_per_op, bytes } = JSON.parse(line) as Row
    const value = ns_per_op ?? bytes
    if (value !== undefined) found.set(rowName(bench, { peer, size }), value)
  }
  return found
}
