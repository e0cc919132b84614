// A program of its own that discovers the services of the folders that it is given: what its Node and its loader can load. Prints a
// line of JSON for each folder: the URLs and the states that its services began with, or why it is refused.
import { defaultNode, supervisor } from 'gensock'
import { discover } from 'gensock/chicago-boss'

for (const folder of process.argv.slice(2)) {
  const told = ((globalThis as { told?: unknown[] }).told = []) // services say here what they are
  try {
    const boss = await discover(folder)
    console.log(JSON.stringify({ urls: boss.routes.map(({ path }) => path), told }))
    await supervisor.stop(boss.pid)
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string }
    console.log(JSON.stringify({ code, message: message.replace(folder, '') }))
  }
}
await defaultNode().stop()
