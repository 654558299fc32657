import { isObject, parseJson } from '../decode/json.ts'
import { maxDepth } from '../decode/limits.ts'
import { createSseReader } from '../decode/sse.ts'

/**
 * What may stand in a recording. Everything else keeps its place and its type, so that a new shape can be seen, but not
 * its value: a list of what is secret would be one field behind the site.
 */
const openKeys = new Set(
  `
  id author role name content content_type parts text asset_pointer size_bytes width height fovea dalle gen_id prompt
  prompts seed parent_gen_id edit_op serialization_title generation gen_size gen_size_v2 orientation sanitized status
  end_turn weight recipient channel create_time update_time created_at parent parent_id children mapping current_node
  conversation_id title message_id turn_exchange_id turn_id response_id async_task_type async_task_id async_status
  image_gen_title image_gen_async image_gen_multi_stream ghostrider ghostrider_status is_visually_hidden
  is_visually_hidden_from_conversation attachments type p o v c marker event topic_id offset update_type sequenceId
  group dataType more_body stream_item_id parent_stream_item_id generation_id generation_type kind url
  recreation_prompt caption download_url file_name_kind file_size_bytes error error_code has_previous_page
  turn_use_case tool_invoked language size n file_id library_file_category library_artifact_type
  image_gen_generation_id origination_thread_id origination_message_id action parent_message_id output_blocked
  websocket_url wss_url message_type mime_type is_error item
  `
    .trim()
    .split(/\s+/),
)

/** What a person called a file that they uploaded, where `name` stands else for a tool or an author. */
const isUploadName = (name: string, key: string) => name === 'name' && key === 'attachments'

const addressKeys = new Set(['url', 'download_url', 'websocket_url', 'wss_url'])

/** Parameters that name a file or a conversation; signatures, tokens, cursors and expiries are dropped. */
const openParameters = new Set(['id', 'conversation_id', 'inline', 'limit', 'num_turns', 'cp', 'p', 'cid', 'v'])

/** Things that are secret wherever they stand: tokens, signatures, ids of people. */
const secrets = [
  /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/g,
  /\buser-[A-Za-z0-9]{6,}/g,
  /\borg-[A-Za-z0-9]{12,}/g,
  /\b(?:(?:Bearer|sk|sess)[-_ ]|gAAAAA)[A-Za-z0-9_.=-]{16,}/g,
  /\b(?:sig|signature|verify|access_token|token)=[^&\s"'<>]+/gi,
  // As much of the name as addresses may have: without a limit, a long text of letters takes for ever.
  /[\w.+-]{1,64}@[\w-]+\.[\w.-]+/g,
]

/** Text without what looks like a secret. */
export function cleanText(text: string): string {
  return secrets.reduce((cleaned, pattern) => cleaned.replace(pattern, '[removed]'), text)
}

/** An address with only the parameters that tell which file or conversation it is about. */
export function cleanUrl(url: string): string {
  if (!URL.canParse(url)) return ''
  const parsed = new URL(url)
  const kept = [...parsed.searchParams].filter(([name]) => openParameters.has(name))
  parsed.search = new URLSearchParams(
    kept.map(([name, value]): [string, string] => [name, cleanText(value)]),
  ).toString()
  parsed.username = ''
  parsed.password = ''
  parsed.hash = ''
  parsed.pathname = cleanText(parsed.pathname.replace(/user-[A-Za-z0-9]{6,}/g, 'user-removed'))
  return parsed.href.replaceAll('%5Bremoved%5D', 'removed')
}

/**
 * A JSON value of the same shape, with the values of unknown keys emptied.
 *
 * Texts under the keys in `done` were cleaned before and pass as they are. What lies too deep to be read is emptied.
 */
export function cleanJson(value: unknown, done: readonly string[] = [], isOpen = true, key = '', depth = 0): unknown {
  if (depth > maxDepth && typeof value === 'object') return null
  if (Array.isArray(value)) return value.map((inner) => cleanJson(inner, done, isOpen, key, depth + 1))
  if (isObject(value)) {
    const isTree = key === 'mapping'
    const entries = Object.entries(value).map(([name, inner]) => {
      const isOpenKey = openKeys.has(name) && !isUploadName(name, key)
      const isInnerOpen = isTree || (isOpenKey && isOpenPath(name, value))
      return [cleanText(name), cleanJson(inner, done, isInnerOpen, name, depth + 1)]
    })
    return Object.fromEntries(entries)
  }
  if (typeof value === 'string' && done.includes(key)) return value
  if (typeof value === 'string') return isOpen ? cleanString(value, key) : '[hidden]'
  return isOpen || typeof value !== 'number' ? value : 0
}

/** The value of a delta is as open as the field its path names. */
function isOpenPath(name: string, delta: Readonly<Record<string, unknown>>): boolean {
  if (name !== 'v' || typeof delta.p !== 'string') return true
  const field = delta.p.split('/').findLast((segment) => segment !== '' && !/^\d+$/.test(segment))
  return field === undefined || openKeys.has(field) || field === 'message' || field === 'metadata'
}

function cleanString(text: string, key: string): string {
  if (addressKeys.has(key)) return cleanUrl(text)
  if (key === 'text' || key === 'parts') {
    const inner = /^\s*[{[]/.test(text) ? parseJson(text) : undefined
    if (inner !== undefined) return JSON.stringify(cleanJson(inner))
  }
  return cleanText(text)
}

/** Cleans stream text as it comes; what is no whole event yet is held back until it is, or until `flush`. */
export function createStreamCleaner(): { feed(text: string): string; flush(): string } {
  let cleaned = ''
  let lastPath = ''
  const reader = createSseReader(({ name, data }) => {
    const parsed = parseJson(data)
    if (isObject(parsed) && typeof parsed.p === 'string') lastPath = parsed.p
    const isBare = isObject(parsed) && typeof parsed.v === 'string' && parsed.p === undefined && !('type' in parsed)
    const value = isBare && !isOpenPath('v', { p: lastPath }) ? { ...parsed, v: '[hidden]' } : parsed
    const body =
      value === undefined ? cleanText(data.trim() === '[DONE]' ? data : '') : JSON.stringify(cleanJson(value))
    cleaned += `${name ? `event: ${cleanText(name)}\n` : ''}data: ${body}\n\n`
  })
  const collect = (read: () => void) => {
    cleaned = ''
    read()
    return cleaned
  }
  return { feed: (text) => collect(() => reader.feed(text)), flush: () => collect(reader.end) }
}
