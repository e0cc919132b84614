// Debian's Chromium, headless. Entered by chromium (the playground's tests) and by test/foreign.
import { type Browser, chromium } from 'playwright-core'
import { chromiumProgram } from '../programs.js'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
export const CHROMIUM = chromiumProgram()

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM.path, args: FLAGS })
}
