// What lies outside: time, chance, and what the browser offers, looked up when it is used. Tests give a world of their own,
// with virtual time. Entered by connect, handed on to everything that needs something from outside.

/** What of the global object is used. Outside of a browser most of it is missing. */
export type Env = Partial<
  Pick<
    typeof globalThis,
    'WebSocket' | 'EventSource' | 'fetch' | 'sessionStorage' | 'document' | 'addEventListener' | 'removeEventListener'
  >
>
export interface World {
  readonly env: Env
  now(): number
  random(): number
  /** Runs `run` once, later. Answers how to prevent it. */
  after(ms: number, run: () => void): () => void
}

export const WORLD: World = {
  env: globalThis,
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Hears an event of the window, or of its document. Answers how to stop. */
export function listen({ env }: World, type: string, run: (event: PageTransitionEvent) => void): () => void {
  const target: Pick<Env, 'addEventListener' | 'removeEventListener'> | undefined =
    type === 'visibilitychange' ? env.document : env
  const listener = run as (event: Event) => void
  target?.addEventListener?.(type, listener)
  return () => target?.removeEventListener?.(type, listener)
}
