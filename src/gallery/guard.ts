import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { ApiError } from './api.ts'

/** Decides who may ask. */
export interface Guard {
  readonly middleware: MiddlewareHandler
  /** Answers `/?token=…`: the cookie, and the address of the gallery without the token. */
  enter(context: Context): Response | undefined
  /** The token of the address that is printed. */
  readonly token: string
  /** A token that opens once: command lines, as those of the program that opens a browser, are seen by all users. */
  onceToken(): string
}

const secret = () => randomBytes(32).toString('base64url')

const isSecret = (given: string | undefined, expected: string) => {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(expected))
}

/** Browsers remember none for longer. */
const longestCookieSeconds = 400 * 86_400

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}

/**
 * Makes the guard of a server on this machine, where browsers find the gallery at the secret path `place`.
 *
 * Shape   Host must be ours, since a foreign name may be made to point here (DNS rebinding). Other origins may not ask
 *         at all, those on other ports of this machine included, to which a SameSite cookie is sent. Who changes
 *         anything must say that it is our page, or be no browser. Cookies know no ports: a browser sends that of `/`
 *         to every server of this machine, so its own is for a path that only it and we know, and opens nothing else.
 *         With a key that is kept, all secrets are made of it, so that cookies and address outlive the server.
 * Errors  403 for a wrong Host or origin, 401 without the cookie.
 */
export function createGuard(port: () => number, place: string, keptKey?: string): Guard {
  const secretFor = (use: string) =>
    keptKey === undefined ? secret() : createHmac('sha256', keptKey).update(use).digest('base64url')
  const [token, session, pageSession] = ['token', 'session', 'page session'].map(secretFor) as [string, string, string]
  // A browser forgets a cookie without an age when it ends.
  const lasting = keptKey === undefined ? {} : { maxAge: longestCookieSeconds }
  const once = new Set<string>()
  const cookieName = () => `gallery-${port()}`
  const hosts = () =>
    ['127.0.0.1', 'localhost'].flatMap((name) => [`${name}:${port()}`, ...(port() === 80 ? [name] : [])])

  const isOwnHost = (context: Context) => hosts().includes(context.req.header('host') ?? '')

  const isOwnOrigin = (context: Context) => {
    const [origin, site] = [context.req.header('origin'), context.req.header('sec-fetch-site')]
    const isOwn = origin === undefined || origin === `http://${context.req.header('host')}`
    // The address bar asks from nowhere, and so may a program.
    const mayAsk = ['GET', 'HEAD'].includes(context.req.method) ? ['same-origin', 'none'] : ['same-origin']
    return isOwn && (site === undefined || mayAsk.includes(site))
  }

  const isNavigation = (context: Context) => context.req.header('sec-fetch-mode') === 'navigate'
  const isInPlace = (context: Context) => isSecret(context.req.path.slice(0, place.length), place)
  const isFirstPage = (context: Context) => context.req.path === '/' || isSecret(context.req.path, place)

  /** A link elsewhere may lead to the first page; what is shown there is decided by the cookie alone. */
  const isArriving = (context: Context) => context.req.method === 'GET' && isFirstPage(context) && isNavigation(context)

  return {
    token,
    onceToken() {
      const made = secret()
      once.add(made)
      return made
    },
    enter(context) {
      const given = context.req.query('token')
      if (given === undefined) return undefined
      const isOnce = [...once].find((one) => isSecret(given, one))
      // Who asks for the headers alone has not come in: mail programs and proxies look at an address like that.
      if (isOnce !== undefined && context.req.method === 'GET') once.delete(isOnce)
      else if (!isSecret(given, token)) return undefined
      const [path, value] = isNavigation(context) ? [place, pageSession] : ['/', session]
      setCookie(context, cookieName(), value, { httpOnly: true, sameSite: 'Strict', path, ...lasting })
      const { token: _, ...view } = context.req.query()
      const rest = new URLSearchParams(view).toString()
      return context.redirect(rest === '' ? path : `${path}?${rest}`, 303)
    },
    async middleware(context, next) {
      const refused = refusal(context)
      if (refused) context.res = refused
      else await next()
      for (const [name, value] of Object.entries(securityHeaders)) context.res.headers.set(name, value)
      if (!context.res.headers.has('Cache-Control')) context.res.headers.set('Cache-Control', 'no-store')
    },
  }

  function refusal(context: Context): Response | undefined {
    if (!isOwnHost(context)) return context.json({ error: 'This address is not the gallery’s.' }, 403)
    if (!isOwnOrigin(context) && !isArriving(context))
      return context.json({ error: 'Other pages may not ask the gallery.' }, 403)
    if (context.req.path === '/' && context.req.query('token') !== undefined) return undefined
    const expected = isInPlace(context) ? pageSession : session
    if (isSecret(getCookie(context, cookieName()), expected)) return undefined
    return isFirstPage(context)
      ? context.text(lockedOut, 401)
      : context.json({ error: lockedOut } satisfies ApiError, 401)
  }
}

const lockedOut = 'Open the address that dalle-archiver printed; it carries the key to this gallery.'
