// Door "gensock/testing/jest": the matchers, with their types for the `expect` of jest. Nothing else of the library imports it.
export { matchers } from '../matchers.js'
export type { GensockMatchers } from '../jest-expect.js'
