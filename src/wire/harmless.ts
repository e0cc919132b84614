// What a peer may not put into a value, whatever the contract says: nesting without end, and keys that reach for prototypes. Pure.
// Entered by codecs.

/** Arrays and objects may lie within each other so deep: validators and handlers are recursive. */
export const MAX_DEPTH = 64

/** Is a value that was just decoded no deeper than `MAX_DEPTH`, without `__proto__`, and without `prototype` in a `constructor`? */
export function isHarmless(value: unknown): boolean {
  return typeof value !== 'object' || value === null || isGood(value, 0, false)
}

/** A recursion, for it is many times as fast as lists of what is next; and it ends: what is too deep is not followed. */
function isGood(container: object, depth: number, inConstructor: boolean): boolean {
  if (ArrayBuffer.isView(container)) return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(container)) {
    for (const item of container as readonly unknown[])
      if (typeof item === 'object' && item !== null && !isGood(item, depth + 1, false)) return false
    return true
  }
  for (const key of Object.keys(container)) {
    if (key === '__proto__' || (inConstructor && key === 'prototype')) return false
    const value = (container as Readonly<Record<string, unknown>>)[key]
    if (typeof value === 'object' && value !== null && !isGood(value, depth + 1, key === 'constructor')) return false
  }
  return true
}
