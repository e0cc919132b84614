// As good as empty: loaded by cost.mjs before the library.
export const isEmpty = true
