// npm run oracle -- [DIR...]: without folders all scenarios that are kept here.
import { oracle } from './cli.js'

const folders = process.argv.slice(2)
process.exitCode = await oracle(folders.length > 0 ? folders : ['test/otp/scenarios'], console.log, console.error)
