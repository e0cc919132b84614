// What a peer may not put into a value, whatever the contract says: nesting without end, and keys that reach for prototypes. Pure.
// Entered by codecs.

/** Arrays and objects may lie within each other so deep: validators and handlers are recursive. */
export const MAX_DEPTH = 64

/** Is a value that was just decoded no deeper than `MAX_DEPTH`, without `__proto__`, and without `prototype` in a `constructor`? */
export function isHarmless(value: unknown): boolean {
  // A list, not a recursion: what is too deep must not be followed on the stack.
  let level = containers([value])
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH || !level.every(hasGoodKeys)) return false
    level = level.flatMap((container) => containers(Object.values(container)))
  }
  return true
}

function containers(values: readonly unknown[]): object[] {
  return values.filter((value): value is object => typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
}
function hasGoodKeys(container: object): boolean {
  if (Object.hasOwn(container, '__proto__')) return false
  if (!Object.hasOwn(container, 'constructor')) return true
  const { constructor } = container as { readonly constructor: unknown }
  return typeof constructor !== 'object' || constructor === null || !Object.hasOwn(constructor, 'prototype')
}
