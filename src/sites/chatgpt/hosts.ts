const homes = new Set(['chatgpt.com', 'www.chatgpt.com', 'chat.openai.com'])
/** Code of third parties runs there, inside ChatGPT: nothing of it is the site's. */
const sandbox = 'web-sandbox.oaiusercontent.com'

/** Whether an address is one of ChatGPT's own pages, which are watched and may ask. */
export const isHome = (url: URL): boolean => url.protocol === 'https:' && homes.has(url.hostname)

/** Whether an address is on a host that stores its files: it gives bytes and nothing else. */
export const isStorage = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' &&
  ((isBelow(hostname, 'oaiusercontent.com') && !isBelow(hostname, sandbox)) || regional.test(hostname))

/** Storage by region, to which the library's addresses lead; nothing else of those clouds. */
const regional =
  /^oais?dmntpr[a-z0-9]+\.blob\.core\.windows\.net$|^oais?dmntpr[a-z0-9]+aws\.s3\.[a-z0-9-]+\.amazonaws\.com$/

/** Whether a host is a domain, or one below it. */
export const isBelow = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`)
