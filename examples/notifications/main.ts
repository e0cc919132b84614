// The timer on PORT (8080 unless set). SIGTERM closes its sockets with 1012, and then ends the sessions.
import { startNotifications } from './notifications.js'

const { url, stop } = await startNotifications(Number(process.env['PORT'] ?? 8080))
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
console.log(url)
