// How long to wait before the next try. Pure. Entered by the client.

export interface Pace {
  readonly firstMs: number
  readonly maxMs: number
  /** As Bullet: no chance in it. */
  readonly isExact: boolean
}

/**
 * After `failures` tries in a row without a connection that held. A random wait: those who were cut together do not come back
 * together.
 */
export function backoffMs({ firstMs, maxMs, isExact }: Pace, failures: number, random: number): number {
  const most = Math.min(maxMs, firstMs * 2 ** failures)
  return isExact ? most : Math.floor(random * most)
}
