import { withoutCopy } from '../../sites/chatgpt/ids.ts'

/** What the name of a file in an export tells: one grammar for all eras. */
export interface NameParts {
  /** `file-…` or `file_…` at the beginning of the name. */
  readonly fileId: string | null
  /** A page render, thumbnail or watermarked copy of that file; null for the file itself. */
  readonly derivative: string | null
  /** The name is a UUID and nothing else. */
  readonly uuid: string | null
  /** 16 letters and digits, in the portal's DALL·E folder. */
  readonly stem: string | null
  /** Conversation ids among the folders. */
  readonly conversationIds: readonly string[]
  /** The generation of DALL·E Labs whose folder it lies in. */
  readonly labsId: string | null
  /** It lies where only generated images lie. */
  readonly isGenerated: boolean
  /** What the file was called before it was given an id, if the name still says so. */
  readonly originalName: string | null
}

const uuidForm = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const uuidOnly = new RegExp(`^(${uuidForm})(?:\\.\\w{1,5})?(?:\\.dat)?$`, 'i')
const uuidWhole = new RegExp(`^${uuidForm}$`, 'i')
const composite = /^[0-9a-f]{1,32}#(file[-_][A-Za-z0-9]+)#(.*)$/
const withId = /^(file-[A-Za-z0-9]{6,64}|file_[0-9a-z]{8,64})(?:$|(?=[-_.#]| \(\d{1,3}\)| \d{1,2}(?:\.|$)))(.*)$/i
const portalImages = /(?:^|\/)conversations\/([^/]+)\/([A-Za-z0-9]{16})\.(?:png|webp)$/

const labsImages = /(?:^|\/)generations\/generation-([A-Za-z0-9]{4,64})\/image\.(?:png|webp)$/

/**
 * Reads what the path of a file tells.
 *
 * Shape   `file-<id>` followed by `-`, `_`, `.` or nothing; `file_<hex>` likewise; `<hash>#<id>#p_0.jpg…` for page
 *         renders; `dalle-generations/<uuid>.webp`; `…/conversations/<conversation>/<16 characters>.png`. An id that
 *         merely begins like another is another.
 * Source  docs/export/layouts.md
 */
export function namePartsOf(path: string): NameParts {
  const folders = path.split('/')
  const base = folders.pop() ?? ''
  const copy = composite.exec(base)
  const own = copy ? null : withId.exec(base)
  const portal = portalImages.exec(path)
  const inData = own || copy ? null : folders.map((folder) => /^(.+)_data$/.exec(folder)?.[1]).find(isFileId)
  return {
    fileId: copy?.[1] ?? own?.[1] ?? inData ?? null,
    derivative: copy ? derivativeOf(copy[2] ?? '') : inData ? 'data' : null,
    uuid: uuidOnly.exec(base)?.[1]?.toLowerCase() ?? null,
    stem: portal?.[2] ?? null,
    conversationIds: folders.filter((folder) => uuidWhole.test(folder)).map((id) => id.toLowerCase()),
    labsId: labsImages.exec(path)?.[1] ?? null,
    isGenerated:
      folders.includes('dalle-generations') ||
      portal !== null ||
      folders.includes('chatgptgenerations') ||
      labsImages.test(path),
    originalName: own ? originalName(own[2] ?? '') : base === '' ? null : base,
  }
}

/** What a composite pointer stands for: `watermark`, `thumbnail`, or one page of a document, `page 2`. */
export function derivativeOf(suffix: string): string {
  if (/^wm/i.test(suffix)) return 'watermark'
  if (/^thumb/i.test(suffix)) return 'thumbnail'
  return `page ${/^p_(\d{1,6})/.exec(suffix)?.[1] ?? suffix.slice(0, 40)}`
}

const isFileId = (text: string | undefined): text is string => text !== undefined && withId.test(text)

/** The tail behind an id is a name when it has an extension of its own, and is more than `-sanitized` or a UUID. */
function originalName(tail: string): string | null {
  const name = withoutCopy(tail.replace(/^[-_]/, ''))
  if (name === '' || name.startsWith('.') || /^sanitized\b/.test(name) || uuidOnly.test(name)) return null
  return name
}

/** Whether text is a UUID. */
export const isUuid = (text: string): boolean => uuidWhole.test(text)

/** What a file of an export is for, judged by its name alone and each file by itself: exports mix their eras. */
export type FileRole =
  | 'conversations'
  | 'asset-names'
  | 'library'
  | 'manifest'
  | 'chat-html'
  | 'account'
  | 'other-json'
  | 'caption'
  | 'report-file'
  | 'asset'

const roles: readonly (readonly [RegExp, FileRole])[] = [
  // Systems number what they find twice: `conversations (1).json`, `Conversations 2.json`.
  [/^conversations(?:[-_.]\d+)?(?: \(\d{1,3}\)| \d{1,2})?\.json$/i, 'conversations'],
  [/^conversation_asset_file_names\.json$/, 'asset-names'],
  [/^library_files\.json$/, 'library'],
  [/^export_manifest\.json$/, 'manifest'],
  [/^chat\.html$/, 'chat-html'],
  [/^user\.json$/, 'account'],
  [
    /^(?:user_settings|shared_conversations|message_feedback|model_comparisons|tool_messages|group_chats|sora|shopping|basispoints|ads|codex)\.json$/,
    'other-json',
  ],
  [/^caption\.txt$/, 'caption'],
  [/^(?:report\.html|\.DS_Store|Thumbs\.db)$/, 'report-file'],
]

/** The role of a file. Reports and tables of the privacy portal are no assets. */
export function roleOf(path: string): FileRole {
  const base = path.split('/').at(-1) ?? ''
  // What people uploaded or made may bear any name; sidecars lie beside no conversation's files.
  if (/\/mnt\/data\//.test(path)) return 'asset'
  const role = roles.find(([form]) => form.test(base))?.[1]
  if (role) return role
  return /(?:^|\/)(?:Financial|User Profile|Contact Info)\//.test(path) ? 'report-file' : 'asset'
}

/** Whether a file is no text for certain, before anything of the export was read: a manifest may name any JSON. */
export const isNoText = ({ path }: { readonly path: string }): boolean =>
  !/\.json$/i.test(path) && roleOf(path) === 'asset'
