// What `npm run simulate` is told on its command line. Entered by main; calls nobody.

/** What is to be run. */
export interface Order {
  /** Seeds of each scenario, from `from` on. */
  readonly seeds: number
  readonly from: number
  /** One seed only, with its trace. */
  readonly isSingle: boolean
  /** Names of scenarios; empty = all. */
  readonly only: readonly string[]
  /** Begin no seed after so many seconds; Infinity = never. */
  readonly seconds: number
}
/** The command line cannot be understood. */
export interface Refusal {
  readonly refusal: string
}
export const USAGE = `npm run simulate -- [--seeds N] [--from S] [--seed S] [--only name,...] [--seconds N]
  --seeds N      seeds of each scenario, default 1000
  --from S       the first of them, default 1
  --seed S       this one only; prints its whole trace
  --only a,b     these scenarios only
  --seconds N    begin no seed after so many seconds`

const NUMBERS: Readonly<Record<string, number>> = { '--seeds': 1, '--from': 0, '--seed': 0, '--seconds': 1 }

/** Reads the words of a command line; `names` are the scenarios that there are. */
export function readArguments(words: readonly string[], names: readonly string[]): Order | Refusal {
  const numbers = new Map<string, number>()
  let only: readonly string[] = []
  for (let at = 0; at < words.length; at += 2) {
    const [flag = '', value] = words.slice(at, at + 2)
    const least = NUMBERS[flag]
    if (least === undefined && flag !== '--only') return refused(`unknown option ${JSON.stringify(flag)}`)
    if (value === undefined) return refused(`${flag} needs a value`)
    if (least === undefined) only = value.split(',')
    else if (!/^\d{1,10}$/.test(value) || Number(value) < least)
      return refused(`${flag} must be a whole number from ${least} on, got ${JSON.stringify(value)}`)
    else numbers.set(flag, Number(value))
  }
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) return refused(`no scenario ${JSON.stringify(unknown[0])}; there are ${names.join(', ')}`)
  const single = numbers.get('--seed')
  if (single !== undefined && (numbers.has('--seeds') || numbers.has('--from')))
    return refused('--seed does not go with --seeds or --from')
  return {
    seeds: single === undefined ? (numbers.get('--seeds') ?? 1000) : 1,
    from: single ?? numbers.get('--from') ?? 1,
    isSingle: single !== undefined,
    only,
    seconds: numbers.get('--seconds') ?? Infinity,
  }
}

function refused(why: string): Refusal {
  return { refusal: `${why}\n${USAGE}` }
}
