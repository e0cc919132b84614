// Selective receive past a long backlog: each operation looks at 5 000 messages that it does not want.
import type { Program } from './program.js'

type Want = { readonly type: 'bulk' | 'want'; readonly i: number }

const backlog: Program = {
  bench: 'selective_backlog_5000',
  n: 5000,
  async run(self, n) {
    for (let i = 1; i <= n; i++) self.send(self.pid, { type: 'bulk', i })
    for (let i = 1; i <= n; i++) {
      self.send(self.pid, { type: 'want', i })
      await self.receive((message: Want) => message.type === 'want' && message.i === i)
    }
    while ((await self.receive(() => true, { afterMs: 0 })) !== undefined);
  },
}

export const selective: readonly Program[] = [backlog]
