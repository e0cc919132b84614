import { listen } from 'gensock/socket'
import { dispatch } from 'gensock/zotonic'
import { manualRules } from './manual.js'

const { routes, urlFor } = dispatch(manualRules())
const { port } = await listen({ port: Number(process.env['PORT'] ?? 8080), routes })
console.log(`ws://localhost:${port}${urlFor('without-session')}`)
