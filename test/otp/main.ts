// npm run oracle -- DIR...
import { oracle } from './cli.js'

process.exitCode = await oracle(process.argv.slice(2), console.log, console.error)
