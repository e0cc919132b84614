// What has come, counted: is any number missing, has any come twice? It outlives a reload, together with the rows of the log.

const KEY = 'playground:stream'
const MAX_ROWS = 100

/** Answers `{ rows, row(row), restart(), count(n), verdict() }`; `rows` are those that an earlier page has left. */
export function createTally() {
  const kept = read() ?? { rows: [], first: 0, last: 0, twice: 0, lost: 0 }

  function keep() {
    sessionStorage.setItem(KEY, JSON.stringify(kept))
  }
  return {
    rows: [...kept.rows],
    row(row) {
      kept.rows = [...kept.rows, row].slice(-MAX_ROWS)
      keep()
    },
    /** Numbers begin anew. */
    restart() {
      Object.assign(kept, { first: 0, last: 0, twice: 0, lost: 0 })
      keep()
    },
    count(n) {
      if (kept.first === 0) kept.first = n
      else if (n <= kept.last) kept.twice += 1
      else kept.lost += n - kept.last - 1
      kept.last = Math.max(kept.last, n)
      keep()
    },
    /** In words, and in one: `good`, `bad`, or `none` while there is nothing to judge. */
    verdict() {
      const { first, last, twice, lost } = kept
      if (first === 0) return { kind: 'none', text: 'Nothing has come yet.' }
      const all = first === last ? `Message ${last}` : `Messages ${first} to ${last}`
      return { kind: lost + twice > 0 ? 'bad' : 'good', text: `${all}: ${lost || 'none'} lost, ${twice || 'none'} twice.` }
    },
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY))
  } catch {
    return undefined // not ours
  }
}
