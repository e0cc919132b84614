// What jest's `expect` has more, for the compiler: that of `@jest/globals` (the module `expect`), and the global one of
// `@types/jest`, which is there or not. Types only; entered by the door `gensock/testing/jest`, so that nobody else needs
// jest's types.
import type { Matchers as JestMatchers } from 'expect'
import type { GensockMatchers } from './matchers.js'

export type { GensockMatchers } from './matchers.js'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends GensockMatchers<R> {}
}
declare global {
  namespace jest {
    interface Matchers<R, T = {}> extends GensockMatchers<R> {}
  }
}

/** What `expect(value)` has then. It names the module, so that a compiler that reads this loads what is added to. */
export type Extended = JestMatchers<void>
