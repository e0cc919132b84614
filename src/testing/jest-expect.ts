// What jest's `expect` has more, for the compiler: of `@jest/globals` (module `expect`), and the global one of `@types/jest`. Without
// either of them these declarations stand for themselves. Entered by the door only.
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
