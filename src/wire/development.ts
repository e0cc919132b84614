// Whether this is development or a test: then what goes out is checked, too. Pure. Entered by both ends.

// Written so that bundlers put a constant in its place; a page without a bundler has no `process`.
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** True unless NODE_ENV is 'production'. */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== 'production'
  } catch {
    return true // no such thing as a process here
  }
}
