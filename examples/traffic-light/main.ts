// Runs the light for two seconds. The two reports are meant to be: of the light that broke, and of its supervisor.
import { createNode, silentLogger } from 'gensock'
import { demo } from './demo.js'

const node = createNode({ logger: { ...silentLogger, error: (_facts, text) => console.error(text) } })
node.spawn(demo((line) => console.log(line)))
