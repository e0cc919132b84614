// Runs the counter; ends by itself after a second. The crash report in between is meant to be.
import { spawn } from 'gensock'
import { boss } from './counter.js'

spawn(boss((line) => console.log(line)))
