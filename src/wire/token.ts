// The token of RFC 9110 section 5.6.2, of which header names, subprotocols and extensions are made. Pure.

/** As the source of a regular expression. */
export const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** A whole token. */
export const IS_TOKEN = new RegExp(`^${TOKEN}$`)
