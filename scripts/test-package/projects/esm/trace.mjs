// The program of trace.cjs with the ESM door.
import * as core from 'gensock'
import { main } from './trace.cjs'

main(core)
