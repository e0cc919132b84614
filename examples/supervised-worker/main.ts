// Runs the demo; ends by itself. The reports are meant to be: one line each on standard error, where the default prints all facts.
import { createNode, silentLogger } from 'gensock'
import { demo } from './demo.js'

const node = createNode({ logger: { ...silentLogger, error: (_facts, text) => console.error(text) } })
node.spawn(demo((line) => console.log(line)))
