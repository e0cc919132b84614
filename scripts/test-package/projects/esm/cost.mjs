// Prints what it costs to import a file that is as good as empty, and then the library, in ms of CPU time of all threads.
const spent = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const start = spent()
const { isEmpty } = await import('./empty.mjs')
const between = spent()
const { spawn } = await import('gensock')
const end = spent()
console.log(JSON.stringify({ empty: between - start, library: end - between, loaded: isEmpty && typeof spawn === 'function' }))
