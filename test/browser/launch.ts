// Debian's Chromium, headless. Entered by chromium (the playground's tests), by stream-browser and by test/foreign.
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumProgram } from '../programs.js'

/**
 * Each window of the browser loads two pages for the suggestions of its address bar, which cost ten times as much CPU as the page
 * under test, and each page starts one more process in reserve, which nobody uses: the last three. Only the last
 * `--disable-features` counts, so playwright's own ones, which are before them, are repeated.
 */
const DISABLED_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'SpareRendererForSitePerProcess',
]
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${DISABLED_FEATURES.join()}`,
]
export const CHROMIUM = chromiumProgram()

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM.path, args: FLAGS })
}

/** The client waits for a random part of a limit before it tries again: what this page loads from now on, for a small part. */
export async function hurry(page: Page): Promise<void> {
  await page.addInitScript(`{
    const random = Math.random
    Math.random = () => random() / 20
  }`)
}
