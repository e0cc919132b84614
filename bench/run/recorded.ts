// Ratios to bare `ws` that were measured once, on a machine like the one of the README, before this library was there: CPU time
// of the server per message, or resident bytes of an idle connection. Cowboy 2.18 on the BEAM and uWebSockets (C++). They are
// not measured again by `npm run bench`, and say no more than where the two stand.

export const RECORDED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'echo 64x1x32': { cowboy: 1.49, uWebSockets: 0.51 },
  'echo 64x16x32': { cowboy: 1.03, uWebSockets: 0.05 },
  'echo 16x4x16384': { cowboy: 1.69, uWebSockets: 0.2 },
  'fan 1000x1x32': { cowboy: 0.89, uWebSockets: 0.63 },
  'fan 1000x8x32': { cowboy: 0.88, uWebSockets: 0.09 },
  'churn 16': { cowboy: 1.22, uWebSockets: 0.34 },
  'idle 10000': { cowboy: 1.45, uWebSockets: 0.07 },
}
