// The examples without a socket, as the workbench runs them: a function for a process each, which gets `print`.
import type { ProcessFunction } from 'gensock'
import { boss } from '../../counter/counter.js'
import { demo as adders } from '../../supervised-worker/demo.js'
import { demo as light } from '../../traffic-light/demo.js'

type Program = (print: (line: string) => void) => ProcessFunction<any>

/** By the ids of their entries. */
export const PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['counter', boss],
  ['traffic-light', light],
  ['supervised-worker', adders],
])
