// Door "gensock/cowboy": Cowboy's handlers, argument for argument.
export { type Cowboy08, cowboy08, type CowboyResult, type Reason08 } from './cowboy08.js'
export type { CowboyFrame, InFrame } from './frames.js'
export type { Req } from './req.js'
