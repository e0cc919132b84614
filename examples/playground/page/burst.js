// A burst: so many texts at once; then how many were answered, how long that took, and how much mail waited at most.

const QUIET_MS = 3000
const number = new Intl.NumberFormat('en').format

/**
 * Sends `count` texts over the socket of the bench. `ask(order)` asks the server, `told(text)` shows the result. Answers `{ done, takes(data), closed(code) }`: whether a message is an answer, and that no more will come.
 */
export function runBurst({ count, socket, bench, ask, told }) {
  const { text, answer } = bench.entry.burst
  const pid = bench.pid
  let [answers, last, end, quiet] = [0, '', undefined, undefined]
  const over = new Promise((resolve) => {
    end = resolve
  })
  /** While its process is held, nothing comes: that is no reason to give up. */
  function wait() {
    clearTimeout(quiet)
    quiet = setTimeout(() => (bench.isHeld ? wait() : end('gave up waiting')), QUIET_MS)
  }

  async function run() {
    told(`Sending ${number(count)} …`)
    await ask({ type: 'mark', pid })
    const begin = performance.now()
    for (let n = 1; n <= count; n++) socket.send(text.replace('N', n))
    bench.row(
      'out',
      '→',
      'text',
      `${text.replace('N', 1)}${count === 1 ? '' : ` … ${text.replace('N', count)}`} (×${number(count)})`,
    )
    wait()
    const why = await over
    clearTimeout(quiet)
    const ms = performance.now() - begin
    if (answers > 0) bench.row('in', '←', 'text', `${last} (×${number(answers)})`)
    const peak = await ask({ type: 'peak', pid })
    const waited = peak === undefined || why.startsWith('closed') ? '' : ` At most ${number(peak)} waited in the mailbox.`
    told(
      `${number(count)} sent, ${number(answers)} answered in ${number(Math.round(ms))} ms${why === '' ? '.' : `; ${why}.`}${waited}`,
    )
  }

  return {
    done: run(),
    takes(data) {
      if (typeof data !== 'string' || !data.includes(answer)) return false
      answers += 1
      last = data
      if (answers === count) end('')
      return true
    },
    closed: (code) => end(`closed with ${code}`),
  }
}
